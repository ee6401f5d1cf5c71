import { describe, expect, it } from "@jest/globals";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

describe("the plugin that `picket plugin new` writes", () => {
  it("reports a version once for each header, and nothing else", async () => {
    const { of } = await testPlugin(plugin, {
      fetches: [
        { url: "/", headers: { Server: "nginx/1.24.0", "X-Powered-By": "Express" } },
        { url: "/again", headers: { Server: "nginx/1.24.0" } },
      ],
    });
    expect(of("finding").map(({ rootCause }) => rootCause.key)).toEqual(["server"]);
    expect(of("evidence")[0]?.snippet).toBe("server: nginx/1.24.0");
  });
});
