import { toMessage } from "./message.ts";

/** A signal that comes within this time of the first is the same wish: npm and the terminal both send Ctrl-C on. */
const SAME_WISH_MS = 1_000;

export type Scope = {
  /** Registers what must be released at the end; the last registered is released first. */
  defer(release: () => Promise<void> | void): void;
  /** Resolves on Ctrl-C, SIGTERM, SIGHUP, and when the process that started this one is gone. */
  stopped: Promise<void>;
};

/**
 * Runs `work` until it ends or a signal comes, then releases what it registered, and ends the process: with the exit
 * code that `work` gave, 1 and one line on stderr when it threw, or 130 when a signal broke it off. A second signal
 * ends at once; the supervised processes then end by themselves.
 */
export async function runScoped(work: (scope: Scope) => Promise<number>): Promise<never> {
  const releases: (() => Promise<void> | void)[] = [];
  const stopped = stopSignal();
  const scope: Scope = { stopped, defer: (release) => releases.push(release) };
  const code = await Promise.race([work(scope).catch(report), stopped.then(() => 130)]);
  // Work that a signal broke off may still register something while this waits.
  for (let release = releases.pop(); release; release = releases.pop()) {
    await Promise.resolve(release()).catch(report);
  }
  process.exit(code);
}

function stopSignal(): Promise<void> {
  let firstAt = 0;
  return new Promise((resolve) => {
    const stop = () => {
      if (firstAt === 0) {
        firstAt = Date.now();
        resolve();
      } else if (Date.now() - firstAt > SAME_WISH_MS) {
        process.exit(130);
      }
    };
    for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(event, stop);
    process.channel?.unref();
  });
}

function report(error: unknown): number {
  console.error(`picket: ${toMessage(error)}`);
  return 1;
}
