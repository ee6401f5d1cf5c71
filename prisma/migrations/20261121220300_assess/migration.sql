-- Why nobody could look at a place: read for each place that a detector did not reach, and empty after a healthy scan.
CREATE INDEX coverage_problem ON coverage (scan_id, location_key, health) WHERE health <> 'healthy';

-- A scan that changes nothing still says so on the rows of findings and places: room for that in the same page spares
-- every index of theirs.
ALTER TABLE finding SET (fillfactor = 85);
ALTER TABLE instance SET (fillfactor = 85);
