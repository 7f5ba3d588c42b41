"""Measures syncd beside other programs and bare libraries: `python -m tests.bench`, docs/benchmarks.md."""
