-- Submissions whose answer was lost: one that is applied late makes a twin, which is known by its bytes and held.

CREATE TABLE lost (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  size INTEGER NOT NULL,
  drain INTEGER NOT NULL, -- items that appeared later may be it
  at REAL NOT NULL,
  refused INTEGER NOT NULL CHECK (refused IN (0, 1)) -- a person said that it must not be sent again
) STRICT;
CREATE INDEX lost_sha256 ON lost (sha256);

CREATE TABLE twin (
  itemid INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL
) STRICT;
CREATE TRIGGER twin_untold AFTER DELETE ON remote_item BEGIN
  DELETE FROM twin WHERE itemid = OLD.id;
END;
CREATE TRIGGER twin_agreed AFTER INSERT ON agreed_item BEGIN
  DELETE FROM twin WHERE itemid = NEW.id;
END;
