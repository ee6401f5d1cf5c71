import { parseArgs } from "node:util";
import { LABS, type LabName, startLab } from "./start-lab.ts";

const USAGE = `Usage: node packages/lab/src/main.ts <name> [--port <number>] [--host <address>]

${Object.entries(LABS)
  .map(([name, { description }]) => `  ${name.padEnd(12)}${description}`)
  .join("\n")}
`;

function isLabName(name: string | undefined): name is LabName {
  return name !== undefined && Object.hasOwn(LABS, name);
}

/** Runs one application until SIGINT or SIGTERM. The first line on stdout is its URL. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: "string", default: "0" }, host: { type: "string", default: "127.0.0.1" } },
  });
  const [name] = positionals;
  const port = Number(values.port);
  if (!isLabName(name) || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const lab = await startLab(name, { port, host: values.host }).catch((error: Error) => {
    process.stderr.write(`cannot listen: ${error.message}\n`);
    process.exitCode = 1;
    return null;
  });
  if (!lab) return;
  process.stdout.write(`${lab.url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void lab.stop());
}

await main();
