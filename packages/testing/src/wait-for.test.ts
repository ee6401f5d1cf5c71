import { describe, expect, it } from "@jest/globals";
import { waitFor } from "./wait-for.ts";

describe("waitFor", () => {
  it("returns the first truthy value", async () => {
    const values = [0, "", null, "found"];
    expect(await waitFor(() => values.shift(), { intervalMs: 1 })).toBe("found");
  });

  it("names what it waited for and keeps the last error", async () => {
    const cause = new Error("not yet");
    const waiting = waitFor(() => Promise.reject(cause), { timeoutMs: 10, intervalMs: 1, what: "the scan" });
    await expect(waiting).rejects.toMatchObject({ message: "the scan was not met within 10 ms", cause });
  });
});
