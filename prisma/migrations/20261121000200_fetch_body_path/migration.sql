-- CreateIndex
CREATE INDEX "fetch_body_path_idx" ON "fetch"("body_path");
