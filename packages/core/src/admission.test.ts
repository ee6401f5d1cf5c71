import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { admit, type SlotUse, type WaitingRun } from "./admission.ts";
import { ScanMode } from "./vocabulary.ts";

let number = 0;
const waits = (
  targetId: string,
  mode: ScanMode = "interactive",
  scanId = `scan-${targetId}`,
): WaitingRun => ({
  id: `run-${String(++number).padStart(6, "0")}`,
  scanId,
  targetId,
  mode,
});
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const targetsOf = (runs: readonly SlotUse[]) => runs.map(({ targetId }) => targetId).join("");

describe("admission to the fleet's slots", () => {
  it("gives one target all but the newcomers' part", () => {
    expect(
      admit(
        { slots: 8, inHand: [] },
        times(20, () => waits("a")),
      ),
    ).toHaveLength(6);
  });

  it("has a slot for a newcomer however many runs of a slow target wait and run", () => {
    const slow = times(6, () => waits("a"));
    expect(targetsOf(admit({ slots: 8, inHand: slow }, [...times(20, () => waits("a")), waits("b")]))).toBe(
      "b",
    );
  });

  it("shares the slots among the targets that have work", () => {
    const waiting = ["a", "b", "c"].flatMap((target) => times(9, () => waits(target)));
    const runs = admit({ slots: 8, inHand: [] }, waiting);
    expect(targetsOf(runs.slice(0, 3))).toBe("abc");
    expect(runs).toHaveLength(6);
  });

  it("takes rechecks before interactive scans before scheduled ones", () => {
    const runs = [waits("a", "scheduled"), waits("b"), waits("c", "recheck")];
    expect(targetsOf(admit({ slots: 8, inHand: [] }, runs))).toBe("cba");
  });

  it("leaves a slot free of scheduled work, for a person to have at once", () => {
    const backlog = ["a", "b", "c", "d", "e"].map((target) => waits(target, "scheduled"));
    const running = admit({ slots: 4, inHand: [] }, backlog);
    expect(running).toHaveLength(3);
    expect(targetsOf(admit({ slots: 4, inHand: running }, [...backlog, waits("f")]))).toBe("f");
  });

  it("uses the one slot there is for anything", () => {
    expect(admit({ slots: 1, inHand: [] }, [waits("a", "scheduled")])).toHaveLength(1);
    expect(admit({ slots: 1, inHand: [waits("a")] }, [waits("b")])).toEqual([]);
  });

  it("looks at each run a few times only when very many wait for a very large fleet", () => {
    let looks = 0;
    const waiting = times(10_000, () => {
      const run = waits("a");
      const { targetId } = run;
      return Object.defineProperty(run, "targetId", {
        get: () => {
          looks += 1;
          return targetId;
        },
      });
    });
    expect(admit({ slots: 20_000, inHand: [] }, waiting)).toEqual(waiting);
    expect(looks / waiting.length).toBeLessThan(100);
  });

  const run = fc.record({
    target: fc.constantFrom("a", "b", "c", "d"),
    mode: fc.constantFrom(...ScanMode.options),
  });
  const fleet = fc.record({
    slots: fc.integer({ min: 1, max: 12 }),
    running: fc.array(run),
    waiting: fc.array(run),
  });

  it("never admits more than there are slots, and never leaves all idle while something waits", () => {
    fc.assert(
      fc.property(fleet, ({ slots, running, waiting }) => {
        const inHand = running.slice(0, slots).map(({ target, mode }) => waits(target, mode));
        const admitted = admit(
          { slots, inHand },
          waiting.map(({ target, mode }) => waits(target, mode)),
        );
        expect(inHand.length + admitted.length).toBeLessThanOrEqual(slots);
        if (inHand.length === 0 && waiting.length > 0) expect(admitted.length).toBeGreaterThan(0);
      }),
    );
  });

  it("admits a person's run for a target that has none as soon as a slot is free", () => {
    fc.assert(
      fc.property(fleet, ({ slots, running }) => {
        const inHand = running.slice(0, slots - 1).map(({ target, mode }) => waits(target, mode));
        expect(targetsOf(admit({ slots, inHand }, [waits("newcomer")]))).toBe("newcomer");
      }),
    );
  });
});
