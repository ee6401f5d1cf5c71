/** Who may send, over all module runs that share a session, while one of them sends what belongs together. */
export interface Turns {
  /** Waits for its turn; what it returns ends it. */
  take(): Promise<() => void>;
  /** Waits for the turns that were asked for before. */
  pass(): Promise<void>;
}

/** Longest turn, ms: two requests and what they wait for. A plugin that ends later has lost it. */
const MAX_TURN_MS = 20_000;

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async take() {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = before.then(() => turn.promise);
      await before;
      const timer = setTimeout(turn.resolve, MAX_TURN_MS);
      return () => {
        clearTimeout(timer);
        turn.resolve();
      };
    },
    async pass() {
      await last;
    },
  };
}
