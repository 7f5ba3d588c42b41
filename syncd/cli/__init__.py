"""The commands, and the wiring of all the rest: settings, remotes, daemon, errors to exit codes."""

from syncd.cli.main import main

__all__ = ["main"]
