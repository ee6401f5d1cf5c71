/**
 * Processor time that this process spends while `work` runs, ms. Unlike a clock it does not count what other processes
 * take, so that a test can tell a pattern that blows up (minutes for 256 KiB) from a busy machine.
 */
export async function processorTime(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** More than anything that reads one body of 256 KiB in time proportional to its length needs, ms. */
export const LINEAR_TIME_MS = 20_000;
