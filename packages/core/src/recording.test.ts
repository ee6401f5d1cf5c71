import { describe, expect, it } from "@jest/globals";
import { recordedEndpoints } from "./recording.ts";

const entry = (method: string, url: string, postData?: object) => ({
  request: { method, url, postData },
  response: { status: 200 },
});

describe("recordedEndpoints", () => {
  it("reads requests with the parameters of their bodies", () => {
    const document = {
      log: {
        version: "1.2",
        entries: [
          entry("get", "http://a.test/x?y=1"),
          entry("POST", "http://a.test/api", {
            mimeType: "application/json; charset=utf-8",
            text: '{"user":{"name":"ann"},"tags":["a"]}',
          }),
          entry("POST", "http://a.test/f", { mimeType: "application/x-www-form-urlencoded", text: "a=1&b=" }),
          entry("POST", "http://a.test/m", {
            mimeType: "multipart/form-data",
            params: [
              { name: "file", fileName: "x" },
              { name: "note", value: "n" },
            ],
          }),
          entry("POST", "http://a.test/broken", { mimeType: "application/json", text: '{"cut' }),
        ],
      },
    };
    expect(recordedEndpoints(document)).toEqual([
      { method: "GET", url: "http://a.test/x?y=1", parameters: [] },
      {
        method: "POST",
        url: "http://a.test/api",
        parameters: [
          { name: "/user/name", in: "json", example: "ann" },
          { name: "/tags/0", in: "json", example: "a" },
        ],
      },
      {
        method: "POST",
        url: "http://a.test/f",
        parameters: [
          { name: "a", in: "form", example: "1" },
          { name: "b", in: "form" },
        ],
      },
      {
        method: "POST",
        url: "http://a.test/m",
        parameters: [
          { name: "file", in: "form" },
          { name: "note", in: "form", example: "n" },
        ],
      },
      { method: "POST", url: "http://a.test/broken", parameters: [] },
    ]);
  });

  it.each([null, {}, { log: {} }, { log: { entries: [{ request: 1 }] } }])("takes %j for none", (document) =>
    expect(recordedEndpoints(document)).toBeNull(),
  );
});
