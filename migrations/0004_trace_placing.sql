-- A download that is about to become visible: if its commit is lost, the file is known by this again, wherever it is.

CREATE TABLE placing (
  itemid INTEGER PRIMARY KEY,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;
