-- A file where an agreed folder's directory was, or one above it: the folder needs another path.

CREATE TRIGGER local_file_in_the_way AFTER INSERT ON local_file BEGIN
  INSERT INTO changed_folder SELECT id FROM agreed_folder
    WHERE path = ltrim(NEW.directory || '/' || NEW.name, '/')
      OR (path > ltrim(NEW.directory || '/' || NEW.name, '/') || '/'
        AND path < ltrim(NEW.directory || '/' || NEW.name, '/') || '0')
    ON CONFLICT DO NOTHING;
END;
