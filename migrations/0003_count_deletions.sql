-- A deletion that a person confirmed does not count for the brake.

ALTER TABLE history ADD COLUMN counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1));
