import { InvalidArgumentError } from "commander";

const DAY_MS = 86_400_000;

/** When something ends: in so many days (`30d`), at the end of a day in UTC (`2027-01-31`), or at a point in time. */
export function expiry(text: string): Date {
  const days = /^([1-9]\d{0,2})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS);
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59Z` : text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("must be days such as 30d, or a date such as 2027-01-31");
}
