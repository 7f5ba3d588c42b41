"""Runs families of rows, prints each row when it is there, and keeps all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context

from tests.bench.machine import machine
from tests.bench.options import Options
from tests.bench.peers import NotInstalled
from tests.bench.row import Found, Point, Profile, Row
from tests.bench.rows import (
    beside_bisync,
    closing,
    first,
    idle,
    ingest,
    many,
    planning,
    poll,
    profiles,
    rescan,
    start,
    stop,
    upload,
)
from tests.bench.spent import CommandFailed
from tests.bench.table import HEAD, Kept, line, row_document

FAILED = "failed"
Measure = Callable[[Options], Iterator[Found]]

FAMILIES: Mapping[str, Measure] = {
    "poll": poll.poll,
    "bisync": beside_bisync.beside_bisync,
    "bisync-curve": beside_bisync.bisync_curve,
    "first": first.many_small,
    "far": first.at_a_distance,
    "large": first.large,
    "upload": upload.upload,
    "ingest": ingest.ingest,
    "rescan": rescan.rescan,
    "planning": planning.planning,
    "closing": closing.closing,
    "start": start.start,
    "stop": stop.stop,
    "idle": idle.idle,
    "many": many.many,
    "profiles": profiles.profiles,
}
"""What can be measured, in the order in which it is."""
FAILURES = (CommandFailed, AssertionError, OSError, subprocess.SubprocessError)
"""What ends one family; the others are measured all the same."""


def run(names: list[str], options: Options, kept: Kept | None) -> list[Row]:
    """Measures these families; what was found."""
    print(HEAD, flush=True)
    rows: list[Row] = []
    for name in names:
        found = _apart(name, options)
        rows += (each for each in found if isinstance(each, Row))
        if kept is not None:
            kept.put(name, _document(found, options))
    return rows


def _apart(name: str, options: Options) -> list[Found]:
    """What a family finds in a process of its own: the kernel hands the most that was ever resident on to what a
    process starts, so that one family's memory would count as that of the next one's commands."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(_found, name, options).result()


def _found(name: str, options: Options) -> list[Found]:
    return list(_printed(name, FAMILIES[name], options))


def _printed(name: str, measure: Measure, options: Options) -> Iterator[Found]:
    began = time.monotonic()
    try:
        for found in measure(options):
            if isinstance(found, Row):
                print(line(found), flush=True)
            yield found
    except NotInstalled as missing:
        yield _missing(name, str(missing))
    except FAILURES as error:
        print(str(error), file=sys.stderr)
        yield _missing(name, f"{FAILED}: {type(error).__name__}")
    print(f"{'':<13}({name}: {time.monotonic() - began:.0f} s)", flush=True)


def _missing(family: str, why: str) -> Row:
    row = Row(name=family, unit="", missing=why)
    print(line(row), flush=True)
    return row


def _document(found: list[Found], options: Options) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "options": asdict(options),
        "rows": [row_document(each) for each in found if isinstance(each, Row)],
        "points": [asdict(each) for each in found if isinstance(each, Point)],
        "profiles": [asdict(each) for each in found if isinstance(each, Profile)],
    }
