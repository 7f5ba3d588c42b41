-- A file that was placed is known again by its time of birth too: also when somebody has written to it since.

ALTER TABLE placing ADD COLUMN born_ns INTEGER;
