export interface Product {
  id: number;
  name: string;
  category: Category;
  /** Euro cents. */
  price: number;
  description: string;
}

export const CATEGORIES = ["tents", "bags", "stoves", "clothing"] as const;
export type Category = (typeof CATEGORIES)[number];

const product = (id: number, name: string, category: Category, price: number, description: string) => ({
  id,
  name,
  category,
  price,
  description,
});

export const PRODUCTS: readonly Product[] = [
  product(1, "Larch two-person tent", "tents", 24900, "1.9 kg, stands without pegs, two doors."),
  product(2, "Alder tarp", "tents", 8900, "Three by three metres, nineteen loops."),
  product(3, "Rowan four-person tent", "tents", 41900, "Room to stand and a porch for boots."),
  product(4, "Heron down bag", "bags", 31900, "Comfortable to −6 °C, 780 g."),
  product(5, "Finch summer bag", "bags", 9900, "Comfortable to 12 °C, fits a coat pocket."),
  product(6, "Otter quilt", "bags", 18900, "Opens flat, closes with two straps."),
  product(7, "Ember gas stove", "stoves", 5900, "Boils a litre in four minutes."),
  product(8, "Kiln wood stove", "stoves", 7900, "Burns twigs, folds flat."),
  product(9, "Copper kettle", "stoves", 3900, "One litre, whistles politely."),
  product(10, "Drizzle jacket", "clothing", 15900, "20,000 mm water column, pit zips."),
  product(11, "Moss fleece", "clothing", 7900, "Recycled wool, two chest pockets."),
  product(12, "Pebble socks", "clothing", 1900, "Merino, mended free of charge for life."),
];

export interface Article {
  slug: string;
  title: string;
  text: string;
}

const article = (slug: string, title: string, text: string): Article => ({ slug, title, text });

export const POSTS: readonly Article[] = [
  article(
    "pitching-in-wind",
    "Pitching a tent in wind",
    "Turn the low end to the wind, then peg from there.",
  ),
  article(
    "washing-down",
    "How to wash a down bag",
    "Cold, slowly, and with three tennis balls in the dryer.",
  ),
  article("stove-fuels", "Which fuel for which trip", "Gas below 1,500 m, wood where it lies around."),
  article("repair-day", "Repair day in March", "Bring what is torn; we bring thread, tape and tea."),
  article("three-lakes", "A weekend at the three lakes", "Two nights, 31 km, and one very bold otter."),
];

export const PAGES: readonly Article[] = [
  article("about", "About us", "Eleven people and a dog, outdoors since 2009."),
  article("shipping", "Shipping and returns", "Three days on average; thirty days to change your mind."),
  article("terms", "Terms", "What you buy is yours. What you send back we refund."),
  article("privacy", "Privacy", "We keep your address for the parcel and forget it after ten years."),
  article("deals", "Deals of the week", "Everything that was shown in the window."),
];
