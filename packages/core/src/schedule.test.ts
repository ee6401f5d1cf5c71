import { describe, expect, it } from "@jest/globals";
import { Blackout, type DueTime, decideDueTime, isBlackedOut, isTimeZone } from "./schedule.ts";

const OFFICE: Blackout = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00" };
const NIGHT: Blackout = { days: ["sat"], from: "22:00", to: "06:00" };

describe("isBlackedOut", () => {
  it.each<[string, string, Blackout, boolean]>([
    // Monday, 2026-11-23; Berlin is at UTC+1, New York at UTC-5.
    ["2026-11-23T07:00:00Z", "Europe/Berlin", OFFICE, true],
    ["2026-11-23T06:59:59Z", "Europe/Berlin", OFFICE, false],
    ["2026-11-23T17:00:00Z", "Europe/Berlin", OFFICE, false],
    ["2026-11-23T07:00:00Z", "America/New_York", OFFICE, false],
    ["2026-11-23T22:59:00Z", "America/New_York", OFFICE, true],
    // Summer time: the same clock time is an hour earlier.
    ["2026-07-06T06:00:00Z", "Europe/Berlin", OFFICE, true],
    // Over midnight, by the day on which it starts.
    ["2026-11-21T21:00:00Z", "Europe/Berlin", NIGHT, true],
    ["2026-11-22T04:59:00Z", "Europe/Berlin", NIGHT, true],
    ["2026-11-22T05:00:00Z", "Europe/Berlin", NIGHT, false],
    ["2026-11-22T21:30:00Z", "Europe/Berlin", NIGHT, false],
    ["2026-11-22T23:30:00Z", "UTC", { days: ["sun"], from: "00:00", to: "24:00" }, true],
  ])("%s in %s", (at, zone, window, expected) => {
    expect(isBlackedOut(new Date(at), zone, [window])).toBe(expected);
  });
});

describe("a blackout over a change of the clocks", () => {
  const window = (day: Blackout["days"][number], from: string, to: string): Blackout => ({
    days: [day],
    from,
    to,
  });

  it.each<[string, string, Blackout, boolean]>([
    // Forward: Berlin leaves out 02:00 to 03:00 on Sunday, 2026-03-29, New York on 2026-03-08.
    ["2026-03-28T21:30:00Z", "Europe/Berlin", window("sat", "22:00", "04:00"), true],
    ["2026-03-29T00:59:59Z", "Europe/Berlin", window("sat", "22:00", "02:30"), true],
    ["2026-03-29T01:00:00Z", "Europe/Berlin", window("sat", "22:00", "02:30"), false],
    ["2026-03-29T01:59:59Z", "Europe/Berlin", window("sat", "22:00", "04:00"), true],
    ["2026-03-29T02:00:00Z", "Europe/Berlin", window("sat", "22:00", "04:00"), false],
    ["2026-03-08T07:00:00Z", "America/New_York", window("sat", "22:00", "03:30"), true],
    ["2026-03-08T07:30:00Z", "America/New_York", window("sat", "22:00", "03:30"), false],
    // Back: 02:00 to 03:00 comes twice in Berlin on 2026-10-25, 01:00 to 02:00 in New York on 2026-11-01.
    ["2026-10-25T00:15:00Z", "Europe/Berlin", window("sat", "22:00", "02:30"), true],
    ["2026-10-25T00:45:00Z", "Europe/Berlin", window("sat", "22:00", "02:30"), false],
    ["2026-10-25T01:15:00Z", "Europe/Berlin", window("sat", "22:00", "02:30"), true],
    ["2026-10-25T01:30:00Z", "Europe/Berlin", window("sat", "22:00", "02:30"), false],
    ["2026-11-01T05:59:59Z", "America/New_York", window("sun", "00:00", "02:00"), true],
    ["2026-11-01T06:59:59Z", "America/New_York", window("sun", "00:00", "02:00"), true],
    ["2026-11-01T07:00:00Z", "America/New_York", window("sun", "00:00", "02:00"), false],
  ])("goes by what the clocks show: %s in %s, %j", (at, zone, covered, expected) => {
    expect(isBlackedOut(new Date(at), zone, [covered])).toBe(expected);
  });
});

describe("Blackout", () => {
  it("refuses what no clock shows, and an empty window", () => {
    const refused = (from: string, to: string) => !Blackout.safeParse({ days: ["mon"], from, to }).success;
    expect([refused("8:00", "09:00"), refused("08:00", "25:00"), refused("08:00", "08:00")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(refused("00:00", "24:00")).toBe(false);
  });
});

describe("isTimeZone", () => {
  it("knows names, and no offsets or fancy", () => {
    const names = ["Europe/Berlin", "UTC", "+02:00", "Europe/Nowhere", ""];
    expect(names.map(isTimeZone)).toEqual([true, true, false, false, false]);
  });
});

describe("decideDueTime", () => {
  const decide = (changes: Partial<DueTime>) =>
    decideDueTime({
      dueAt: new Date("2026-11-23T05:00:00Z"),
      now: new Date("2026-11-23T05:00:01Z"),
      isLatest: true,
      isRunning: false,
      timeZone: "Europe/Berlin",
      overlap: "forbid",
      blackouts: [OFFICE],
      ...changes,
    });

  it("starts what is due, and only the latest of several", () => {
    expect(decide({})).toBe("started");
    expect(decide({ isLatest: false })).toBe("missed");
  });

  it("skips what is due in a blackout, and catches up on nothing in one", () => {
    expect(decide({ dueAt: new Date("2026-11-23T09:00:00Z") })).toBe("skipped_blackout");
    expect(decide({ dueAt: new Date("2026-11-23T09:00:00Z"), isLatest: false })).toBe("skipped_blackout");
    expect(decide({ now: new Date("2026-11-23T09:00:00Z") })).toBe("skipped_blackout");
  });

  it("forbids, allows or replaces a scan beside one that goes on", () => {
    expect(decide({ isRunning: true })).toBe("skipped_overlap");
    expect(decide({ isRunning: true, overlap: "allow" })).toBe("started");
    expect(decide({ isRunning: true, overlap: "replace" })).toBe("started");
  });
});
