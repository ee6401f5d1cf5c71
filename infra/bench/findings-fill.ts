import type pg from "pg";

/** How much the bench fills in. Observations are two for each finding: its last two scans saw it. */
export interface FillSize {
  targets: number;
  findingsPerTarget: number;
}

const SCANS_PER_TARGET = 4;

/** Deterministic numbers and ids, so that two runs fill in the same. Of no stated volatility: only so are they inlined. */
const HELPERS = `
  CREATE FUNCTION pg_temp.bench_hash(text) RETURNS text LANGUAGE sql AS
    $$ SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') $$;
  CREATE FUNCTION pg_temp.bench_id(kind text, number bigint) RETURNS uuid LANGUAGE sql AS
    $$ SELECT (lpad(to_hex(1700000000000 + number), 12, '0') || '7' || substr(md5(kind || number), 1, 3) || '8'
               || substr(md5(number || kind), 1, 15))::uuid $$;
  CREATE FUNCTION pg_temp.bench_dice(number bigint, salt text, faces int) RETURNS int LANGUAGE sql AS
    $$ SELECT (hashtextextended(salt, number) & 2147483647)::int % faces $$`;

const PROJECTS = `
  INSERT INTO project (id, name) SELECT pg_temp.bench_id('project', p), 'project ' || p FROM generate_series(1, 10) p`;

const TARGETS = `
  INSERT INTO target (id, project_id, name, base_url, environment, owner)
  SELECT pg_temp.bench_id('target', t), pg_temp.bench_id('project', 1 + t % 10), 'target ' || t,
         'https://app-' || t || '.example.com/', 'production', 'owner ' || t % 20
  FROM generate_series(1, $1::int) t`;

const SCANS = `
  INSERT INTO scan (id, target_id, profile_name, profile_capabilities, storage_mode, status, config_hash, engine_version,
                    deadline, requested_by, started_at, finished_at)
  SELECT pg_temp.bench_id('scan', t * 10 + s), pg_temp.bench_id('target', t), 'standard', '{http:passive}', 'none',
         'succeeded', pg_temp.bench_hash('config'), '1.0.0', now(), 'bench', now() - make_interval(days => 10 - s),
         now() - make_interval(days => 10 - s)
  FROM generate_series(1, $1::int) t, generate_series(1, ${SCANS_PER_TARGET}) s`;

const RUNS = `
  INSERT INTO module_run (id, scan_id, plugin, version, code_digest, config, config_hash, stage, status, exit_reason,
                          attempt, started_at, finished_at)
  SELECT pg_temp.bench_id('run' || p, t * 10 + s), pg_temp.bench_id('scan', t * 10 + s), 'plugin-' || p, '1.0.0',
         pg_temp.bench_hash('code'), '{}', pg_temp.bench_hash('config'), 'inspect', 'succeeded', 'completed', 1, now(), now()
  FROM generate_series(1, $1::int) t, generate_series(1, ${SCANS_PER_TARGET}) s, generate_series(0, 9) p`;

/**
 * Of each hundred findings of a target: 20 news, 50 still present, 15 not observed, 15 fixed. Five severities, scores
 * from 0 to 99, forty types, three words of 2,000 in the title.
 */
const FINDINGS = `
  INSERT INTO finding (id, target_id, dedupe_key, type, root_cause_level, root_cause_key, title, description, severity,
                       confidence, confidence_score, confidence_factors, status, remediation, evidence_ids, source_module,
                       first_seen_scan_id, last_seen_scan_id, first_seen_at, last_seen_at, fixed_at, last_change,
                       last_change_scan_id, last_change_reason, last_change_cause, is_news)
  SELECT pg_temp.bench_id('finding', n), pg_temp.bench_id('target', t), 'v1:' || pg_temp.bench_hash(n::text),
         'type-' || pg_temp.bench_dice(n, 'type', 40), 'route', '', 'Weakness word'
           || pg_temp.bench_dice(n, 'a', 2000) || ' word' || pg_temp.bench_dice(n, 'b', 2000) || ' number ' || n,
         repeat('What it is and why it matters. ', 8),
         (ARRAY['critical', 'high', 'medium', 'low', 'info']::severity[])[1 + pg_temp.bench_dice(n, 'severity', 5)],
         CASE WHEN score >= 85 THEN 'high' WHEN score >= 70 THEN 'medium' ELSE 'low' END::confidence, score,
         '{"rules": 1}', CASE WHEN share >= 85 THEN 'fixed' ELSE 'open' END::finding_status,
         repeat('What to do about it. ', 8), ARRAY[pg_temp.bench_id('evidence', n)],
         'plugin-' || pg_temp.bench_dice(n, 'plugin', 10),
         pg_temp.bench_id('scan', t * 10 + CASE WHEN share < 20 THEN 4 ELSE 1 END),
         pg_temp.bench_id('scan', t * 10 + CASE WHEN share < 70 THEN 4 ELSE 3 END),
         now() - make_interval(secs => n), now() - make_interval(secs => (n * 7919) % 10000000),
         CASE WHEN share >= 85 THEN now() END,
         CASE WHEN share < 20 THEN 'new' WHEN share < 70 THEN 'still_present' WHEN share < 85 THEN 'not_observed'
              ELSE 'fixed' END::change,
         pg_temp.bench_id('scan', t * 10 + 4), CASE WHEN share >= 70 AND share < 85 THEN 'plugin_failed' END,
         CASE WHEN share < 20 THEN 'new_exposure' END, share < 20
  FROM (SELECT n, 1 + (n % $1::int) AS t, pg_temp.bench_dice(n, 'share', 100) AS share,
               pg_temp.bench_dice(n, 'score', 100)::smallint AS score
        FROM generate_series(1::bigint, $1::bigint * $2::bigint) n) numbered`;

const INSTANCES = `
  INSERT INTO instance (id, finding_id, instance_key, location_key, method, url, route, first_seen_scan_id,
                        last_seen_scan_id)
  SELECT pg_temp.bench_id('instance', n), pg_temp.bench_id('finding', n), pg_temp.bench_hash('i' || n),
         pg_temp.bench_hash('l' || n % 5000), 'GET', 'https://app.example.com/page/' || n % 5000, '/page/{id}',
         pg_temp.bench_id('scan', (1 + n % $1::int) * 10 + 1), pg_temp.bench_id('scan', (1 + n % $1::int) * 10 + 4)
  FROM generate_series(1::bigint, $1::bigint * $2::bigint) n`;

const EVIDENCE = `
  INSERT INTO evidence (id, scan_id, module_run_id, kind, snippet, location, hash, redaction_version)
  SELECT pg_temp.bench_id('evidence', n), pg_temp.bench_id('scan', (1 + n % $1::int) * 10 + 4),
         pg_temp.bench_id('run0', (1 + n % $1::int) * 10 + 4), 'observation', 'set-cookie: sid=1', '{"part": "response_header"}',
         pg_temp.bench_hash('e' || n), 1
  FROM generate_series(1::bigint, $1::bigint * $2::bigint) n`;

const OBSERVATIONS = `
  INSERT INTO observation (id, finding_id, instance_id, scan_id, module_run_id, severity, title, evidence_ids)
  SELECT pg_temp.bench_id('observation' || s, n), pg_temp.bench_id('finding', n), pg_temp.bench_id('instance', n),
         pg_temp.bench_id('scan', (1 + n % $1::int) * 10 + s),
         pg_temp.bench_id('run' || pg_temp.bench_dice(n, 'plugin', 10), (1 + n % $1::int) * 10 + s), 'medium', 'Seen',
         ARRAY[pg_temp.bench_id('evidence', n)]
  FROM generate_series(1::bigint, $1::bigint * $2::bigint) n, generate_series(3, 4) s`;

const ATTRIBUTIONS = `
  INSERT INTO attribution (finding_id, plugin, version, first_seen_scan_id, last_seen_scan_id)
  SELECT id, source_module, '1.0.0', first_seen_scan_id, last_seen_scan_id FROM finding`;

const CHANGES = `
  INSERT INTO finding_change (scan_id, finding_id, change, reason, cause, rules_version)
  SELECT last_change_scan_id, id, last_change, last_change_reason, last_change_cause, 1 FROM finding
  UNION ALL
  SELECT pg_temp.bench_id('scan', t.n * 10 + 3), f.id, 'still_present', NULL, NULL, 1
  FROM generate_series(1, $1::int) t(n) JOIN finding f ON f.target_id = pg_temp.bench_id('target', t.n) AND NOT f.is_news`;

/** One finding in a thousand is accepted. */
const EXCEPTIONS = `
  INSERT INTO exception_record (id, project_id, target_id, scope, finding_key, finding_type, max_severity, status, reason,
                                owner, requested_by, requester_person, approver, approver_person, expires_at, decided_at)
  SELECT gen_random_uuid(), t.project_id, f.target_id, 'finding', f.dedupe_key, f.type, f.severity, 'approved', 'known', 'Ada',
         'token:a', 'ada', 'token:b', 'ben', now() + interval '30 days', now()
  FROM finding f JOIN target t ON t.id = f.target_id WHERE hashtext(f.dedupe_key) % 1000 = 0`;

/** Checked row by row they would take most of the time; the queries do not use them. */
const DROP_FOREIGN_KEYS = `
  DO $$ DECLARE k record; BEGIN
    FOR k IN SELECT conname, conrelid::regclass AS name FROM pg_constraint
             WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.name, k.conname); END LOOP;
  END $$`;

/** Indexes that no constraint stands for are built once at the end: row by row takes many times as long. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

/** Fills a migrated, empty database in sets, and has it analysed. It has no foreign keys afterwards. */
export async function fillFindings(
  client: pg.Client,
  { targets, findingsPerTarget }: FillSize,
): Promise<void> {
  await client.query("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'");
  await client.query(DROP_FOREIGN_KEYS);
  const definitions = await dropIndexes(client);
  await client.query(HELPERS);
  await client.query(PROJECTS);
  for (const statement of [TARGETS, SCANS, RUNS]) await client.query(statement, [targets]);
  for (const statement of [FINDINGS, INSTANCES, EVIDENCE, OBSERVATIONS])
    await client.query(statement, [targets, findingsPerTarget]);
  await client.query(ATTRIBUTIONS);
  await client.query(CHANGES, [targets]);
  await client.query(EXCEPTIONS);
  for (const definition of definitions) await client.query(definition);
  await client.query("VACUUM (ANALYZE)");
}
