-- How many files and items there are, and the files' bytes, kept while rows come and go: reading them is one row,
-- whatever the mirror holds.

CREATE TABLE total (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  items INTEGER NOT NULL, -- in step: neither superseded nor released
  released INTEGER NOT NULL
) STRICT;
INSERT INTO total SELECT 1,
  (SELECT count(*) FROM local_file),
  (SELECT ifnull(sum(size), 0) FROM local_file),
  (SELECT count(*) FROM agreed_item WHERE NOT superseded AND NOT released),
  (SELECT count(*) FROM agreed_item WHERE released);

CREATE TRIGGER total_file_found AFTER INSERT ON local_file BEGIN
  UPDATE total SET files = files + 1, bytes = bytes + NEW.size;
END;
CREATE TRIGGER total_file_altered AFTER UPDATE OF size ON local_file WHEN OLD.size <> NEW.size BEGIN
  UPDATE total SET bytes = bytes + NEW.size - OLD.size;
END;
CREATE TRIGGER total_file_gone AFTER DELETE ON local_file BEGIN
  UPDATE total SET files = files - 1, bytes = bytes - OLD.size;
END;

CREATE TRIGGER total_item_made AFTER INSERT ON agreed_item BEGIN
  UPDATE total SET items = items + (NOT NEW.superseded AND NOT NEW.released), released = released + NEW.released;
END;
CREATE TRIGGER total_item_altered AFTER UPDATE OF superseded, released ON agreed_item
  WHEN OLD.superseded <> NEW.superseded OR OLD.released <> NEW.released BEGIN
  UPDATE total SET
    items = items + (NOT NEW.superseded AND NOT NEW.released) - (NOT OLD.superseded AND NOT OLD.released),
    released = released + NEW.released - OLD.released;
END;
CREATE TRIGGER total_item_ended AFTER DELETE ON agreed_item BEGIN
  UPDATE total SET items = items - (NOT OLD.superseded AND NOT OLD.released), released = released - OLD.released;
END;
