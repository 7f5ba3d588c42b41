"""`python -m tests.bench.stop --items 100000`: from SIGTERM to the end, at rest and in the middle of a slow upload."""

from __future__ import annotations

import os
import time

from syncd.store.store import Store
from tests.bench.big import Big, big
from tests.bench.daemon import DEADLINE, running
from tests.bench.figure import Figure, main

FEW = 100
SLOW_KIB = 64
LARGE = 16 * 2**20
"""At the slow rate this takes more than four minutes: far more than a daemon that is to end waits for."""


def stop(items: int, _seconds: float) -> list[Figure]:
    """How long an end takes."""
    made = big(items)
    with made.server():
        with running(made) as daemon:
            _until_settled(made)
            at_rest = daemon.end()
        with running(made) as daemon:
            at_once = daemon.end()
    return [
        Figure("SIGTERM to the end, at rest", at_rest, "s", 2.0),
        Figure("SIGTERM to the end, right after READY", at_once, "s", 30.0),
        Figure("SIGTERM to the end, in a slow upload", _in_an_upload(), "s", 30.0),
    ]


def _in_an_upload() -> float:
    made = big(FEW)
    file = made.path / "Stash" / "Large.bin"
    with made.server():
        made.configure(more=f"upload_kib_per_second = {SLOW_KIB}\nsettle_seconds = 0.1")
        try:
            with running(made) as daemon:
                _until_settled(made)
                file.write_bytes(os.urandom(LARGE))
                _until(lambda: _is_sending(made))
                return daemon.end()
        finally:
            file.unlink(missing_ok=True)
            made.configure()
            made.run("sync")


def _until_settled(made: Big) -> None:
    """Until the first cycle is over; what it looks at is known by then."""
    from syncd.daemon import Daemon

    daemon = Daemon(made.path / "run" / "control.sock")

    def settled() -> bool:
        mirrors = daemon.status()["mirrors"]
        assert isinstance(mirrors, list)
        return bool(mirrors[0]["settled"])

    _until(settled)


def _is_sending(made: Big) -> bool:
    store = Store(made.path / "state" / "big" / "state.db", read_only=True)
    try:
        return bool(store.intents.every())
    finally:
        store.close()


def _until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


if __name__ == "__main__":
    main(stop)
