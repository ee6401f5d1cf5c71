import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { outputOf, type Peer, type PeerLine } from "./peer.ts";

interface Report {
  plugins: Record<string, { version?: string[] }>;
}

async function scan(url: string, folder: string): Promise<PeerLine[]> {
  const report = join(folder, "whatweb.json");
  await outputOf("whatweb", ["--aggression=3", `--log-json=${report}`, url], 60);
  const text = await readFile(report, "utf8").catch(() => "[]");
  return (JSON.parse(text) as Report[]).flatMap(({ plugins }) =>
    Object.entries(plugins).map(([plugin, { version = [] }]) => ({
      says: `${plugin} ${version.join(", ")}`.trim(),
      types: version.length > 0 ? ["version-disclosure"] : null,
      path: null,
      isArguable: true,
    })),
  );
}

/** A fingerprinter: it says what is there, and judges nothing. */
export const whatweb: Peer = {
  name: "whatweb",
  program: "/usr/bin/whatweb",
  package: "whatweb",
  version: async () => (await outputOf("whatweb", ["--version"], 20)).trim().split("\n")[0] ?? "",
  scan,
};
