import { describe, expect, it } from "@jest/globals";
import type { EndpointView } from "@picket/plugin-sdk";
import { type TestResponse, testPlugin } from "@picket/plugin-sdk/testing";
import { plugin } from "./plugin.ts";

const PING = {
  id: "1",
  method: "GET",
  url: "http://app.test/ping?host=127.0.0.1",
  route: "/ping",
  parameters: [],
  source: "link",
} as unknown as EndpointView;

function scan(page: (host: string) => TestResponse, settings = {}) {
  return testPlugin(plugin, {
    endpoints: [PING],
    settings,
    respond: ({ url }) => ({
      headers: { "content-type": "text/plain" },
      ...page(new URL(url).searchParams.get("host") ?? ""),
    }),
  });
}

/** As much of a shell as the commands need: quotes, comments, separators. Returns the commands that it would run. */
function commandsOf(line: string): string[] {
  const commands = [""];
  let quote = "";
  for (const character of line) {
    const current = commands.length - 1;
    if (quote === "" && character === "#" && commands[current]?.endsWith(" ")) break;
    if (quote === "" && /[;|\n]/.test(character)) commands.push("");
    else commands[current] += character;
    if (/['"]/.test(character) && (quote === "" || quote === character))
      quote = quote === "" ? character : "";
  }
  return commands.map((command) => command.trim());
}

/** What they print. */
function run(line: string): string {
  return commandsOf(line)
    .map((command) => /^echo (\w+)\$\(\((\d+)\*(\d+)\)\)(\w+)$/.exec(command))
    .map((match) => (match ? `${match[1]}${Number(match[2]) * Number(match[3])}${match[4]}` : ""))
    .join("\n");
}

describe("command-injection", () => {
  it.each([
    ["bare", (host: string) => `ping -c 1 ${host}`],
    ["in single quotes", (host: string) => `ping -c 1 '${host}' 2>&1`],
    ["in double quotes", (host: string) => `ping -c 1 "${host}" 2>&1`],
  ])("is proven by what a shell prints, in three requests, for a value %s", async (_, write) => {
    const result = await scan((host) => ({ body: run(write(host)) }));
    expect(result.of("finding")).toMatchObject([{ type: "command-injection", severity: "critical" }]);
    expect(result.of("evidence").map(({ kind }) => kind)).toEqual([
      "content_proof",
      "content_proof",
      "negative_control",
    ]);
    expect(result.requests).toHaveLength(3);
  });

  it("is proven past a filter that knows one separator", async () => {
    const result = await scan((host) => ({ body: run(`ping ${host.replaceAll(";", "")}`) }));
    expect(result.of("finding")).toHaveLength(1);
  });

  it("is proven by a delay where nothing is shown", async () => {
    const seconds = (host: string) =>
      commandsOf(`ping ${host} >/dev/null`)
        .map((command) => Number(/^sleep (\d)$/.exec(command)?.[1] ?? 0))
        .reduce((sum, each) => sum + each, 0);
    const result = await scan((host) => ({ body: "", elapsedMs: 30.5 + 1_000 * seconds(host) }));
    expect(result.of("evidence")[0]).toMatchObject({ kind: "timing", details: { technique: "delay" } });
  });

  it.each<[string, (host: string) => TestResponse]>([
    ["an echo", (host) => ({ body: `No such host: ${host}` })],
    [
      "a firewall",
      (host) => (/[;|]/.test(host) ? { status: 403, body: "No", elapsedMs: 2 } : { body: "ok" }),
    ],
    ["a slow name server", (host) => ({ body: "", elapsedMs: host.includes("sleep") ? 4_000 : 20 })],
    [
      "a calculator",
      (host) => ({ body: host.replace(/\$?\(+(\d+)\*(\d+)\)+/g, (_, a, b) => String(a * b)) }),
    ],
  ])("is not claimed for %s", async (_, page) => {
    const result = await scan(page);
    expect(result.of("finding")).toEqual([]);
    expect(result.requests.length).toBeLessThanOrEqual(12);
  });
});
