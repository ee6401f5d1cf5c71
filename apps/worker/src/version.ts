import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Manifest = z.object({ version: z.string() });

/** Version of Picket: that of this package. */
export function engineVersion(): string {
  const text = readFileSync(join(import.meta.dirname, "../package.json"), "utf8");
  return Manifest.parse(JSON.parse(text)).version;
}
