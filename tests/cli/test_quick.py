"""`status` answers at once: asking a daemon imports nothing that only the daemon needs."""

from __future__ import annotations

import json
import subprocess
import sys

from syncd.remotes.kinds import KINDS
from syncd.remotes.registry import kinds

NEEDED = "import syncd.cli.app, syncd.cli.finishing, syncd.cli.settings, syncd.cli.render_status, syncd.daemon.client"
HEAVY = {
    "httpx",
    "sqlite_utils",
    "sqlite3",
    "syncd.engine",
    "syncd.store.store",
    "apscheduler",
    "starlette",
    "rich.live",
}


def test_asking_a_daemon_imports_nothing_heavy() -> None:
    code = f"{NEEDED}\nfrom syncd.daemon import Answer\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert HEAVY & set(json.loads(found.stdout)) == set()


def test_the_words_for_kinds_are_those_of_the_registry() -> None:
    assert kinds() == KINDS
