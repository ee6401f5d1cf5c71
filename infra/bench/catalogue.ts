/** A file of this folder that prints rows, and the bars it answers to. */
export interface Bench {
  file: string;
  bars: readonly string[];
}

/** In the order in which they run. Bars are those of issues and of the files themselves. */
export const BENCHES: readonly Bench[] = [
  { file: "budget.ts", bars: ["P1", "P2"] },
  { file: "broker.ts", bars: ["P3", "P14"] },
  { file: "ingest.ts", bars: ["P4"] },
  { file: "sustained.ts", bars: ["P5", "P13"] },
  { file: "plugin-start.ts", bars: ["P6"] },
  { file: "ipc.ts", bars: ["P7"] },
  { file: "distress.ts", bars: ["P8", "P9", "Retry-After"] },
  { file: "enqueue.ts", bars: ["P10"] },
  { file: "endpoints-memory.ts", bars: ["P11"] },
  { file: "findings-view.ts", bars: ["P12"] },
  { file: "kill-switch.ts", bars: ["P15"] },
  { file: "abuse.ts", bars: ["R9"] },
  { file: "hostile-targets.ts", bars: ["R10"] },
  { file: "audit-verify.ts", bars: ["R15"] },
  { file: "assess.ts", bars: ["assess"] },
  { file: "routes.ts", bars: ["routes"] },
  { file: "detect.ts", bars: ["detection"] },
  { file: "standard-scan.ts", bars: ["pages"] },
  { file: "hostile-bodies.ts", bars: ["bodies"] },
];
