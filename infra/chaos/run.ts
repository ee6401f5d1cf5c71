import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
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

const HELP = `Long forms of the chaos tests. The same seed strikes at the same points.

  node infra/chaos/run.ts <program> [amount] [--seed <number>]

${Object.entries(PROGRAMS)
  .map(([name, { amount, unit }]) => `  ${name.padEnd(14)} ${amount} ${unit}`)
  .join("\n")}
`;

/** Runs a program's test in its long form, prints what it measured; true when all held. */
async function run({ project, file, test }: Program, amount: number, seed: string): Promise<boolean> {
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

const { positionals, values } = parseArgs({ options: { seed: { type: "string" } }, allowPositionals: true });
const [name = "", amount] = positionals;
const program = PROGRAMS[name];
if (!program) console.log(HELP);
else {
  const { seed = String(Date.now() % 1_000_000) } = values;
  console.log(`seed ${seed}`);
  process.exitCode = (await run(program, Number(amount ?? program.amount), seed)) ? 0 : 1;
}
