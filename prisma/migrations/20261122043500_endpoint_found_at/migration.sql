-- The page whose form or script named the endpoint: where a fresh token of its form is fetched.
ALTER TABLE "endpoint" ADD COLUMN "found_at" TEXT;
