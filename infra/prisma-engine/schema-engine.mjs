#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which Prisma would download: the same engine as WebAssembly,
// talking to Postgres through the driver adapter. Prisma starts what PRISMA_SCHEMA_ENGINE_BINARY names and
// speaks JSON-RPC with it, one message per line, on stdin and stdout.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as engineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import { parseIntoClientConfig } from "pg-connection-string";

const OID_INTERNAL_CHAR = 18;
const OID_TEXT = 25;
// The code Prisma's own engine answers with when a command fails: schema-engine/json-rpc-api.
const ENGINE_ERROR = 4466;

/**
 * Rejects when the engine panics. It tells this global why, then throws out of a callback, so the call that it was
 * working on would never settle.
 */
const panic = new Promise((_, reject) => {
  let message = "Prisma's schema engine failed";
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (text) => {
      message = text;
    },
  };
  process.on("uncaughtException", (cause) => reject(new Error(message, { cause })));
});
panic.catch(() => undefined);

/** Prisma's adapter does not know Postgres' internal "char" type, which the catalogue uses. */
function readInternalChar(adapter) {
  const { queryRaw } = adapter;
  adapter.queryRaw = async (query) => {
    const answer = await adapter.performIO(query);
    const isChar = answer.fields.map((field) => field.dataTypeID === OID_INTERNAL_CHAR);
    for (const field of answer.fields) {
      if (field.dataTypeID === OID_INTERNAL_CHAR) field.dataTypeID = OID_TEXT;
    }
    const result = await queryRaw.call({ performIO: async () => answer }, query);
    const columnTypes = result.columnTypes.map((type, i) => (isChar[i] ? ColumnTypeEnum.Character : type));
    return { ...result, columnTypes };
  };
}

/**
 * Sends a script as it stands. Prisma's adapter cuts it at every semicolon, which breaks function bodies and leaves a
 * failed migration half applied; in one message Postgres makes it one transaction.
 */
function sendScriptsWhole(adapter) {
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
}

async function connect(config) {
  const adapter = await new PrismaPg(config).connect();
  readInternalChar(adapter);
  sendScriptsWhole(adapter);
  return adapter;
}

/** A connected adapter on a new, empty database, which is dropped when the adapter is disposed of. */
async function connectToShadowDatabase(config) {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`;
  const owner = await connect(config);
  await owner.executeScript(`CREATE DATABASE "${database}"`);
  const shadow = await connect({ ...config, database });
  const disconnect = shadow.dispose.bind(shadow);
  shadow.dispose = async () => {
    await disconnect();
    await owner.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`);
    await owner.dispose();
  };
  return shadow;
}

async function createEngine(connectionString) {
  const wasm = await readFile(
    new URL("schema_engine_bg.wasm", import.meta.resolve("@prisma/schema-engine-wasm")),
  );
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": engineModule });
  engineModule.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  // Fields, not the string: pg would let the string's database win over the shadow database's name.
  const config = parseIntoClientConfig(connectionString);
  const factory = new PrismaPg(config);
  factory.connect = () => connect(config);
  factory.connectToShadowDb = () => connectToShadowDatabase(config);
  return engineModule.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
}

async function answer(engine, request) {
  const method = request.method === "getDatabaseVersion" ? "version" : request.method;
  try {
    const call = async () => (await engine())[method](request.params);
    return { result: (await Promise.race([call(), panic])) ?? null };
  } catch (error) {
    const data = { is_panic: false, message: error.message, backtrace: null, error_code: error.code };
    return { error: { code: ENGINE_ERROR, message: error.message, data } };
  }
}

async function serve(connectionString) {
  let started;
  const engine = () => {
    started ??= createEngine(connectionString);
    return started;
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    // Prisma also answers our `print`; that needs nothing.
    if (request.method) respond(request.id, await answer(engine, request));
  }
}

/** The native engine has Prisma print the text of a `diff`; the WebAssembly one returns it. */
function respond(id, response) {
  const text = response.result?.stdout;
  if (text) send({ id, method: "print", params: { content: text.trimEnd() } });
  send({ id, ...response });
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { datasource: { type: "string" }, version: { type: "boolean" } },
});
if (values.version) {
  process.stdout.write("schema-engine-cli webassembly\n");
} else if (!positionals.includes("cli")) {
  // Not `cli can-connect-to-database` and the like: the command that follows reports the same error with more detail.
  await serve(values.datasource ? JSON.parse(values.datasource).url : "postgresql://localhost/none");
}
process.exit(0);
