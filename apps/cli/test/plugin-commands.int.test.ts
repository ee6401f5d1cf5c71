import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";
import { registerPluginCommands } from "../src/plugin/plugin-commands.ts";

let server: Server;
let url: string;
let folder: string;
let printed: { out: string; err: string };

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader("server", "nginx/1.24.0");
    response.setHeader("content-type", "text/html");
    response.end("<h1>Hello</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
  folder = await mkdtemp(join(tmpdir(), "picket-cli-"));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  printed = { out: "", err: "" };
  const capture = (stream: "out" | "err") => (text: string | Uint8Array) => {
    printed[stream] += String(text);
    return true;
  };
  jest.spyOn(process.stdout, "write").mockImplementation(capture("out"));
  jest.spyOn(process.stderr, "write").mockImplementation(capture("err"));
});

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

async function picket(...args: string[]): Promise<void> {
  const program = new Command("picket").exitOverride();
  registerPluginCommands(program);
  await program.parseAsync(["plugin", ...args], { from: "user" });
}

describe("picket plugin", () => {
  it("writes a plugin that runs at once and finds something", async () => {
    const dir = join(folder, "first-try");
    await picket("new", dir);
    expect(await readdir(dir)).toEqual(["README.md", "plugin.ts"]);
    expect(await readFile(join(dir, "plugin.ts"), "utf8")).toContain(`name: "first-try"`);

    await picket("run", dir, "--url", url);
    expect(printed.out).toMatch(/finding .*info .*server-version-shown/);
    expect(printed.err).toMatch(
      /completed in .*: 2 events, 0 requests; first message after \d+ ms, isolation sandbox/,
    );
    expect(process.exitCode ?? 0).toBe(0);
  });

  it("prints JSON lines, the end last", async () => {
    const dir = join(folder, "json-try");
    await picket("new", dir);
    printed.out = "";
    await picket("run", dir, "--url", url, "--json", "--set", `headers=["x-none"]`);
    const lines = printed.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([expect.objectContaining({ event: "end", reason: "completed" })]);
  });

  it("ends with 1 when the plugin does not complete, and says why", async () => {
    const dir = join(folder, "strict-try");
    await picket("new", dir);
    await picket("run", dir, "--url", url, "--set", "hedaers=1");
    expect(printed.err).toMatch(/^failed in /m);
    expect(printed.err).toContain("hedaers");
    expect(process.exitCode).toBe(1);
  });

  it("requests only what the plugin may, and only the host that was named", async () => {
    const dir = join(folder, "asking");
    await picket("new", dir);
    await writeFile(
      join(dir, "plugin.ts"),
      `import { definePlugin } from "@picket/plugin-sdk";
import { z } from "zod";
export const plugin = definePlugin({
  name: "asking", description: "Asks.", version: "1.0.0", requiredCapabilities: ["http:passive"], stage: "inspect",
  emits: [], config: z.object({}),
  async *run(_scan, { http, log }) {
    const answers = [await http.get("/a"), await http.get("http://127.0.0.1:1/"), await http.request({ url: "/", method: "DELETE" })];
    log.info("answers", { answers: answers.map((answer) => (answer.ok ? answer.status : answer.reason)).join() });
  },
});
`,
    );
    await picket("run", dir, "--url", url);
    expect(printed.err).toContain(`answers="200,out_of_scope,capability_missing"`);
    await expect(picket("run", dir, "--url", url, "--capabilities", "intel:read")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "asking needs http:passive",
    });
  });

  it("refuses names, folders, URLs and options that cannot be", async () => {
    await expect(picket("new", join(folder, "Not Kebab"))).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(picket("new", join(folder, "first-try"))).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(picket("run", join(folder, "first-try"), "--url", "ftp://x")).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await expect(picket("run", join(folder, "nowhere"), "--url", url)).rejects.toMatchObject({
      code: "INVALID_PLUGIN",
    });
    await expect(picket("run", folder, "--url", url, "--set", "novalue")).rejects.toThrow("key=value");
    await expect(picket("run", folder, "--url", url, "--capabilities", "http:all")).rejects.toThrow(
      "http:passive",
    );
    await expect(
      picket("run", join(folder, "first-try"), "--url", "http://127.0.0.1:1/"),
    ).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
    });
  });
});
