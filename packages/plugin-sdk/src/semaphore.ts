/** Counts permits; who finds none waits its turn. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  get free(): number {
    return this.#free;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(permits = 1): void {
    for (let index = 0; index < permits; index++) {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
