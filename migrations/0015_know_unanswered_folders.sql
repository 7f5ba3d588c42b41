-- The title and parent that a folder may have by now, and the path of its directory with these: we sent them, and no answer came.

CREATE TABLE unanswered_folder (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  parent INTEGER,
  path TEXT NOT NULL
) STRICT;
