import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { scanLab } from "../../../packages/lab/test/scan-lab.ts";
import type { Peer } from "./peer.ts";

/** All built-in plugins, without the platform, as `npm run bench:detect` runs them. */
export const picket: Peer = {
  name: "Picket",
  program: process.execPath,
  package: "",
  async version() {
    const manifest = await readFile(resolve(import.meta.dirname, "../../../package.json"), "utf8");
    return `Picket ${(JSON.parse(manifest) as { version: string }).version}`;
  },
  async scan(url) {
    const { findings } = await scanLab(url);
    return findings.flatMap(({ type, severity, where }) =>
      where
        .slice(0, 1)
        .map((path) => ({ says: `${type} (${severity})`, types: [type], path, places: where })),
    );
  },
};
