import { describe, expect, it } from "@jest/globals";
import { createEventSender } from "./event-sender.ts";
import { EVENT_CREDITS, MAX_EVENTS_BYTES, MAX_EVENTS_PER_MESSAGE } from "./limits.ts";

function endpoint(url: string) {
  return { event: "endpoint", method: "GET", url, source: "link" } as const;
}

function setUp() {
  const sent: string[] = [];
  const sender = createEventSender((text) => sent.push(text));
  return { sender, sizes: () => sent.map((text) => JSON.parse(text).events.length), sent };
}

describe("createEventSender", () => {
  it("sends full batches at once and the rest on flush", async () => {
    const { sender, sizes } = setUp();
    for (let index = 0; index < MAX_EVENTS_PER_MESSAGE + 3; index++) await sender.add(endpoint(`/${index}`));
    expect(sizes()).toEqual([MAX_EVENTS_PER_MESSAGE]);
    sender.flush();
    expect(sizes()).toEqual([MAX_EVENTS_PER_MESSAGE, 3]);
  });

  it("keeps messages below the limit of bytes", async () => {
    const { sender, sent } = setUp();
    for (let index = 0; index < 3; index++) await sender.add(endpoint("x".repeat(MAX_EVENTS_BYTES / 2)));
    sender.flush();
    expect(sent).toHaveLength(3);
    for (const text of sent) expect(text.length).toBeLessThanOrEqual(MAX_EVENTS_BYTES);
  });

  it("refuses an event that no message can hold", async () => {
    await expect(setUp().sender.add(endpoint("x".repeat(MAX_EVENTS_BYTES)))).rejects.toThrow(RangeError);
  });

  it("waits for credit once it is used up", async () => {
    const { sender, sizes } = setUp();
    for (let index = 0; index < EVENT_CREDITS; index++) await sender.add(endpoint("/"));
    let isAdded = false;
    const waiting = sender.add(endpoint("/last")).then(() => {
      isAdded = true;
    });
    await new Promise(setImmediate);
    expect(isAdded).toBe(false);
    expect(sizes().reduce((sum: number, size: number) => sum + size, 0)).toBe(EVENT_CREDITS);
    sender.credit(1);
    await waiting;
    expect(isAdded).toBe(true);
    sender.flush();
  });
});
