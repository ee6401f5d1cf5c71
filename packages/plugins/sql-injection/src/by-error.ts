import {
  ask,
  compileSignatures,
  createMarker,
  type Proof,
  proveMessage,
  type Send,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";
import { isNumber } from "./conditions.ts";
import { SQL_ERRORS } from "./signatures.ts";
import { oddValue, type Subject } from "./subject.ts";

const errorIn = compileSignatures(SQL_ERRORS);

/** Whether quotes that are broken at a point bring a message of a database: one request. */
export async function bringsError(point: InsertionPoint, send: Send): Promise<boolean> {
  const answer = await ask(send, oddValue(point.value));
  return answer !== null && errorIn(answer.text) !== null;
}

/** A message of a database that comes with broken quotes, and neither without any nor with whole ones. */
export function byError({ point, send, baseline: [plain], odd }: Subject): Promise<Proof[] | null> {
  const { value } = point;
  // A word after a number is an error of its own to some databases. Both quotes are whole in a comment, and in a string.
  const benign = [(isNumber(value) ? "" : value) + createMarker(), `${value}/*''*/`];
  const again = oddValue(value, `"'`);
  return proveMessage({ send, errorIn, plain, odd, again, benign, label: "database" });
}
