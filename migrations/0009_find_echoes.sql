-- After each drain it is asked which of our own writes the remote has not told yet; mostly there are none.
CREATE INDEX agreed_item_echo ON agreed_item (id) WHERE echo = 1;
