"""Measures the bounds of docs/operations.md, each by a program of its own: `python -m tests.bench` runs them all."""
