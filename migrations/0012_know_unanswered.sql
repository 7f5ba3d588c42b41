-- The bytes that an item may hold by now: we sent them over its own, and no answer came. Should it be so, they were agreed on.

CREATE TABLE unanswered (
  itemid INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL
) STRICT;
