import { type Severity, uuidv7 } from "@picket/core";
import type { KeyedFinding } from "../identity/target-identity.ts";
import { jsonParameter } from "../json-parameter.ts";
import type { Sql } from "../sql.ts";
import { type EvidenceByHash, evidenceIds, latestShown } from "./evidence-store.ts";
import type { SightedFinding } from "./finding-store.ts";
import { firstWording } from "./first-wording.ts";
import type { ResultWriter } from "./store-results.ts";

interface PlaceRow {
  /** Of the instance when it is new. */
  id: string;
  findingId: string;
  instanceKey: string;
  locationKey: string;
  sourceKey: string | null;
  method: string;
  url: string;
  route: string;
  parameterName: string | null;
  parameterIn: string | null;
  severity: Severity;
  title: string;
  evidenceIds: string[];
  /** When the latest exchange that shows it began; null: now. */
  shownAt: Date | null;
}

/** Stores the places where findings show, and that this run saw them there. */
export async function storePlaces(
  sql: Sql,
  writer: ResultWriter,
  sightings: readonly KeyedFinding[],
  { evidence, findings }: { evidence: EvidenceByHash; findings: ReadonlyMap<string, SightedFinding> },
): Promise<void> {
  const places = mergedPlaces(sightings, evidence, findings);
  const instances = await storeInstances(sql, writer, places);
  if ([...findings.values(), ...instances.values()].some(({ isFixed }) => isFixed))
    await reopen(sql, places, instances);
  await insertObservations(sql, writer, places, instances);
}

/** One of each finding and place. */
function mergedPlaces(
  sightings: readonly KeyedFinding[],
  evidence: EvidenceByHash,
  findings: ReadonlyMap<string, SightedFinding>,
): PlaceRow[] {
  const byPlace = Map.groupBy(sightings, ({ dedupeKey, instance }) => `${dedupeKey} ${instance.key}`);
  return [...byPlace.values()].map((same) => {
    const { dedupeKey, sourceKey, instance, severity, title } = same.reduce(firstWording);
    const hashes = same.flatMap(({ evidenceHashes }) => evidenceHashes);
    return {
      id: uuidv7(),
      findingId: findings.get(dedupeKey)?.id ?? "",
      instanceKey: instance.key,
      locationKey: instance.locationKey,
      sourceKey,
      method: instance.method,
      url: instance.url,
      route: instance.route,
      parameterName: instance.parameter?.name ?? null,
      parameterIn: instance.parameter?.in ?? null,
      severity,
      title,
      evidenceIds: evidenceIds(evidence, hashes),
      shownAt: latestShown(evidence, hashes),
    };
  });
}

interface SightedInstance {
  id: string;
  /** Before this batch, which may open it again. */
  isFixed: boolean;
}

/** By the place as it would be were it new. */
type Instances = ReadonlyMap<PlaceRow, SightedInstance>;

async function storeInstances(
  sql: Sql,
  writer: ResultWriter,
  places: readonly PlaceRow[],
): Promise<Instances> {
  const added = await upsertInstances(sql, writer, places);
  const known = await knownInstances(
    sql,
    places.filter(({ id }) => !added.has(id)),
  );
  return new Map(
    places.map((place) => [
      place,
      known.get(placeKey(place.findingId, place.instanceKey)) ?? { id: place.id, isFixed: false },
    ]),
  );
}

/** A row that would stay as it is, is not written. Returns the ids of those that were not known. */
async function upsertInstances(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  places: readonly PlaceRow[],
): Promise<Set<string>> {
  const written = await sql.query<{ id: string }>(
    `INSERT INTO instance AS i (id, finding_id, instance_key, location_key, source_key, method, url, route, parameter_name,
                                parameter_in, first_seen_scan_id, last_seen_scan_id, seen_by)
     SELECT r.id, "findingId", "instanceKey", "locationKey", "sourceKey", method, url, route, "parameterName", "parameterIn",
            $1::uuid, $1::uuid, ARRAY[run.plugin]
     FROM module_run run, jsonb_to_recordset($2::jsonb) AS r(
       id uuid, "findingId" uuid, "instanceKey" text, "locationKey" text, "sourceKey" text, method text, url text, route text,
       "parameterName" text, "parameterIn" text)
     WHERE run.id = $3::uuid
     ORDER BY "findingId", "instanceKey"
     ON CONFLICT (finding_id, instance_key) DO UPDATE
       SET last_seen_scan_id = $1::uuid, last_seen_at = now(),
           seen_by = CASE WHEN excluded.seen_by <@ i.seen_by THEN i.seen_by ELSE i.seen_by || excluded.seen_by END
     WHERE i.last_seen_scan_id <> $1::uuid OR NOT excluded.seen_by <@ i.seen_by
     RETURNING i.id`,
    [scanId, jsonParameter(places.map(instanceColumns)), moduleRunId],
    "once",
  );
  // A known one keeps its id, which is none of these.
  return new Set(written.map(({ id }) => id));
}

function instanceColumns({ severity, title, evidenceIds: _, shownAt, ...columns }: PlaceRow) {
  return columns;
}

function placeKey(findingId: string, instanceKey: string): string {
  return `${findingId} ${instanceKey}`;
}

/** By finding and instance key. */
async function knownInstances(sql: Sql, places: readonly PlaceRow[]): Promise<Map<string, SightedInstance>> {
  if (places.length === 0) return new Map();
  const rows = await sql.query<SightedInstance & { findingId: string; instanceKey: string }>(
    `SELECT i.id, i.finding_id AS "findingId", i.instance_key AS "instanceKey", i.fixed_at IS NOT NULL AS "isFixed"
     FROM jsonb_to_recordset($1::jsonb) AS r("findingId" uuid, "instanceKey" char(64))
     JOIN instance i ON i.finding_id = r."findingId" AND i.instance_key = r."instanceKey"`,
    [jsonParameter(places.map(({ findingId, instanceKey }) => ({ findingId, instanceKey })))],
  );
  return new Map(
    rows.map(({ findingId, instanceKey, ...instance }) => [placeKey(findingId, instanceKey), instance]),
  );
}

/**
 * What was fixed and shows again is open, the finding by any of its places that is. What was fetched before the look
 * that found a place fixed opens nothing: the later look is right.
 */
async function reopen(sql: Sql, places: readonly PlaceRow[], instances: Instances): Promise<void> {
  const shown = places.map((place) => ({ id: instances.get(place)?.id, shownAt: place.shownAt }));
  await sql.query(
    `WITH shown AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, "shownAt" timestamptz)),
     reopened AS (
       UPDATE instance i SET fixed_at = NULL, absent_at = NULL FROM shown
       WHERE i.id = shown.id AND i.fixed_at IS NOT NULL AND NOT coalesce(shown."shownAt" < i.absent_at, false)
       RETURNING i.finding_id)
     UPDATE finding f SET status = 'open', fixed_at = NULL, updated_at = now()
     WHERE f.status = 'fixed' AND f.id IN (
       SELECT finding_id FROM reopened
       UNION SELECT i.finding_id FROM shown JOIN instance i ON i.id = shown.id WHERE i.fixed_at IS NULL)`,
    [jsonParameter(shown)],
  );
}

async function insertObservations(
  sql: Sql,
  { scanId, moduleRunId }: ResultWriter,
  places: readonly PlaceRow[],
  instances: Instances,
): Promise<void> {
  const rows = places.map((place) => ({
    id: uuidv7(),
    findingId: place.findingId,
    instanceId: instances.get(place)?.id,
    severity: place.severity,
    title: place.title,
    evidenceIds: place.evidenceIds,
  }));
  await sql.query(
    `INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
     SELECT id, "findingId", "instanceId", $1::uuid, $2::uuid, severity, title, "evidenceIds"
     FROM jsonb_to_recordset($3::jsonb) AS r(
       id uuid, "findingId" uuid, "instanceId" uuid, severity severity, title text, "evidenceIds" uuid[])
     ORDER BY "findingId", "instanceId"
     ON CONFLICT (module_run_id, instance_id) DO NOTHING`,
    [scanId, moduleRunId, jsonParameter(rows)],
    "once",
  );
}
