-- A folder that a person called so is no automatic one.
UPDATE remote_folder SET automatic = 0 WHERE lower(trim(title)) = 'untitled';
