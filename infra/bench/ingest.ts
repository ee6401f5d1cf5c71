import { pipeline } from "node:stream/promises";
import { type Database, type NewEvidence, type NewFinding, type ResultBatch, storeResults } from "@picket/db";
import { seedAttempt, seedScan, seedTarget } from "@picket/db/testing";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { type BenchRow, flags, median, runIfMain } from "./bench-row.ts";
import { type BenchPostgres, onPrivatePostgres, seconds } from "./measure.ts";

/**
 * Findings into Postgres, a thousand in a transaction: through the platform's ingest with its fence, keys and conflict
 * handling, beside the same rows through Prisma's createMany and through bare COPY, and beside ingesting them again (P4).
 * Rows in five tables; each finding has evidence of its own and shows at one place, or at five as most do. All ways
 * must leave the same rows behind.
 *
 *     node infra/bench/ingest.ts [--quick]
 */
const BATCH = 1_000;
const BATCHES = flags.quick ? 2 : 5;
const ROUNDS = flags.quick ? 1 : 3;
/** Findings as plugins report them: one at one place. */
const SIGHTINGS = BATCH * BATCHES;
const PLACES = [1, 5];

/** In an order that foreign keys allow; `finding`: the finding of a row, so that a batch holds what belongs together. */
const TABLES = [
  {
    name: "evidence",
    finding: "(SELECT min(o.finding_id::text) FROM observation o WHERE t.id = ANY (o.evidence_ids))",
  },
  { name: "finding", finding: "t.id" },
  { name: "attribution", finding: "t.finding_id" },
  { name: "instance", finding: "t.finding_id" },
  { name: "observation", finding: "t.finding_id" },
] as const;

function evidence(number: number): NewEvidence {
  return {
    hash: number.toString(16).padStart(64, "0"),
    fetchId: null,
    kind: "observation",
    snippet: `HTTP/1.1 200 OK\ncontent-type: text/html; charset=utf-8\nserver: lab/${number}\n`.repeat(4),
    location: { part: "response_header" },
    controlHeld: null,
    details: { expected: "max-age=31536000", number },
    redactionVersion: 1,
  };
}

function finding(number: number, sighting: number): NewFinding {
  return {
    type: "missing-hsts",
    rootCause: { level: "target", key: `cause ${number}` },
    title: "No Strict-Transport-Security header",
    description:
      "Browsers are not told to use HTTPS only, so the first request of a visit can be intercepted.",
    severity: "low",
    remediation: "Send Strict-Transport-Security with a max-age of a year.",
    references: ["https://www.rfc-editor.org/rfc/rfc6797"],
    cwe: 319,
    cve: null,
    sourceModule: "headers",
    instance: { method: "GET", url: `http://app.test/section-${number % 50}/page-${sighting}` },
    evidenceHashes: [evidence(number).hash],
  };
}

function batchesOf(places: number): ResultBatch[] {
  const findings = BATCH / places;
  return Array.from({ length: BATCHES }, (_, batch) => {
    const numbers = Array.from({ length: findings }, (_, index) => batch * findings + index);
    const sightings = Array.from({ length: BATCH }, (_, index) => batch * BATCH + index);
    return {
      endpoints: [],
      fetches: [],
      components: [],
      cveCandidates: [],
      evidence: numbers.map(evidence),
      findings: sightings.map((sighting) => finding(Math.floor(sighting / places), sighting)),
    };
  });
}

type Store = (batch: number) => Promise<void>;

/** The rows of one table, a text for each batch. */
type Copies = Map<string, string[]>;

class Bench {
  readonly #owner: pg.Client;
  readonly #database: Database;
  readonly #batches: readonly ResultBatch[];

  constructor(owner: pg.Client, database: Database, places: number) {
    this.#owner = owner;
    this.#database = database;
    this.#batches = batchesOf(places);
  }

  async empty(): Promise<void> {
    await this.#owner.query(`TRUNCATE ${TABLES.map(({ name }) => name).join(", ")} CASCADE`);
  }

  /** Of all rows, but for the moment when they were written. */
  async digest(): Promise<string> {
    const parts = TABLES.map(
      ({ name }) => `(SELECT count(*) || md5(string_agg(line, '' ORDER BY line)) FROM (
         SELECT (to_jsonb(t) - '{created_at,updated_at,first_seen_at,last_seen_at}'::text[])::text AS line
         FROM ${name} t) AS lines)`,
    );
    const { rows } = await this.#owner.query<{ digest: string }>(
      `SELECT ${parts.join(" || ' ' || ")} AS digest`,
    );
    const { digest = "" } = rows[0] ?? {};
    if (!digest.endsWith(` ${SIGHTINGS}`, digest.length - 32))
      throw new Error(`not ${SIGHTINGS} observations but ${digest}`);
    return digest;
  }

  async ownWay(): Promise<Store> {
    const { targetId } = await seedTarget(this.#database.sql, {
      baseUrl: "http://app.test/",
      budget: { maxRuntimeSeconds: 86_400 },
    });
    const { runIds } = await seedScan(this.#database, targetId, { headers: {} });
    const writer = await seedAttempt(this.#database, runIds.headers ?? "");
    return async (number) => {
      const batch = this.#batches[number];
      if (batch) await storeResults(this.#database, writer, batch);
    };
  }

  async prismaWay(): Promise<Store> {
    const { records } = this.#database;
    const byId = { orderBy: { id: "asc" } } as const;
    const observations = await records.observation.findMany({ orderBy: { findingId: "asc" } });
    const place = new Map(
      observations.map(({ evidenceIds, findingId }) => [evidenceIds[0] ?? "", findingId]),
    );
    const rows = {
      evidence: (await records.evidence.findMany()).toSorted((a, b) =>
        (place.get(a.id) ?? "") < (place.get(b.id) ?? "") ? -1 : 1,
      ),
      finding: (await records.finding.findMany(byId)).map(({ rank: _computed, ...row }) => row),
      attribution: await records.attribution.findMany({ orderBy: { findingId: "asc" } }),
      instance: await records.instance.findMany({ orderBy: { findingId: "asc" } }),
      observation: observations,
    };
    return async (number) => {
      const of = <Row>(all: readonly Row[]) => ({ data: part(all, number) as never, skipDuplicates: true });
      await records.evidence.createMany(of(rows.evidence));
      await records.finding.createMany(of(rows.finding));
      await records.attribution.createMany(of(rows.attribution));
      await records.instance.createMany(of(rows.instance));
      await records.observation.createMany(of(rows.observation));
    };
  }

  async copyWay(): Promise<Store> {
    const copies: Copies = new Map();
    const columns = new Map<string, string>();
    for (const { name, finding: of } of TABLES) {
      const { rows } = await this.#owner.query<{ names: string }>(
        `SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS names
         FROM information_schema.columns WHERE table_name = $1 AND is_generated = 'NEVER'`,
        [name],
      );
      columns.set(name, rows[0]?.names ?? "");
      const out = this.#owner.query(
        copyTo(`COPY (SELECT ${columns.get(name)} FROM ${name} t ORDER BY ${of}) TO STDOUT`),
      );
      const lines = Buffer.concat(await out.toArray())
        .toString()
        .split(/(?<=\n)/)
        .filter((line) => line !== "");
      copies.set(
        name,
        this.#batches.map((_, number) => part(lines, number).join("")),
      );
    }
    return async (number) => {
      await this.#owner.query("BEGIN");
      for (const { name } of TABLES) {
        const into = this.#owner.query(copyFrom(`COPY ${name} (${columns.get(name)}) FROM STDIN`));
        await pipeline([copies.get(name)?.[number] ?? ""], into);
      }
      await this.#owner.query("COMMIT");
    };
  }
}

/** What belongs to a batch; every batch has as many rows. */
function part<Row>(rows: readonly Row[], batch: number): Row[] {
  const size = rows.length / BATCHES;
  return rows.slice(batch * size, (batch + 1) * size);
}

async function all(store: Store): Promise<number> {
  return seconds(async () => {
    for (let number = 0; number < BATCHES; number++) await store(number);
  });
}

interface Times {
  first: number[];
  replay: number[];
  prisma: number[];
  copy: number[];
}

async function measure({ ownerUrl, database }: BenchPostgres, places: number): Promise<Times> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const bench = new Bench(owner, database, places);
  const times: Times = { first: [], replay: [], prisma: [], copy: [] };
  try {
    const own = await bench.ownWay();
    await all(own);
    for (let round = 0; round < ROUNDS; round++) {
      await bench.empty();
      times.first.push(await all(own));
      const digest = await bench.digest();
      const peers = { prisma: await bench.prismaWay(), copy: await bench.copyWay() };
      times.replay.push(await all(own));
      await assertSame("ingesting again", bench, digest);
      for (const name of ["prisma", "copy"] as const) {
        await bench.empty();
        times[name].push(await all(peers[name]));
        await assertSame(name, bench, digest);
      }
    }
  } finally {
    await owner.end();
  }
  return times;
}

async function assertSame(what: string, bench: Bench, digest: string): Promise<void> {
  if ((await bench.digest()) !== digest) throw new Error(`${what} left other rows than the first ingest`);
}

function rowsOf(times: Times, places: number): BenchRow[] {
  const rate = (name: keyof Times) => SIGHTINGS / median(times[name]);
  const of = places === 1 ? "every one new" : `one new in ${places}`;
  const row = (own: "first" | "replay", peer: keyof Times, peerName: string, least: number) => ({
    id: "P4",
    what: `findings ${own === "first" ? "ingested" : "ingested again"}, ${of}`,
    figure: `${Math.round(rate(own))}/s`,
    against: `${peerName} ${Math.round(rate(peer))}/s`,
    ratio: (rate(own) / rate(peer)).toFixed(2),
    bar: `>= ${least}`,
    met: rate(own) / rate(peer) >= least,
  });
  return [
    row("first", "prisma", "Prisma createMany(1000)", 8),
    row("first", "copy", "raw COPY", 0.5),
    row("replay", "first", "first time", 1),
  ];
}

async function ingestRows(): Promise<BenchRow[]> {
  return onPrivatePostgres(async (postgres) => {
    const rows: BenchRow[] = [];
    for (const places of PLACES) rows.push(...rowsOf(await measure(postgres, places), places));
    return rows;
  });
}

await runIfMain(import.meta.url, ingestRows);
