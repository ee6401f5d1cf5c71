import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { createLogger, type LoggerOptions, silentLogger } from "./logger.ts";

function memoryStream() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}

function capture(options: Partial<LoggerOptions> = {}) {
  const out = memoryStream();
  const err = memoryStream();
  const logger = createLogger({ service: "worker", ...options, out: out.stream, err: err.stream });
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    logger,
    out: out.text,
    err: err.text,
    outLines: () => lines(out.text()),
    errLines: () => lines(err.text()),
  };
}

describe("createLogger", () => {
  it("writes a JSON line with time, level, service, message and fields", () => {
    const { logger, outLines } = capture();
    logger.info("scan started", { scanId: "s1", modules: 3 });
    expect(outLines()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: "info",
        service: "worker",
        message: "scan started",
        scanId: "s1",
        modules: 3,
      },
    ]);
  });

  it("writes error and warn to standard error, the rest to standard output, and nothing below its level", () => {
    const { logger, outLines, errLines } = capture({ level: "info" });
    logger.debug("d");
    logger.info("i");
    logger.warn("w");
    logger.error("e");
    expect(outLines().map(({ message }) => message)).toEqual(["i"]);
    expect(errLines().map(({ message }) => message)).toEqual(["w", "e"]);
  });

  it("adds a child's fields to each of its lines and to no other", () => {
    const { logger, outLines } = capture();
    logger.child({ scanId: "s1" }).child({ plugin: "cors" }).info("in", { plugin: "crawl" });
    logger.info("out");
    expect(outLines()[0]).toMatchObject({ scanId: "s1", plugin: "crawl" });
    expect(outLines()[1]).not.toHaveProperty("scanId");
  });

  it("writes an error with code, hint, stack and its chain of causes", () => {
    const { logger, errLines } = capture();
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const error = new AppError("DATABASE_UNAVAILABLE", "no database", { hint: "start it", cause });
    logger.error("cannot go on", { error });
    expect(errLines()[0]?.error).toMatchObject({
      name: "AppError",
      code: "DATABASE_UNAVAILABLE",
      message: "no database",
      hint: "start it",
      stack: expect.stringContaining("logger.test"),
      cause: { name: "Error", code: "ECONNREFUSED", message: "connect ECONNREFUSED" },
    });
  });

  it("never lets a field replace the line's own members", () => {
    const { logger, outLines } = capture();
    logger.info("own", { message: "other", level: "error", service: "x", time: "never" });
    expect(outLines()[0]).toMatchObject({ message: "own", level: "info", service: "worker" });
  });

  it("shows no secret in message, fields, keys, errors, causes or stacks", () => {
    const secret = 'T0p"secret/value';
    const { logger, err } = capture({ secrets: [secret] });
    const error = new Error(`bad ${secret}`, { cause: new Error(JSON.stringify({ nested: secret })) });
    logger.error(`failed with ${secret}`, {
      error,
      url: new URL(`https://user:${encodeURIComponent(secret)}@host/`),
      [secret]: 1,
      list: [{ deep: new Map([["k", encodeURIComponent(secret)]]) }, Buffer.from(secret).toString("base64")],
      password: "never configured",
      headers: { "Set-Cookie": ["sid=1"], accept: "text/html" },
      bytes: Buffer.from(secret),
    });
    const text = err();
    for (const form of [
      secret,
      "T0p",
      "secret/value",
      encodeURIComponent(secret),
      "never configured",
      "sid=1",
    ]) {
      expect(text).not.toContain(form);
    }
    expect(JSON.parse(text)).toMatchObject({ headers: { "Set-Cookie": "[redacted]", accept: "text/html" } });
  });

  it("keeps counts and flags under secret keys", () => {
    const { logger, outLines } = capture();
    logger.info("m", { tokens: 3, credentials: null, secret: true });
    expect(outLines()[0]).toMatchObject({ tokens: 3, credentials: null, secret: true });
  });

  it("cuts what is circular, deep, long or not JSON, and writes the line all the same", () => {
    const { logger, outLines } = capture();
    const circular: Record<string, unknown> = { big: 10n, run: () => 1, at: new Date(0), set: new Set([1]) };
    circular.self = circular;
    logger.info("m", {
      circular,
      long: "x".repeat(10_000),
      many: Array.from({ length: 1_000 }, (_, i) => i),
    });
    const [line] = outLines();
    expect(line?.circular).toEqual({
      big: "10",
      at: "1970-01-01T00:00:00.000Z",
      set: [1],
      self: "[circular]",
    });
    expect(String(line?.long)).toMatch(/… \[10000 characters\]$/);
    expect(line?.many).toHaveLength(100);
  });

  it("writes for people one line, the stack below, and control characters as escapes", () => {
    const { logger, out, err } = capture({ format: "pretty" });
    logger.info("found", { title: "a\u001b[2J\nERROR forged\u009b\u202e", count: 2 });
    logger.error("broke", { error: new Error("inner", { cause: new Error("outer") }) });
    expect(out()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} .*INFO.* worker found title=a\\u001b\[2J\\nERROR forged\\u009b\\u202e count=2\n$/,
    );
    logger.error("unusable", { error: new AppError("INVALID_CONFIG", "no port", { hint: "set PORT" }) });
    expect(err()).toContain("error=AppError INVALID_CONFIG: no port (set PORT)");
    expect(err()).toMatch(/error=Error: inner\n {4}Error: inner\n {4} +at .*caused by Error: outer/s);
  });
});

describe("silentLogger", () => {
  it("takes everything and has silent children", () => {
    const logger = silentLogger();
    expect(logger.child({ a: 1 })).toBe(logger);
    expect(() => logger.error("x", { error: new Error("y") })).not.toThrow();
  });
});
