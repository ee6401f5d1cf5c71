import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT, runPrisma } from "./prisma-cli.ts";

const SCHEMA = join(ROOT, "prisma/schema");
const STAMP = join(ROOT, "packages/db/src/generated/.stamp");

/** Generates the Prisma client unless it was generated from this very schema by this very Prisma. */
export async function generateClient(): Promise<void> {
  const wanted = await schemaDigest();
  const present = await readFile(STAMP, "utf8").catch(() => "");
  if (present === wanted) return;
  const { code, output } = await runPrisma(["generate"]);
  if (code !== 0) throw new Error(`the Prisma client could not be generated:\n${output}`);
  await mkdir(dirname(STAMP), { recursive: true });
  await writeFile(STAMP, wanted);
}

async function schemaDigest(): Promise<string> {
  const names = (await readdir(SCHEMA)).filter((name) => name.endsWith(".prisma")).sort();
  const files = [join(ROOT, "node_modules/prisma/package.json"), ...names.map((name) => join(SCHEMA, name))];
  const hash = createHash("sha256");
  for (const file of files) hash.update(file.slice(ROOT.length)).update(await readFile(file));
  return hash.digest("hex");
}
