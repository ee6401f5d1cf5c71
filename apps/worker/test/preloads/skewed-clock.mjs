/** Preloaded by a worker whose clock is to be wrong by CLOCK_SKEW_MS, as a machine's may be. */
const skewMs = Number(process.env.CLOCK_SKEW_MS);
const RightDate = Date;

globalThis.Date = class extends RightDate {
  constructor(...values) {
    if (values.length === 0) super(RightDate.now() + skewMs);
    else super(...values);
  }
  static now() {
    return RightDate.now() + skewMs;
  }
};
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + skewMs });
