-- How many exchanges with a place were healthy: its health alone does not say whether some were.
ALTER TABLE "coverage" ADD COLUMN     "healthy" INTEGER NOT NULL DEFAULT 0;
UPDATE coverage SET healthy = exchanges WHERE health = 'healthy';
ALTER TABLE coverage ADD CONSTRAINT coverage_healthy
  CHECK (healthy BETWEEN 0 AND exchanges AND (health <> 'healthy' OR healthy > 0));
