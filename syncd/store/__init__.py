"""The only room of the client that speaks SQL: what was seen, what was agreed, and what must be remembered."""
