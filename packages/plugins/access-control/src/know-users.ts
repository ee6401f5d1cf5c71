import type { Identity } from "@picket/core";
import type { PrivatePage } from "./read-pages.ts";
import type { View, Viewer } from "./viewer.ts";
import { addressesIn, shared, type Words, without } from "./words.ts";

/** What tells the scan's user from the others. */
export interface Users {
  /** E-mail addresses on the user's own pages that nobody else is shown there. */
  readonly ownAddresses: Words;
  /** Those that the front page does not show to everybody. */
  readonly privateAddresses: Words;
  /** The page of the user's own that shows one, as the others are shown it. */
  readonly witnesses: ReadonlyMap<Identity, View>;
  /** What such pages look like to the others. */
  readonly views: ReadonlyMap<Identity, readonly View[]>;
}

/** Pages that are asked for as each identity, to learn whose they are. */
const OWN_PAGES = 4;

const SPEAKS_OF_USER = /account|profile|settings|dashboard|whoami|user|member|\bme\b|\bmy\b/i;

/** Pages of which there is one, those first that speak of their user. */
function ownPages(pages: readonly PrivatePage[], baseUrl: string): string[] {
  const urls = pages.filter(({ id }) => id === null).map(({ url }) => url);
  const isLikely = (url: string) => SPEAKS_OF_USER.test(new URL(url).pathname);
  const ordered = [...urls.filter(isLikely), ...urls.filter((url) => !isLikely(url))];
  return [...new Set([...ordered.slice(0, OWN_PAGES), baseUrl])];
}

function addressesOf(views: readonly (View | null)[]): Words {
  return new Set(views.flatMap((view) => [...addressesIn(view?.text ?? "")]));
}

/** At most five requests for each of the identities. */
export async function knowUsers(
  viewer: Viewer,
  pages: readonly PrivatePage[],
  { baseUrl, others }: { baseUrl: string; others: readonly Identity[] },
): Promise<Users> {
  const urls = ownPages(pages, baseUrl);
  const viewsOf = (identity: Identity) => Promise.all(urls.map((url) => viewer.see(identity, url)));
  const own = await viewsOf("primary");
  const views = new Map<Identity, View[]>();
  for (const identity of others)
    views.set(
      identity,
      (await viewsOf(identity)).filter((view) => view !== null),
    );
  const all = addressesOf(own);
  const ownAddresses = without(all, addressesOf([...views.values()].flat()));
  const privateAddresses = without(all, addressesOf([await viewer.see("anonymous", baseUrl)]));
  const shows = own.findIndex((view) => shared(addressesOf([view]), ownAddresses).size > 0);
  const witnesses = new Map<Identity, View>();
  for (const identity of others) {
    const witness = shows < 0 ? null : await viewer.see(identity, urls[shows] ?? baseUrl);
    if (witness) witnesses.set(identity, witness);
  }
  return { ownAddresses, privateAddresses, witnesses, views };
}
