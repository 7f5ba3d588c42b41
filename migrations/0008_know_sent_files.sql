-- The file that a submission sent: by its inode it is known again if it is renamed before the outcome is known.

ALTER TABLE intent ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intent ADD COLUMN device INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intent ADD COLUMN born_ns INTEGER;
