import { z } from "zod";

/** A point in time: ISO 8601 in UTC on the wire, a `Date` in code. */
export const Timestamp = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

export const Id = z.uuid();

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** An object whose members no schema of ours describes. */
export const JsonObject = z.record(z.string(), z.unknown());

/** What a person writes in one line; blanks around it are cut. */
export function words(maxLength: number) {
  return z.string().trim().min(1).max(maxLength);
}

/** A person's name or address, in the one form in which persons are compared. */
export const Person = words(200).normalize("NFKC").toLowerCase();

/** True for any value but an object without members. */
export function hasMember(value: object): boolean {
  return Object.keys(value).length > 0;
}

/** How a list is asked for: the first page without a cursor, every other with the `next` of the page before. */
export const Paging = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe("Items on a page, 1 to 200."),
  cursor: z
    .string()
    .max(8_192)
    .optional()
    .describe("The `next` of the page before, with the same filters. Opaque."),
});

/** One page of a list. `next` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
