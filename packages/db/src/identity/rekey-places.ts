import type { Instance, ParameterPosition, RouteOfPath } from "@picket/core";
import type { KeyScheme, PlaceKeys } from "../ingest/keys.ts";
import { jsonParameter } from "../json-parameter.ts";
import { pagesOf } from "../pages-of.ts";
import type { Sql } from "../sql.ts";

/** What a place's keys are made of. */
export interface StoredParts {
  method: string;
  url: string;
  parameterName: string | null;
  parameterIn: ParameterPosition | null;
}

/** Columns of `StoredParts`; the instance is `i`. */
export const PLACE = `i.method, i.url, i.parameter_name AS "parameterName", i.parameter_in AS "parameterIn"`;

export function instanceOf({ method, url, parameterName, parameterIn }: StoredParts): Instance {
  if (parameterName === null || parameterIn === null) return { method, url };
  return { method, url, parameter: { name: parameterName, in: parameterIn } };
}

interface Scheme {
  keys: KeyScheme;
  route: RouteOfPath;
}

interface StoredPlace extends StoredParts, PlaceKeys {
  id: string;
  findingId: string;
}

const STORED = `
  SELECT i.id, i.finding_id AS "findingId", i.instance_key AS "instanceKey", i.location_key AS "locationKey", i.route, ${PLACE}
  FROM finding f JOIN instance i ON i.finding_id = f.id WHERE f.target_id = $1::uuid`;

/** Brings the target's places to the keys that their parts give now, and what was decided about them after them. */
export async function rekeyPlaces(sql: Sql, targetId: string, scheme: Scheme): Promise<void> {
  const decided = await decidedPlaces(sql, targetId, scheme);
  for await (const page of pagesOf<StoredPlace>(sql, `${STORED} ORDER BY i.id`, [targetId])) {
    const moves = page.map((place) => ({ place, keys: keysOf(place, scheme) }));
    for (const move of moves) {
      const one = decided.get(nameOf(move));
      if (one) one.claims += 1;
    }
    await writeKeys(sql, await grantedKeys(sql, moves));
  }
  // A place that became one with others is not what was decided about: an exception ends to cover it, and what was split
  // off goes back to its whole.
  const alone = [...decided.values()].filter(({ claims }) => claims === 1);
  if (alone.length > 0) await followDecisions(sql, targetId, await renamedPlaces(sql, alone));
}

/** A place, and the keys that its parts give. */
interface Move {
  place: StoredPlace;
  keys: PlaceKeys;
}

function keysOf(place: StoredPlace, { keys, route }: Scheme): PlaceKeys {
  return keys.placeKeys(instanceOf(place), route);
}

/** Places of one finding with the same name are to become one. */
function nameOf({ place, keys }: Move): string {
  return `${place.findingId} ${keys.instanceKey}`;
}

interface DecidedPlace {
  id: string;
  before: string;
  /** Places that are to have its name. */
  claims: number;
}

/** Places that an exception or a split names by their key, by the name they are to have. */
async function decidedPlaces(sql: Sql, targetId: string, scheme: Scheme): Promise<Map<string, DecidedPlace>> {
  const places = await sql.query<StoredPlace>(
    `${STORED} AND i.instance_key IN (
       SELECT instance_key FROM exception_record WHERE target_id = $1::uuid AND instance_key IS NOT NULL
       UNION SELECT unnest(instance_keys)::char(64) FROM identity_override WHERE target_id = $1::uuid)`,
    [targetId],
  );
  return new Map(
    places.map((place) => [
      nameOf({ place, keys: keysOf(place, scheme) }),
      { id: place.id, before: place.instanceKey, claims: 0 },
    ]),
  );
}

/** What is to be written of places. The first that wants a key gets it, unless another place has it; the others keep theirs. */
async function grantedKeys(sql: Sql, moves: readonly Move[]): Promise<(PlaceKeys & { id: string })[]> {
  const taken = await takenNames(sql, moves);
  return moves.flatMap((move) => {
    const { place, keys } = move;
    const instanceKey = taken.has(nameOf(move)) ? place.instanceKey : keys.instanceKey;
    taken.add(nameOf(move));
    const granted = { id: place.id, ...keys, instanceKey };
    const isSame = instanceKey === place.instanceKey && keys.locationKey === place.locationKey;
    return isSame && keys.route === place.route ? [] : [granted];
  });
}

async function takenNames(sql: Sql, moves: readonly Move[]): Promise<Set<string>> {
  const wanted = moves.map(({ place: { findingId }, keys: { instanceKey } }) => ({ findingId, instanceKey }));
  const rows = await sql.query<{ name: string }>(
    `SELECT i.finding_id || ' ' || i.instance_key AS name
     FROM jsonb_to_recordset($1::jsonb) AS v("findingId" uuid, "instanceKey" char(64))
     JOIN instance i ON i.finding_id = v."findingId" AND i.instance_key = v."instanceKey"`,
    [jsonParameter(wanted)],
  );
  return new Set(rows.map(({ name }) => name));
}

async function writeKeys(sql: Sql, granted: readonly (PlaceKeys & { id: string })[]): Promise<void> {
  if (granted.length === 0) return;
  await sql.query(
    `UPDATE instance i SET instance_key = v."instanceKey", location_key = v."locationKey", route = v.route
     FROM jsonb_to_recordset($1::jsonb) AS v(id uuid, "instanceKey" text, "locationKey" text, route text) WHERE i.id = v.id`,
    [jsonParameter(granted)],
  );
}

interface RenamedPlace {
  findingId: string;
  before: string;
  instanceKey: string;
}

function renamedPlaces(sql: Sql, places: readonly DecidedPlace[]): Promise<RenamedPlace[]> {
  return sql.query(
    `SELECT i.finding_id AS "findingId", v.before, i.instance_key AS "instanceKey"
     FROM jsonb_to_recordset($1::jsonb) AS v(id uuid, before text) JOIN instance i ON i.id = v.id
     WHERE i.instance_key <> v.before`,
    [jsonParameter(places)],
  );
}

async function followDecisions(sql: Sql, targetId: string, renamed: readonly RenamedPlace[]): Promise<void> {
  const values = [targetId, jsonParameter(renamed)];
  await sql.query(
    `UPDATE exception_record x SET instance_key = v."instanceKey"
     FROM jsonb_to_recordset($2::jsonb) AS v("findingId" uuid, before text, "instanceKey" text)
     JOIN finding f ON f.id = v."findingId"
     WHERE x.target_id = $1::uuid AND x.finding_key = f.dedupe_key AND x.instance_key = v.before`,
    values,
  );
  await sql.query(
    `UPDATE identity_override o SET instance_keys = ARRAY(
       SELECT DISTINCT coalesce((
         SELECT v."instanceKey" FROM jsonb_to_recordset($2::jsonb) AS v(before text, "instanceKey" text)
         WHERE v.before = k AND NOT EXISTS (
           SELECT 1 FROM instance i WHERE i.finding_id = o.finding_id AND i.instance_key = v."instanceKey")
         LIMIT 1), k) FROM unnest(o.instance_keys) AS k)
     WHERE o.target_id = $1::uuid AND cardinality(o.instance_keys) > 0`,
    values,
  );
}
