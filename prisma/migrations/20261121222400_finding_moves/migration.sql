-- CreateTable
-- What a finding was sorted by before it changed, so that a walk that began before meets it where it was. A crash may
-- empty it: what was paged through then is paged through anew.
CREATE UNLOGGED TABLE "finding_move" (
    "seq" BIGSERIAL NOT NULL,
    "finding_id" UUID NOT NULL,
    "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "rank" SMALLINT NOT NULL,
    "confidence_score" SMALLINT NOT NULL,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL,
    "moved_at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "finding_move_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "finding_move_finding_id_xid_idx" ON "finding_move"("finding_id", "xid");
CREATE INDEX "finding_move_xid_idx" ON "finding_move"("xid");

CREATE FUNCTION note_finding_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO finding_move (finding_id, rank, confidence_score, last_seen_at)
  SELECT was.id, was.rank, was.confidence_score, was.last_seen_at
  FROM was JOIN became USING (id)
  WHERE (was.rank, was.confidence_score, was.last_seen_at)
    IS DISTINCT FROM (became.rank, became.confidence_score, became.last_seen_at);
  RETURN NULL;
END $$;

CREATE TRIGGER finding_moves AFTER UPDATE ON finding
  REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION note_finding_moves();

GRANT SELECT, INSERT, DELETE ON finding_move TO picket_app;
GRANT USAGE ON SEQUENCE finding_move_seq_seq TO picket_app;
