"""What lies outside the mirrored folder, and must be as it was (I11): files that links in the folder lead to."""

from __future__ import annotations

import os
from pathlib import Path

OUTSIDE = "outside"
"""Beside the folder; what `User` links to."""
_FILES = {"canary.txt": b"a canary", "D/canary.png": b"another one", "E/a.txt": b"and one named like a file of ours"}
KNOWN = frozenset({"Stash", "state", OUTSIDE, "away", "instead", "fresh.tmp", "aside.tmp"})
"""Everything that may be in a machine's home: what the simulation itself puts there."""


def lay_out_canaries(home: Path) -> None:
    """Makes the files outside."""
    for name, content in _FILES.items():
        path = home / OUTSIDE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in (home / OUTSIDE, *(home / OUTSIDE).rglob("*")):
        os.utime(path, ns=(1, 1))  # a read leaves a later time of access, a write one of change


def _is_as_laid_out(outside: str) -> bool:
    """Whether nothing was written, read, made or removed: a name that comes or goes shows in its directory's time."""
    for name in ("", "/D", "/E"):
        if os.lstat(outside + name).st_mtime_ns != 1:
            return False
    for name in _FILES:
        status = os.lstat(f"{outside}/{name}")
        if status.st_mtime_ns != 1 or status.st_atime_ns != 1:
            return False
    return True


def disturbed(home: Path) -> str | None:
    """What is not as it was, in words."""
    strange = set(os.listdir(home)) - KNOWN  # noqa: PTH208 - after every step, and pathlib is slow
    if strange:
        return f"{min(strange)!r} appeared beside the folder"
    if _is_as_laid_out(f"{home}/{OUTSIDE}"):
        return None
    expected = {OUTSIDE, *(f"{OUTSIDE}/{name}" for name in ("D", "E", *_FILES))}
    found = {OUTSIDE}
    for above, directories, names in os.walk(home / OUTSIDE):
        found |= {os.path.relpath(f"{above}/{name}", home) for name in (*directories, *names)}
    if found != expected:
        return f"{min(found ^ expected)!r} came or went"
    for name in sorted(expected):
        status = os.lstat(home / name)
        if status.st_mtime_ns != 1:
            return f"{name!r} was written"
        if name.removeprefix(f"{OUTSIDE}/") in _FILES and status.st_atime_ns != 1:
            return f"{name!r} was read"
    return None
