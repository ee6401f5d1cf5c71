import { describe, expect, it } from "@jest/globals";
import { createPurposeCount } from "./purpose-count.ts";

describe("createPurposeCount", () => {
  it("counts a request for each type it looks for, for all when it does not say, and for no type unknown", () => {
    const purposes = createPurposeCount(["a", "b", "c"]);
    purposes.add({});
    purposes.add({ lookingFor: ["a"] });
    purposes.add({ lookingFor: ["a", "b", "a", "made-up"] });
    purposes.add({ role: "login" });
    expect(purposes.counts()).toEqual({ a: 3, b: 2, c: 1 });
  });
});
