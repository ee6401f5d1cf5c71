-- CreateEnum
CREATE TYPE "form_submission" AS ENUM ('never', 'intrusive', 'safe_active');

-- AlterTable
ALTER TABLE "target" ADD COLUMN     "request_destructive" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "request_forms" "form_submission" NOT NULL DEFAULT 'intrusive',
ADD COLUMN     "request_mark" JSONB;

ALTER TABLE target ADD CONSTRAINT target_request_mark CHECK (
  request_mark IS NULL OR coalesce(
    (request_mark->>'name') ~ '^[a-z0-9!#$%&''*+.^_`|~-]+$' AND char_length(request_mark->>'name') <= 64
    AND (request_mark->>'value') ~ '^[ -~]+$' AND char_length(request_mark->>'value') <= 256, false));
