import { describe, expect, it } from "@jest/globals";
import { parseCron } from "./cron.ts";

function times(expression: string, zone: string, after: string, count = 3): string[] {
  return parseCron(expression, zone)
    .after(new Date(after), count)
    .map((date) => date.toISOString().replace(":00.000Z", "Z"));
}

describe("parseCron", () => {
  it.each([
    ["Europe/Berlin", "2026-03-27T12:00Z", ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    [
      "America/New_York",
      "2026-03-06T12:00Z",
      ["2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z"],
    ],
  ])("moves 02:30 to the end of the hour that %s leaves out", (zone, after, expected) => {
    expect(times("30 2 * * *", zone, after)).toEqual(expected);
  });

  it.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2026-10-23T12:00Z",
      ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2026-10-30T12:00Z",
      ["2026-10-31T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"],
    ],
  ])("is due once in the hour that comes twice in %s", (zone, expression, after, expected) => {
    expect(times(expression, zone, after)).toEqual(expected);
  });

  it("goes on every half hour through the hour that comes twice", () => {
    const due = times("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45Z", 7);
    const minutes = due.map((time) => Date.parse(time) / 60_000);
    expect(minutes.map((minute, index) => minute - (minutes[index - 1] ?? minute))).toEqual([
      0, 30, 30, 30, 30, 30, 30,
    ]);
  });

  it("takes seconds, and leaves out the moment itself", () => {
    const [next] = parseCron("*/2 * * * * *", "UTC").after(new Date("2026-11-21T00:00:02Z"), 1);
    expect(next?.toISOString()).toBe("2026-11-21T00:00:04.000Z");
  });

  it.each([
    ["", /five or six fields/],
    ["0 0 * *", /five or six fields/],
    ["0 0 0 1 1 * 2030", /five or six fields/],
    ["2026-12-01T00:00:00", /five or six fields/],
    ["61 0 * * *", /minute: 61/],
    ["0 0 30 2 *", /never due/],
  ])("refuses %j and says why", (expression, reason) => {
    expect(() => parseCron(expression, "UTC")).toThrow(reason);
  });
});
