import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Niceness (nice(2)) of a plugin: below the worker's own 0, which renews leases and serves all plugins. */
const USUAL_NICE = 2;
/** Of one that burns: 5 % of a core that another plugin wants (weights 36 to 655), and all of one that is idle. */
const BURNER_NICE = 15;

/** Time between two looks at what a plugin uses, ms: some fifteen short reads, 0.2 ms. */
const LOOK_MS = 100;
/**
 * A plugin is restless in a look in which its threads together ran for so much of a core, or wanted it while the plugin
 * said nothing: one that reports or asks is at work, and on a busy machine it may wait all the time that it does not run.
 */
const RESTLESS = 0.9;
/** What a restless plugin may run before it counts as a burner, ms: twice what a start takes. */
const BURST_MS = 200;
/** A burner has calmed down after five looks in a row in which it wanted less than this. */
const CALM = 0.5;
const CALM_LOOKS = 5;

/** What has been seen of a plugin's use of processors. */
export interface Burning {
  isBurner: boolean;
  /** Since it last paused, ms. */
  ranMs: number;
  calmLooks: number;
}

export interface Look {
  elapsedMs: number;
  ranMs: number;
  /** For a processor: it makes nobody calm. */
  waitedMs: number;
  /** A message came from it. */
  hasSpoken: boolean;
}

/** After one more look. */
export function judge({ isBurner, ranMs, calmLooks }: Burning, look: Look): Burning {
  const wantedMs = look.ranMs + look.waitedMs;
  const isRestless = (look.hasSpoken ? look.ranMs : wantedMs) >= RESTLESS * look.elapsedMs;
  const ran = isRestless ? ranMs + look.ranMs : 0;
  const calm = wantedMs < CALM * look.elapsedMs ? calmLooks + 1 : 0;
  return { isBurner: ran >= BURST_MS || (isBurner && calm < CALM_LOOKS), ranMs: ran, calmLooks: calm };
}

/** What is not there is a process that has ended, or a kernel that does not tell. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** The plugin itself, which the launcher's tools start one below the other. */
function innermost(pid: number): number {
  const [child] = tryRead(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return child === undefined ? pid : innermost(child);
}

interface Use {
  ranNs: number;
  waitedNs: number;
}

/** How long a thread has run and has waited for a processor (sched-stats(5): the first two fields). */
function useBy(tid: number): Use {
  const [ranNs = 0, waitedNs = 0] = tryRead(`/proc/${tid}/schedstat`).split(" ").map(Number);
  return { ranNs, waitedNs };
}

/** Of one thread, on Linux, although Node says process. */
function setNice(tid: number, nice: number): void {
  try {
    setPriority(tid, nice);
  } catch {
    // It has ended, or would have to be raised without the right to.
  }
}

/** Where the kernel shares processors between sessions first, niceness counts within one only; the session has its own. */
function setSessionNice(pid: number, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // No such sharing here, or not now: the next look tries again.
  }
}

export interface CpuShare {
  /** How long it was held back so far, ms. */
  readonly throttledMs: number;
  /** A message came from the plugin. */
  hear(): void;
  stop(): void;
}

/**
 * Keeps a plugin from taking the processor from others: it starts with a lower priority than the worker and falls far
 * below while it burns. `pid` leads the session of the plugin's processes. Raising a priority again needs CAP_SYS_NICE:
 * without it a burner stays where it is to its end. Without /proc only the first priority is set.
 */
export function limitCpuShare(pid: number): CpuShare {
  let burning: Burning = { isBurner: false, ranMs: 0, calmLooks: 0 };
  let before = new Map<number, Use>();
  let [lookedAt, throttledMs] = [performance.now(), 0];
  let hasSpoken = false;

  function setNiceOf(threads: readonly number[]): void {
    const nice = burning.isBurner ? BURNER_NICE : USUAL_NICE;
    setSessionNice(pid, nice);
    for (const tid of threads) setNice(tid, nice);
  }

  function since(tid: number, { ranNs, waitedNs }: Use): Use {
    const last = before.get(tid) ?? { ranNs: 0, waitedNs: 0 };
    return { ranNs: ranNs - last.ranNs, waitedNs: waitedNs - last.waitedNs };
  }

  function look(): void {
    const elapsedMs = performance.now() - lookedAt;
    lookedAt += elapsedMs;
    if (burning.isBurner) throttledMs += elapsedMs;
    const uses = new Map(threadsOf(innermost(pid)).map((tid) => [tid, useBy(tid)]));
    const recent = [...uses].map(([tid, use]) => since(tid, use));
    before = uses;
    const ranMs = recent.reduce((sum, { ranNs }) => sum + ranNs, 0) / 1e6;
    const waitedMs = recent.reduce((sum, { waitedNs }) => sum + waitedNs, 0) / 1e6;
    burning = judge(burning, { elapsedMs, ranMs, waitedMs, hasSpoken });
    hasSpoken = false;
    setNiceOf([...uses.keys()]);
  }

  setNiceOf([pid]);
  const timer = setInterval(look, LOOK_MS);
  return {
    get throttledMs() {
      return throttledMs;
    },
    hear() {
      hasSpoken = true;
    },
    stop: () => clearInterval(timer),
  };
}
