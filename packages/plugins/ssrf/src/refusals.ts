import type { PluginContext } from "@picket/plugin-sdk";
import {
  type Answer,
  ask,
  bodyProof,
  compileSignatures,
  createMarker,
  heldControl,
  type Proof,
  type Send,
  senderOf,
} from "@picket/plugin-sdk/probe";
import type { InsertionPoint } from "@picket/plugin-sdk/surface";
import { spellingsFor } from "./addresses.ts";

/** What HTTP clients say of a port that nobody listens on. */
const findRefusal = compileSignatures([
  { name: "Node", parts: ["ECONNREFUSED"] },
  { name: "curl", parts: ["Failed to connect to"] },
  { name: "curl", parts: ["Could not connect to server"] },
  { name: "PHP", parts: ["failed to open stream: Connection refused"] },
  { name: "Python", parts: ["NewConnectionError"] },
  { name: "Python", parts: ["[Errno 111]"] },
  { name: "Java", parts: ["java.net.ConnectException"] },
  { name: "Go", parts: ["dial tcp", "connect: connection refused"] },
  { name: "Ruby", parts: ["Failed to open TCP connection to"] },
  { name: "Windows", parts: ["target machine actively refused it"] },
  { name: "POSIX", parts: ["Connection refused"] },
]);

/** Ports that nothing listens on (compressnet), and that no client refuses by itself as `fetch` does 1 and 7. */
const CLOSED_PORTS = [2, 3] as const;

const addressAt = (port: number) => `http://127.0.0.1:${port}/${createMarker()}`;

/** The first address that a plugin without a listener sends. */
export function closedAddress(): string {
  return addressAt(CLOSED_PORTS[0]);
}

export function showsRefusal({ text }: Answer): boolean {
  return findRefusal(text) !== null;
}

async function refusalAt(
  send: Send,
  write: (address: string) => string,
  port: number,
): Promise<Proof | null> {
  const sent = write(addressAt(port));
  const answer = await ask(send, sent);
  const found = answer && findRefusal(answer.text);
  return found
    ? {
        ...bodyProof("pattern", answer, null, { sent, client: found.name, port }),
        snippet: `${sent}\n\n${found.snippet}`,
      }
    : null;
}

/**
 * Proves by the server's own words that it tried to connect: it says that two closed ports of its own machine refused,
 * and of its own value and of a word it says nothing such. Four requests.
 */
export async function byRefusal(
  point: InsertionPoint,
  context: Pick<PluginContext, "http">,
): Promise<Proof[] | null> {
  const send = senderOf(point, context);
  const [write = (address: string) => address] = spellingsFor(point);
  const proofs: Proof[] = [];
  for (const port of CLOSED_PORTS) {
    const proof = await refusalAt(send, write, port);
    if (!proof) return null;
    proofs.push(proof);
  }
  const word = createMarker();
  const [own, control] = [await ask(send, point.value), await ask(send, word)];
  if (!own || !control || showsRefusal(own) || showsRefusal(control)) return null;
  return [
    ...proofs,
    heldControl(control, "of a word that is no address it says nothing such", { sent: word }),
  ];
}
