import { runJest } from "../test/jest-run.ts";
import { createCommandRunner } from "../test/run-command.ts";

/**
 * The long form of the test that a schedule starts exactly one scan for each due time while its workers are killed at
 * random, minutes long instead of 20 s.
 *
 *     node infra/chaos/schedules.ts [minutes, default 10]
 */
process.env.PICKET_CHAOS_MINUTES = process.argv[2] ?? "10";
const { passed, failed } = await runJest("int", ["apps/worker/test/schedules"], createCommandRunner().run);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
