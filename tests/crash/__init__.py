"""Crash points: scripted scenarios, killed at every passage of every named point, and again at every one of recovery.

Law: a scenario does what it does whatever the clock on the wall says, so that a passage has a number; and after every
kill the mirror must come to the very end that it comes to without one.
"""
