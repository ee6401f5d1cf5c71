-- AlterTable
ALTER TABLE "instance" ADD COLUMN     "seen_by" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- What was stored before: every observation is a sighting by the plugin of its module run.
UPDATE instance i SET seen_by = seen.plugins
FROM (SELECT o.instance_id, array_agg(DISTINCT r.plugin) AS plugins
      FROM observation o JOIN module_run r ON r.id = o.module_run_id GROUP BY o.instance_id) seen
WHERE seen.instance_id = i.id;

ALTER TABLE instance ALTER COLUMN seen_by SET NOT NULL;
