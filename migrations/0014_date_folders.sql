-- A folder that was listed first in a drain that did not move the cursor may go without a word, as an item may.
ALTER TABLE remote_folder ADD COLUMN appeared INTEGER NOT NULL DEFAULT 0; -- the drain that listed it first
