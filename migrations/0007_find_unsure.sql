-- The items of which it is not sure whether they are gone are few: they are found without looking at all others.

CREATE INDEX remote_item_unsure ON remote_item (id) WHERE seen = 'unsure';
