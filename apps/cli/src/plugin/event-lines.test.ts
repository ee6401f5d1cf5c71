import { describe, expect, it } from "@jest/globals";
import { PluginEvent } from "@picket/core";
import { eventLines } from "./event-lines.ts";

describe("eventLines", () => {
  it("shows each event of a pack on its own, control characters made visible", () => {
    const pack = PluginEvent.parse({
      event: "pack",
      events: [
        {
          event: "evidence",
          ref: "e1",
          kind: "pattern",
          snippet: "a\u001b[31mb\nc",
          location: { part: "response_body", offset: 7 },
        },
        { event: "component", name: "nginx", version: "1.24", confidence: 80, evidence: ["e1"] },
      ],
    });
    const lines = eventLines(pack);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("e1: pattern, response_body 7: a·[31mb c");
    expect(lines[1]).toContain("nginx 1.24 (80)");
  });
});
