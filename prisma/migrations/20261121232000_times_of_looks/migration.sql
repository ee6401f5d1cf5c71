-- When a detector looked, so that what another scan fetched before never opens again what a later look found gone.
ALTER TABLE coverage ADD COLUMN looked_at TIMESTAMPTZ(6);
ALTER TABLE instance ADD COLUMN absent_at TIMESTAMPTZ(6);
