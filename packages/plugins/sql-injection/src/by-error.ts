import { compileSignatures, createMarker, type Proof, proveMessage } from "@picket/plugin-sdk/probe";
import { isNumber } from "./conditions.ts";
import { SQL_ERRORS } from "./signatures.ts";
import { oddValue, type Subject } from "./subject.ts";

const errorIn = compileSignatures(SQL_ERRORS);

/** A message of a database that comes with broken quotes, and not without. */
export function byError({ point, send, baseline: [plain], odd }: Subject): Promise<Proof[] | null> {
  // A word after a number is an error of its own to some databases.
  const benign = (isNumber(point.value) ? "" : point.value) + createMarker();
  const again = oddValue(point.value, `"'`);
  return proveMessage({ send, errorIn, plain, odd, again, benign, label: "database" });
}
