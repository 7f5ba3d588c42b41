-- The title and folder that an item may have by now, and the path that its file had then: we sent these words, and no answer came.

CREATE TABLE unanswered_words (
  itemid INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  folder INTEGER,
  path TEXT NOT NULL
) STRICT;
