"""Makes the paper that follows from the code: `python -m tests.paper` writes it, tests/paper/test_paper.py holds it."""
