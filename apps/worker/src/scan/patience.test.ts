import { describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { patiently } from "./patience.ts";

const away = new AppError("STORAGE_UNAVAILABLE", "away");
const forever = new AbortController().signal;

describe("patiently", () => {
  it("tries again until the store is back", async () => {
    const tries = [away, Object.assign(new Error("gone"), { code: "57P01" }), null];
    const work = async () => {
      const problem = tries.shift();
      if (problem) throw problem;
      return "stored";
    };
    expect(await patiently(work, { signal: forever })).toBe("stored");
    expect(tries).toEqual([]);
  });

  it("does not try again what is wrong in itself", async () => {
    const wrong = new AppError("STALE_ATTEMPT", "taken over");
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw wrong;
    };
    await expect(patiently(work, { signal: forever })).rejects.toBe(wrong);
    expect(tries).toBe(1);
  });

  it("gives up with the last failure when it is told to stop", async () => {
    const stopping = new AbortController();
    const trying = patiently(() => Promise.reject(away), {
      signal: stopping.signal,
      onWait: () => stopping.abort(),
    });
    await expect(trying).rejects.toBe(away);
  });
});
