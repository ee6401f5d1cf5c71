import { describe, expect, it } from "@jest/globals";
import { expiry } from "./expiry.ts";

describe("expiry", () => {
  it("takes days from now, a day to its end, and a point in time", () => {
    const before = Date.now();
    const inDays = expiry("30d").getTime();
    expect(inDays).toBeGreaterThanOrEqual(before + 30 * 86_400_000);
    expect(inDays).toBeLessThan(before + 30 * 86_400_000 + 5_000);
    expect(expiry("2027-01-31").toISOString()).toBe("2027-01-31T23:59:59.000Z");
    expect(expiry("2027-01-31T12:00:00+02:00").toISOString()).toBe("2027-01-31T10:00:00.000Z");
  });

  it.each(["", "30", "0d", "1000d", "2027-02-31x", "2027-13-01", "soon", "5"])("refuses %j", (text) => {
    expect(() => expiry(text)).toThrow("must be days such as 30d");
  });
});
