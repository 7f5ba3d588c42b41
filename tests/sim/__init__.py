"""The simulator: the real engine, store, planner and local code against the pure state of the server, under one clock.

Law: a run is decided by its tape alone. Nothing here looks at the time, at another random source than the two seeds, or
at the kernel's times and inodes (`disk`), so the same tape gives the same trace, and a failing one can be shrunk.
"""
