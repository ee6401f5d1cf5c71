import type { PluginContext, Verdict } from "@picket/plugin-sdk";
import {
  type Detector,
  ERROR_DETECTORS,
  type Leak,
  readResponse,
  withoutConsequences,
} from "@picket/plugin-sdk/errors";
import { type Answer, answerOf, heldControl, isRefusal } from "@picket/plugin-sdk/probe";
import { PROVOKED_DEBUG_PAGE, VERBOSE_ERROR } from "./claims.ts";
import { fileNames } from "./file-names.ts";
import type { Malformed } from "./malformed.ts";

const DETECTORS: readonly Detector<string>[] = [...ERROR_DETECTORS, fileNames];

type Found = Leak<string>;
type Context = Pick<PluginContext, "http">;

const keyOf = ({ claim, key }: Found) => `${claim} ${key}`.trim();

async function leaksOf(
  request: Malformed["wellFormed"],
  { http }: Context,
): Promise<{ answer: Answer; leaks: Found[] } | null> {
  const response = await http.request(request);
  if (!response.ok) return null;
  const read = readResponse(response);
  return { answer: answerOf(response), leaks: withoutConsequences(DETECTORS.flatMap((find) => find(read))) };
}

function proofOf({ kind, snippet, location }: Found, { response }: Answer, replay: number) {
  const details = { url: response.url, status: response.status, replay };
  return { kind, snippet, location, fetchId: response.fetchId, details };
}

function verdictOf(found: Found, malformed: Malformed, evidence: Verdict["evidence"]): Verdict {
  const claim = found.claim.startsWith("debug-") ? PROVOKED_DEBUG_PAGE : VERBOSE_ERROR;
  const { method, url } = malformed;
  return {
    finding: { ...claim, rootCause: { level: "target", key: keyOf(found) }, instance: { method, url } },
    evidence,
  };
}

/**
 * What a malformed request brings out, twice, and a well-formed one does not. One request where it brings nothing, or
 * nothing whose cause is not `known`; three otherwise.
 */
export async function provoke(
  malformed: Malformed,
  known: (key: string) => boolean,
  context: Context,
): Promise<Verdict[]> {
  const first = await leaksOf(malformed.request(), context);
  if (!first || isRefusal(first.answer) || first.leaks.every((leak) => known(keyOf(leak)))) return [];
  const again = await leaksOf(malformed.request(), context);
  const control = again && (await leaksOf(malformed.wellFormed, context));
  if (!again || !control) return [];
  const [repeated, usual] = [again, control].map(
    ({ leaks }) => new Map(leaks.map((one) => [keyOf(one), one])),
  );
  return first.leaks.flatMap((leak) => {
    const second = repeated?.get(keyOf(leak));
    if (!second || usual?.has(keyOf(leak))) return [];
    return verdictOf(leak, malformed, [
      proofOf(leak, first.answer, 0),
      proofOf(second, again.answer, 1),
      heldControl(control.answer, "a well-formed request is answered without such details", {
        sent: malformed.what,
      }),
    ]);
  });
}
