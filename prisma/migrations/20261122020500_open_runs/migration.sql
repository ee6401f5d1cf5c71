-- Whether a stage is over is asked at every start and end of a run, however many of its runs have ended.
CREATE INDEX module_run_open ON module_run (scan_id, stage) WHERE finished_at IS NULL;
