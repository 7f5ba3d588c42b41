"""Real processes that are killed: the shipped command, a real server process, a network that fails, a real disk."""
