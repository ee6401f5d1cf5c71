import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toError } from "@picket/core";
import { runJest } from "../test/jest-run.ts";
import { createCommandRunner } from "../test/run-command.ts";

interface Program {
  project: "int" | "e2e";
  /** Part of the file's name, and of the test's. */
  file: string;
  test: string;
  /** Of the long form, and what it counts. */
  amount: number;
  unit: string;
}

const PROGRAMS: Record<string, Program> = {
  schedules: {
    project: "int",
    file: "worker/test/schedules",
    test: "exactly one scan",
    amount: 10,
    unit: "minutes",
  },
  kills: e2e("chaos-workers", "workers are killed", 20, "kills"),
  zombies: e2e("chaos-workers", "taken for dead", 10, "rounds"),
  deliveries: e2e("chaos-workers", "delivered again", 5, "scans"),
  shutdown: e2e("chaos-workers", "asked to stop", 50, "runs in hand"),
  clocks: e2e("chaos-workers", "clocks", 10, "rounds"),
  flush: e2e("chaos-redis", "emptied", 10, "scans with 3 strikes"),
  redis: e2e("chaos-redis", "comes back empty", 10, "scans with 3 strikes"),
  postgres: e2e("chaos-stores", "breaks off and comes back", 5, "restarts"),
  "postgres-away": e2e("chaos-stores", "longer than a lease", 60, "seconds"),
  bodies: e2e("chaos-stores", "body store", 60, "seconds of each fault"),
  soak: e2e("chaos-soak", "stays as it was", 30, "minutes"),
  "many-runs": {
    project: "int",
    file: "worker/test/many-runs",
    test: "closes within",
    amount: 10_000,
    unit: "module runs",
  },
};

function e2e(file: string, test: string, amount: number, unit: string): Program {
  return { project: "e2e", file: `worker/test/${file}`, test, amount, unit };
}

const USAGE = `Long forms of the chaos tests. The same seed strikes at the same points.

  npm run chaos -- <program> [amount] [--seed <number>]

${Object.entries(PROGRAMS)
  .map(([name, { amount, unit }]) => `  ${name.padEnd(14)} ${amount} ${unit}`)
  .join("\n")}
`;

interface Order {
  program: Program;
  amount: number;
  seed: string;
}

/** What the arguments ask for; null: the usage. Throws an error that says what was wrong with them. */
function orderOf(args: string[]): Order | null {
  const { positionals, values } = parseArgs({
    args,
    options: { seed: { type: "string" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  const [name, amount, ...rest] = positionals;
  if (name === undefined || values.help) return null;
  const program = PROGRAMS[name];
  if (!program) throw new Error(`there is no program ${name}`);
  if (rest.length > 0) throw new Error(`one program and its amount are enough, not also ${rest.join(" ")}`);
  const { seed = String(Date.now() % 1_000_000) } = values;
  if (!/^\d+$/.test(seed)) throw new Error(`--seed takes a number, not ${seed}`);
  const order = { program, seed, amount: Number(amount ?? program.amount) };
  if (!(order.amount > 0)) throw new Error(`the amount is a number of ${program.unit}, not ${amount}`);
  return order;
}

/** Runs a program's test in its long form, prints what it measured; true when all held. */
async function run({ program: { project, file, test }, amount, seed }: Order): Promise<boolean> {
  console.log(`seed ${seed}`);
  const dir = await mkdtemp(join(tmpdir(), "picket-chaos-"));
  const report = join(dir, "report.json");
  process.env.PICKET_CHAOS_AMOUNT = String(amount);
  process.env.PICKET_CHAOS_REPORT = report;
  process.env.PICKET_CHAOS_SEED = seed;
  const { passed, failed } = await runJest(
    project,
    [file, `--testNamePattern=${test}`],
    createCommandRunner().run,
  );
  console.log(await readFile(report, "utf8").catch(() => "nothing was measured"));
  await rm(dir, { recursive: true, force: true });
  return passed > 0 && failed === 0;
}

async function main(args: string[]): Promise<number> {
  try {
    const order = orderOf(args);
    if (order) return (await run(order)) ? 0 : 1;
    console.log(USAGE);
    return 0;
  } catch (thrown) {
    console.error(`picket: ${toError(thrown).message.split(". ")[0]}. See npm run chaos -- --help.`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
