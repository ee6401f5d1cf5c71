import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { areMet, type BenchRow, flags, positionals, tableOf } from "../bench/bench-row.ts";
import { BENCHES, type Bench } from "../bench/catalogue.ts";
import { generateClient, ROOT } from "../database/index.ts";
import { ensureSystemTools } from "../services/index.ts";

const BARS = BENCHES.flatMap(({ bars }) => bars);

const HELP = `npm run bench             everything, one after the other; at the end a table of figures and bars
npm run bench -- P4 P6    only these bars: ${BARS.join(", ")}
npm run bench -- --quick  less of everything, to see that the benches work: the figures mean little
npm run bench -- --json   rows in place of a table
Exit code 1: a bar was missed, or a bench failed. Run it on a machine that has nothing else to do.
`;

async function main(): Promise<number> {
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.find((bar) => !BARS.includes(bar));
  if (unknown !== undefined) {
    console.error(`picket: unknown bar ${unknown}: use ${BARS.join(", ")}`);
    return 1;
  }
  ensureSystemTools({ say: console.error });
  await generateClient();
  const rows: BenchRow[] = [];
  const isWanted = ({ bars }: Bench) =>
    positionals.length === 0 || bars.some((bar) => positionals.includes(bar));
  for (const bench of BENCHES.filter(isWanted)) rows.push(...(await run(bench, flags.quick === true)));
  const asked = rows.filter(
    ({ id }) => positionals.length === 0 || positionals.some((bar) => id.split(" ").includes(bar)),
  );
  console.log(flags.json ? JSON.stringify(asked) : `\n${tableOf(asked)}`);
  return areMet(asked) ? 0 : 1;
}

/** In a process of its own, so that one does not weigh on the next. */
async function run({ file, bars }: Bench, isQuick: boolean): Promise<BenchRow[]> {
  const start = performance.now();
  console.error(`== ${file} (${bars.join(", ")}), load ${loadavg()[0]?.toFixed(1)}`);
  const args = [join(ROOT, "infra/bench", file), "--json", ...(isQuick ? ["--quick"] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  console.error(`   ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  return rowsOf(output) ?? [failed(file, bars, code)];
}

/** The last line; before it a bench may print what it likes. Null when it did not come that far. */
function rowsOf(output: string): BenchRow[] | null {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return last.startsWith("[{") ? (JSON.parse(last) as BenchRow[]) : null;
}

function failed(file: string, bars: readonly string[], code: number | null): BenchRow {
  const figure = `failed, exit code ${code}`;
  return { id: bars.join(" "), what: file, figure, against: "", ratio: "", bar: "", met: false };
}

process.exitCode = await main();
