import type { HttpResponse, PluginHttp, Verdict } from "@picket/plugin-sdk";
import { answerOf, bodyProof, createMarker, heldControl, type Proof } from "@picket/plugin-sdk/probe";
import { FILE_WRITE } from "./claims.ts";

/** How a file is sent: by the method itself, or by one that says it is another. */
type Way = "PUT" | "X-HTTP-Method-Override";

interface File {
  readonly url: string;
  readonly way: Way;
}

/** How each text begins; none may show where nothing was stored. */
const OPENING = "Stored by a security scan:";

/** Nobody's session: what a user may store is that user's business. */
async function send(
  http: PluginHttp,
  method: string,
  { url, way }: File,
  body?: string,
): Promise<HttpResponse | null> {
  const isNamed = way !== "PUT" && method !== "GET";
  const response = await http.request({
    ...{ method: isNamed ? "POST" : method, url, maxRedirects: 0, storage: "none", identity: "anonymous" },
    headers: [
      ...(body === undefined ? [] : [["content-type", "text/plain"] as [string, string]]),
      ...(isNamed ? [[way.toLowerCase(), method] as [string, string]] : []),
    ],
    ...(body !== undefined && { body }),
  });
  return response.ok ? response : null;
}

const isDone = (response: HttpResponse | null) =>
  response !== null && response.status >= 200 && response.status < 300;

/** Stores a new text and reads it back; null: it does not come back as it was sent. */
async function store(http: PluginHttp, file: File): Promise<{ read: HttpResponse | null } | null> {
  const text = `${OPENING} ${createMarker()}`;
  if (!isDone(await send(http, "PUT", file, text))) return null;
  const read = await send(http, "GET", file);
  const isSame = read?.status === 200 && answerOf(read).text.trim() === text;
  return { read: isSame ? read : null };
}

/** Takes the file away again; where that may not be or does not work, leaves it empty. */
async function clean(http: PluginHttp, file: File): Promise<string> {
  const deleted = isDone(await send(http, "DELETE", file));
  if (deleted && (await send(http, "GET", file))?.status !== 200) return "deleted";
  return isDone(await send(http, "PUT", file, "")) ? "emptied" : "left";
}

function proofOf(read: HttpResponse, { url, way }: File, replay: number, cleaned: string): Proof {
  return bodyProof("content_proof", answerOf(read), 0, { file: url, way, replay, cleaned });
}

/** Twice with new content, and a name beside it that nothing was stored under. One request where it is refused. */
async function prove(http: PluginHttp, file: File): Promise<Proof[] | null> {
  const first = await store(http, file);
  if (!first) return null;
  const second = first.read && (await store(http, file));
  const nowhere = await send(http, "GET", { ...file, url: `${file.url}.${createMarker()}` });
  const cleaned = await clean(http, file);
  if (!first.read || !second?.read || !nowhere || answerOf(nowhere).text.includes(OPENING)) return null;
  return [
    proofOf(first.read, file, 0, cleaned),
    proofOf(second.read, file, 1, cleaned),
    heldControl(answerOf(nowhere), "a name that nothing was stored under does not show it", {
      way: file.way,
    }),
  ];
}

/** Whether a folder takes files from anybody. Two requests where it does not. */
export async function probeFolder(http: PluginHttp, folder: string): Promise<Verdict | null> {
  const url = new URL(`picket-${createMarker()}.txt`, folder).href;
  const evidence =
    (await prove(http, { url, way: "PUT" })) ?? (await prove(http, { url, way: "X-HTTP-Method-Override" }));
  const instance = { method: "PUT", url: folder };
  return evidence && { finding: { ...FILE_WRITE, rootCause: { level: "route" }, instance }, evidence };
}
