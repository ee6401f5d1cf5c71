import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AppError, PluginName } from "@picket/core";
import { printLine } from "../output.ts";

const TEMPLATE = join(import.meta.dirname, "template");
const TEMPLATE_NAME = "my-plugin";
const FILES = ["plugin.ts", "README.md"];

function nameOf(folder: string): string {
  const name = PluginName.safeParse(basename(folder));
  if (name.success) return name.data;
  throw new AppError("INVALID_INPUT", `${basename(folder)} is no name for a plugin`, {
    hint: "The folder's name becomes the plugin's: use kebab-case, such as old-libraries.",
  });
}

async function assertEmpty(folder: string): Promise<void> {
  const [found] = await readdir(folder).catch(() => []);
  if (found === undefined) return;
  throw new AppError("CONFLICT", `${folder} is not empty: it has ${found}`, { hint: "Name a new folder." });
}

/** Writes a small plugin that runs as it is. Throws INVALID_INPUT or CONFLICT and then writes nothing. */
export async function newPlugin(dir: string): Promise<void> {
  const folder = resolve(dir);
  const name = nameOf(folder);
  await assertEmpty(folder);
  await mkdir(folder, { recursive: true });
  for (const file of FILES) {
    const text = await readFile(join(TEMPLATE, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll(TEMPLATE_NAME, name));
  }
  printLine(`Wrote ${FILES.join(" and ")} to ${folder}. Try it on an application of yours:`);
  printLine(`  picket plugin run ${dir} --url http://127.0.0.1:3000`);
}
