import { InvalidArgumentError } from "commander";

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("must be a whole number from 1");
  return Number(text);
}

export function positiveNumber(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError("must be a number above 0");
  return Number(text);
}

/** Says that a list was cut, so that its end is not taken for the end of what there is. */
export function atMost(summary: string, shown: number, most: number): string {
  return shown < most ? summary : `${summary} shown; --most ${most * 10} shows more`;
}
