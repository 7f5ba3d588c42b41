-- The three observations of each item and folder, what may differ between them, and what a mirror must remember.
-- Times are Unix seconds, unless a name ends in _ns. Paths are relative to the mirrored folder.

CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the remote last told ------------------------------------------------------------------------------------

CREATE TABLE remote_folder (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  title TEXT NOT NULL,
  parent INTEGER,
  listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
  automatic INTEGER NOT NULL CHECK (automatic IN (0, 1))
) STRICT;
CREATE INDEX remote_folder_parent ON remote_folder (parent);
CREATE INDEX remote_folder_number ON remote_folder (CAST(substr(title, 16) AS INTEGER))
  WHERE title GLOB 'Sta.sh Uploads [0-9]*';

CREATE TABLE remote_item (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  title TEXT NOT NULL,
  folder INTEGER,
  version TEXT,
  extension TEXT,
  size INTEGER CHECK (size >= 0),
  text INTEGER NOT NULL CHECK (text IN (0, 1)),
  comments TEXT NOT NULL,
  keywords TEXT NOT NULL CHECK (json_valid(keywords)),
  original_url TEXT NOT NULL,
  created INTEGER,
  seen TEXT NOT NULL CHECK (seen IN ('live', 'unsure', 'deleted', 'published')),
  sha256 TEXT CHECK (length(sha256) = 64),
  stale INTEGER NOT NULL DEFAULT 0 CHECK (stale IN (0, 1)), -- our own write since was not told yet
  appeared INTEGER NOT NULL -- the drain that told it first
) STRICT;
CREATE INDEX remote_item_folder ON remote_item (folder);

-- What the disk last held ----------------------------------------------------------------------------------------

CREATE TABLE local_file (
  directory TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL, -- equal for names that a careless disk takes for one
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  born_ns INTEGER,
  racy INTEGER NOT NULL CHECK (racy IN (0, 1)), -- hashed so soon after a change that a later one may not show
  PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX local_file_key ON local_file (directory, key);
CREATE INDEX local_file_inode ON local_file (inode, device);

CREATE TABLE local_directory (
  path TEXT PRIMARY KEY,
  above TEXT NOT NULL,
  key TEXT NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX local_directory_key ON local_directory (above, key);
CREATE INDEX local_directory_inode ON local_directory (inode, device);

CREATE TABLE left_alone (
  directory TEXT NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;

-- What both last held in common ----------------------------------------------------------------------------------

CREATE TABLE agreed_item (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  directory TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  folder INTEGER,
  extension TEXT,
  version TEXT,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  size INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  born_ns INTEGER,
  provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
  echo INTEGER NOT NULL CHECK (echo IN (0, 1)),
  released INTEGER NOT NULL CHECK (released IN (0, 1)),
  superseded INTEGER NOT NULL CHECK (superseded IN (0, 1))
) STRICT;
CREATE INDEX agreed_item_path ON agreed_item (directory, name);
CREATE INDEX agreed_item_inode ON agreed_item (inode, device);
CREATE INDEX agreed_item_folder ON agreed_item (folder);
CREATE INDEX agreed_item_provisional ON agreed_item (id) WHERE provisional = 1;
CREATE INDEX agreed_item_superseded ON agreed_item (id) WHERE superseded = 1;
CREATE INDEX agreed_item_released ON agreed_item (id) WHERE released = 1;

CREATE TABLE agreed_folder (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  path TEXT NOT NULL,
  title TEXT NOT NULL,
  parent INTEGER,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  made INTEGER NOT NULL CHECK (made IN (0, 1))
) STRICT;
CREATE INDEX agreed_folder_path ON agreed_folder (path);
CREATE INDEX agreed_folder_inode ON agreed_folder (inode, device);

-- What may differ: kept by the database itself, so that no writer can forget it -----------------------------------

CREATE TABLE changed_item (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE changed_path (directory TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (directory, name)) STRICT, WITHOUT ROWID;
CREATE TABLE changed_folder (id INTEGER PRIMARY KEY) STRICT;

-- (OR IGNORE would not do: inside a trigger the conflict policy of the outer statement takes its place.)
CREATE TRIGGER remote_item_told AFTER INSERT ON remote_item BEGIN
  INSERT INTO changed_item VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT o.id FROM remote_item o JOIN remote_folder f ON f.id = o.folder
    WHERE o.folder = NEW.folder AND f.automatic
    AND (SELECT count(*) FROM (SELECT 1 FROM remote_item c WHERE c.folder = NEW.folder LIMIT 4)) < 4
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder WHERE id = NEW.folder AND automatic
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER remote_item_retold AFTER UPDATE ON remote_item BEGIN
  INSERT INTO changed_item VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT o.id FROM remote_item o JOIN remote_folder f ON f.id = o.folder
    WHERE o.folder IN (OLD.folder, NEW.folder) AND f.automatic
    AND (OLD.folder IS NOT NEW.folder OR OLD.seen <> NEW.seen)
    AND (SELECT count(*) FROM (SELECT 1 FROM remote_item c WHERE c.folder = o.folder LIMIT 4)) < 4
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder
    WHERE id IN (OLD.folder, NEW.folder) AND automatic AND (OLD.folder IS NOT NEW.folder OR OLD.seen <> NEW.seen)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER remote_item_untold AFTER DELETE ON remote_item BEGIN
  INSERT INTO changed_item VALUES (OLD.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT o.id FROM remote_item o JOIN remote_folder f ON f.id = o.folder
    WHERE o.folder = OLD.folder AND f.automatic
    AND (SELECT count(*) FROM (SELECT 1 FROM remote_item c WHERE c.folder = OLD.folder LIMIT 4)) < 4
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder WHERE id = OLD.folder AND automatic
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER remote_folder_told AFTER INSERT ON remote_folder BEGIN
  INSERT INTO changed_folder VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder WHERE id = NEW.parent AND automatic
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT id FROM remote_item WHERE folder = NEW.id ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT i.id FROM remote_item i JOIN remote_folder f ON f.id = i.folder
    WHERE i.folder = NEW.parent AND f.automatic
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER remote_folder_retold AFTER UPDATE ON remote_folder BEGIN
  INSERT INTO changed_folder VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder WHERE id IN (OLD.parent, NEW.parent) AND automatic
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT id FROM remote_item
    WHERE folder = NEW.id AND (OLD.automatic OR NEW.automatic)
    AND (OLD.automatic <> NEW.automatic OR OLD.parent IS NOT NEW.parent)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER remote_folder_untold AFTER DELETE ON remote_folder BEGIN
  INSERT INTO changed_folder VALUES (OLD.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM remote_folder WHERE id = OLD.parent AND automatic
    ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT id FROM remote_item WHERE folder = OLD.id ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER local_file_found AFTER INSERT ON local_file BEGIN
  INSERT INTO changed_path VALUES (NEW.directory, NEW.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER local_file_altered AFTER UPDATE ON local_file WHEN OLD.sha256 <> NEW.sha256 OR OLD.inode <> NEW.inode
  OR OLD.device <> NEW.device OR OLD.directory <> NEW.directory OR OLD.name <> NEW.name BEGIN
  INSERT INTO changed_path VALUES (OLD.directory, OLD.name) ON CONFLICT DO NOTHING;
  INSERT INTO changed_path VALUES (NEW.directory, NEW.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER local_file_gone AFTER DELETE ON local_file BEGIN
  INSERT INTO changed_path VALUES (OLD.directory, OLD.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER left_alone_found AFTER INSERT ON left_alone BEGIN
  INSERT INTO changed_path VALUES (NEW.directory, NEW.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER left_alone_gone AFTER DELETE ON left_alone BEGIN
  INSERT INTO changed_path VALUES (OLD.directory, OLD.name) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER local_directory_found AFTER INSERT ON local_directory BEGIN
  INSERT INTO changed_folder SELECT id FROM agreed_folder
    WHERE path = NEW.path OR (inode = NEW.inode AND device = NEW.device)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER local_directory_altered AFTER UPDATE ON local_directory BEGIN
  INSERT INTO changed_folder SELECT id FROM agreed_folder
    WHERE path IN (OLD.path, NEW.path) OR (inode = NEW.inode AND device = NEW.device)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER local_directory_gone AFTER DELETE ON local_directory BEGIN
  INSERT INTO changed_folder SELECT id FROM agreed_folder WHERE path = OLD.path ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER agreed_item_made AFTER INSERT ON agreed_item BEGIN
  INSERT INTO changed_item VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_path VALUES (NEW.directory, NEW.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER agreed_item_altered AFTER UPDATE ON agreed_item BEGIN
  INSERT INTO changed_item VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_path VALUES (OLD.directory, OLD.name) ON CONFLICT DO NOTHING;
  INSERT INTO changed_path VALUES (NEW.directory, NEW.name) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER agreed_item_ended AFTER DELETE ON agreed_item BEGIN
  INSERT INTO changed_item VALUES (OLD.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_path VALUES (OLD.directory, OLD.name) ON CONFLICT DO NOTHING;
  INSERT INTO changed_folder SELECT id FROM agreed_folder WHERE id = OLD.folder ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER agreed_folder_made AFTER INSERT ON agreed_folder BEGIN
  INSERT INTO changed_folder VALUES (NEW.id) ON CONFLICT DO NOTHING;
  INSERT INTO changed_item SELECT id FROM remote_item WHERE folder = NEW.id ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER agreed_folder_altered AFTER UPDATE ON agreed_folder BEGIN
  INSERT INTO changed_folder VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER agreed_folder_ended AFTER DELETE ON agreed_folder BEGIN
  INSERT INTO changed_folder VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;

-- Requests whose outcome may be unknown ---------------------------------------------------------------------------

CREATE TABLE intent (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  title TEXT NOT NULL,
  target TEXT NOT NULL CHECK (json_valid(target)),
  supersedes INTEGER,
  at REAL NOT NULL,
  cursor TEXT,
  drain INTEGER NOT NULL, -- items that appeared later may be ours
  itemid INTEGER, -- the submission was acknowledged with this id
  limbo INTEGER NOT NULL CHECK (limbo IN (0, 1)), -- its outcome is unknown
  drains INTEGER NOT NULL DEFAULT 0, -- complete drains since, without a match
  drained_at REAL
) STRICT;

-- What a person decides, and what waits for it ----------------------------------------------------------------------

CREATE TABLE held (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  since REAL NOT NULL,
  subjects TEXT NOT NULL CHECK (json_valid(subjects)),
  paths TEXT NOT NULL CHECK (json_valid(paths))
) STRICT;
CREATE TABLE answer (
  subject TEXT PRIMARY KEY,
  itemid INTEGER,
  answer TEXT NOT NULL CHECK (answer IN ('confirm', 'reject')),
  at REAL NOT NULL
) STRICT;
CREATE INDEX answer_itemid ON answer (itemid);
CREATE TABLE conflict (
  itemid INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  copy TEXT NOT NULL,
  since REAL NOT NULL,
  keep TEXT CHECK (keep IN ('both', 'local', 'remote')) -- a person's answer, until it is carried out
) STRICT;

-- What was done, what failed, what is left, what can come back --------------------------------------------------------

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  action TEXT NOT NULL,
  path TEXT NOT NULL,
  itemid INTEGER,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX history_path ON history (path, id);
CREATE INDEX history_itemid ON history (itemid, id);
CREATE INDEX history_action ON history (action, at);
CREATE TABLE failure (
  subject TEXT PRIMARY KEY,
  path TEXT,
  itemid INTEGER,
  action TEXT NOT NULL,
  error TEXT NOT NULL,
  message TEXT NOT NULL,
  remedy TEXT NOT NULL,
  retry_at REAL,
  attempts INTEGER NOT NULL,
  since REAL NOT NULL
) STRICT;
CREATE TABLE left_item (
  subject TEXT PRIMARY KEY,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE trash (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  trashed TEXT NOT NULL,
  itemid INTEGER,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  deleted REAL NOT NULL,
  expires REAL NOT NULL,
  cause TEXT NOT NULL
) STRICT;
CREATE INDEX trash_expires ON trash (expires);
