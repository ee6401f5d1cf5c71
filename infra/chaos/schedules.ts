import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runJest } from "../test/jest-run.ts";
import { createCommandRunner } from "../test/run-command.ts";

/**
 * The long form of the test that a schedule starts exactly one scan for each due time while three APIs and two workers
 * are killed at random, minutes long instead of 20 s. Prints what it measured; the same seed strikes the same instances.
 *
 *     node infra/chaos/schedules.ts [minutes, default 10] [seed]
 */
const [minutes = "10", seed] = process.argv.slice(2);
const dir = await mkdtemp(join(tmpdir(), "picket-chaos-"));
const report = join(dir, "report.json");
process.env.PICKET_CHAOS_MINUTES = minutes;
process.env.PICKET_CHAOS_REPORT = report;
if (seed !== undefined) process.env.PICKET_CHAOS_SEED = seed;
const { passed, failed } = await runJest("int", ["apps/worker/test/schedules"], createCommandRunner().run);
if (passed > 0 && failed === 0) console.log(await readFile(report, "utf8"));
await rm(dir, { recursive: true, force: true });
process.exit(failed > 0 || passed === 0 ? 1 : 0);
