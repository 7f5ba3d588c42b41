"""The rows of the table, family by family: each measures what belongs together, and gives rows and points."""
