import { afterAll, describe, expect, it } from "@jest/globals";
import { createBodyPreparer } from "../src/index.ts";
import { type BodyOptions, prepareBody } from "../src/prepare-body.ts";

const preparer = createBodyPreparer();

afterAll(() => preparer.close());

const OPTIONS: BodyOptions = {
  mode: "full",
  contentType: "text/html",
  redaction: { emails: true, cards: true, key: "key" },
};

describe("createBodyPreparer", () => {
  it.each([
    ["short, inline", 1_000, "full"],
    ["long, in a thread", 100_000, "full"],
    ["long and sampled", 100_000, "sampled"],
    ["of which nothing is kept", 100_000, "none"],
  ] as const)("gives what prepareBody gives, and leaves the bytes alone: %s", async (_what, size, mode) => {
    const whole = Buffer.alloc(size + 10, '{"token":"abc"} text ');
    const bytes = whole.subarray(10);
    const before = Buffer.from(whole);
    const prepared = await preparer.prepare(bytes, { ...OPTIONS, mode });
    const expected = prepareBody(bytes, { ...OPTIONS, mode });
    expect({ ...prepared, stored: prepared.stored && Buffer.from(prepared.stored) }).toEqual({
      ...expected,
      stored: expected.stored && Buffer.from(expected.stored),
    });
    expect(whole.equals(before)).toBe(true);
  });

  it("lets the event loop turn while a hostile body is redacted", async () => {
    const body = Buffer.alloc(1024 * 1024, "token:\n");
    let isDone = false;
    const preparing = preparer.prepare(body, OPTIONS).then(() => {
      isDone = true;
    });
    let turns = 0;
    for (; !isDone; turns++) await new Promise(setImmediate);
    await preparing;
    // None, if it were done here.
    expect(turns).toBeGreaterThan(20);
  });
});
