import { definePlugin, headerValues } from "@picket/plugin-sdk";
import { z } from "zod";

/** A product followed by its version, such as `nginx/1.24.0`. */
const VERSION = /\/\d[\w.]*/;

export const plugin = definePlugin({
  name: "my-plugin",
  description: "Reports response headers that show the version of the server's software.",
  version: "0.1.0",
  // It asks the target for nothing: it judges what the scan has recorded.
  requiredCapabilities: [],
  stage: "inspect",
  emits: ["server-version-shown"],
  config: z.object({
    headers: z.array(z.string()).default(["server", "x-powered-by"]).describe("Header names, lower-case."),
  }),

  async *run(_scan, { session, settings }) {
    const reported = new Set<string>();
    for await (const fetch of session.fetches({ source: "broker" })) {
      for (const name of settings.headers) {
        const value = headerValues(fetch.responseHeaders, name).find((text) => VERSION.test(text));
        if (value === undefined || reported.has(name)) continue;
        reported.add(name);
        yield {
          event: "evidence",
          ref: name,
          kind: "observation",
          snippet: `${name}: ${value}`,
          location: { part: "response_header", name },
          fetchId: fetch.id,
        };
        yield {
          event: "finding",
          type: "server-version-shown",
          title: `The header ${name} shows a version`,
          description: "Whoever knows the version knows its published vulnerabilities.",
          severity: "info",
          remediation: `Configure the server to leave the version out of ${name}.`,
          rootCause: { level: "target", key: name },
          instance: { method: fetch.method, url: fetch.url },
          evidence: [name],
        };
      }
    }
  },
});
