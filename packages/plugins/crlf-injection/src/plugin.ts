import { answersControl, type HttpResponse, headerValues } from "@picket/core";
import { definePlugin, judgeEach, knownPages, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { CLAIM, TYPE } from "./claims.ts";
import { focusedPoints, isRedirect, type Point, queryPoints, withSuffix } from "./points.ts";

/** A line break, and what becomes one where characters are cut to a byte, or where a single LF ends a line. */
const BREAKS = ["%0d%0a", "%0a", "%E5%98%8D%E5%98%8A"] as const;

interface Sent {
  readonly marker: string;
  readonly escaped: string;
  readonly response: HttpResponse;
}

const fieldOf = (marker: string) => `x-picket-${marker}`;

async function send({ http }: PluginContext, point: Point, lineBreak: string): Promise<Sent | null> {
  const marker = createMarker();
  const escaped = `${lineBreak}${fieldOf(marker)}:%20${marker}`;
  const response = await http.get(withSuffix(point, escaped), { maxRedirects: 0, storage: "none" });
  return response.ok ? { marker, escaped, response } : null;
}

/** A field of the name and value that were sent: no header that was merely quoted has it. */
function isAdded({ marker, response: { headers } }: Sent): boolean {
  return headerValues(headers, fieldOf(marker)).includes(marker);
}

/** What was sent stands in some header, so that another spelling of the line break may break it. */
function isInHeader({ marker, response: { headers } }: Sent): boolean {
  return headers.some(([, value]) => value.includes(marker));
}

async function firstBreak(
  context: PluginContext,
  point: Point,
): Promise<{ lineBreak: string; sent: Sent } | null> {
  for (const lineBreak of BREAKS) {
    const sent = await send(context, point, lineBreak);
    if (!sent) return null;
    if (isAdded(sent)) return { lineBreak, sent };
    if (!isInHeader(sent)) return null;
  }
  return null;
}

function proofOf({ marker, escaped, response }: Sent): Verdict["evidence"][number] {
  return {
    kind: "reflection",
    snippet: `sent …${escaped}\n\nstatus ${response.status}\n${fieldOf(marker)}: ${marker}`,
    location: { part: "response_header", name: fieldOf(marker) },
    fetchId: response.fetchId,
  };
}

/** The same without a line break: with a space for it, or of a path the address itself, which is looked at so in any case. */
async function askControl(context: PluginContext, point: Point): Promise<HttpResponse | null> {
  const url = point.name === null ? point.url : withSuffix(point, `%20${createMarker()}`);
  const response = await context.http.get(url, { maxRedirects: 0, storage: "none" });
  return response.ok && answersControl(response.status) ? response : null;
}

/** The field must be added twice, by two names, and not where there is no line break. */
async function check(context: PluginContext, point: Point): Promise<Verdict | null> {
  const { url, name } = point;
  const early = name === null ? await askControl(context, point) : null;
  const found = await firstBreak(context, point);
  if (!found) return null;
  const again = await send(context, point, found.lineBreak);
  const control = early ?? (await askControl(context, point));
  if (!again || !isAdded(again) || !control) return null;
  if (control.headers.some(([field]) => field.startsWith("x-picket-"))) return null;
  const parameter = name === null ? {} : { parameter: { name, in: "query" as const } };
  const level = name === null ? "route" : "parameter";
  return {
    finding: { ...CLAIM, type: TYPE, rootCause: { level }, instance: { method: "GET", url, ...parameter } },
    evidence: [
      proofOf(found.sent),
      proofOf(again),
      {
        kind: "negative_control",
        snippet: `without a line break: status ${control.status}, no such field`,
        location: { part: "response_header", name: fieldOf(again.marker) },
        fetchId: control.fetchId,
        controlHeld: true,
      },
    ],
  };
}

export const plugin = definePlugin({
  name: "crlf-injection",
  description:
    "Puts line breaks into parameters and paths, to see whether they add fields to the answer's header.",
  version: "1.0.0",
  requiredCapabilities: ["http:active", "auth:use"],
  stage: "probe",
  emits: [TYPE],
  config: z.object({
    maxPoints: z.int().min(1).max(1_000).default(40).describe("Parameters and paths to try, at most"),
  }),
  async *run(scan, context) {
    const { settings, session, log } = context;
    const redirects = scan.focus ? [] : await knownPages(session, isRedirect);
    const paths = [scan.target.baseUrl, ...redirects.slice(0, 5).map(({ url }) => url)];
    const points = scan.focus
      ? focusedPoints(scan.focus)
      : [...paths.map((url) => ({ url, name: null })), ...(await queryPoints(session))];
    const left = points.length - settings.maxPoints;
    if (left > 0) log.warn("point cap reached", { maxPoints: settings.maxPoints, left });
    yield* judgeEach(points.slice(0, settings.maxPoints), (point) => check(context, point));
  },
});
