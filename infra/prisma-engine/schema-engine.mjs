#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which Prisma would download: the same engine as WebAssembly,
// talking to Postgres through the driver adapter. Prisma starts what PRISMA_SCHEMA_ENGINE_BINARY names and
// speaks JSON-RPC with it, one message per line, on stdin and stdout.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { parseIntoClientConfig } from "pg-connection-string";

const OID_INTERNAL_CHAR = 18;
const OID_TEXT = 25;
// The code Prisma's own engine answers with when a command fails: schema-engine/json-rpc-api.
const ENGINE_ERROR = 4466;

/** The adapter does not know Postgres' internal "char" type, which the catalogue uses: read it as text. */
function readInternalCharAsText() {
  const { addFields } = pg.Result.prototype;
  pg.Result.prototype.addFields = function (fields) {
    for (const field of fields) {
      if (field.dataTypeID === OID_INTERNAL_CHAR) field.dataTypeID = OID_TEXT;
    }
    return addFields.call(this, fields);
  };
}

/**
 * A connected adapter that sends a script as it stands. Prisma's own cuts it at every semicolon, which breaks function
 * bodies and leaves a failed migration half applied; in one message Postgres makes it one transaction.
 */
async function connect(config) {
  const adapter = await new PrismaPg(config).connect();
  adapter.executeScript = async (script) => {
    try {
      await adapter.client.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
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
    const result = await (await engine())[method](request.params);
    return { result: result ?? null };
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
    const response = { jsonrpc: "2.0", id: request.id, ...(await answer(engine, request)) };
    process.stdout.write(`${JSON.stringify(response)}\n`);
  }
}

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { datasource: { type: "string" } },
});
readInternalCharAsText();
// `cli can-connect-to-database` and the like: the command that follows reports the same error with more detail.
if (!positionals.includes("cli")) {
  await serve(values.datasource ? JSON.parse(values.datasource).url : "postgresql://localhost/none");
  process.exit(0);
}
