-- AlterTable
ALTER TABLE "api_token" ADD COLUMN     "person" TEXT;

-- AlterTable
ALTER TABLE "exception_record" ADD COLUMN     "approver_person" TEXT,
ADD COLUMN     "requester_person" TEXT;

-- AlterTable
ALTER TABLE "project" ADD COLUMN     "exception_approvers" "role"[] DEFAULT ARRAY['approver', 'admin']::"role"[];

-- Nobody said whom the tokens stand for, so each stands for who it is named after.
UPDATE api_token SET person = lower(btrim(name));
UPDATE exception_record x SET
  requester_person = coalesce((SELECT person FROM api_token WHERE 'token:' || prefix = x.requested_by), x.requested_by),
  approver_person = coalesce((SELECT person FROM api_token WHERE 'token:' || prefix = x.approver), x.approver);
-- Two tokens of one name: that was decided by the rule of its day, which told tokens apart.
UPDATE exception_record SET approver_person = approver WHERE approver_person = requester_person;

ALTER TABLE api_token ALTER COLUMN person SET NOT NULL,
  ADD CONSTRAINT api_token_person CHECK (btrim(person) <> '');
ALTER TABLE exception_record ALTER COLUMN requester_person SET NOT NULL,
  ADD CONSTRAINT exception_four_eyes_person CHECK (approver_person <> requester_person),
  ADD CONSTRAINT exception_approver_person CHECK ((approver IS NULL) = (approver_person IS NULL));
-- An empty list would leave every proposal undecided, and a null among the roles is none.
ALTER TABLE project ADD CONSTRAINT project_exception_approvers CHECK (
  coalesce(cardinality(exception_approvers), 0) > 0 AND array_position(exception_approvers, NULL) IS NULL
  AND 'viewer' <> ALL (exception_approvers));

GRANT UPDATE (approver_person) ON exception_record TO picket_app;
