"""What the file system and the kernel offer to a mirrored folder, found out by trying.

Law: only a folder of its own below `.syncd` is written to, for as long as the trial lasts; the user's files are
neither read nor touched, but for counting the directories that would be watched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncd.local import kernel
from syncd.local.birth import birth
from syncd.local.descent import INNER
from syncd.local.failures import failures
from syncd.local.kernel import Spot, Unable
from syncd.local.root import Root

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Offers:
    """What was found to work in a folder."""

    rename_noreplace: bool
    rename_exchange: bool
    reflink: bool
    birth_time: bool
    case_sensitive: bool
    hard_links: bool


def offers(folder: Path) -> Offers:
    """Tries each in the mirrored folder; may be repeated, also while a daemon works there. DiskFailed or FileChanged
    if nothing can be written to its `.syncd`."""
    inner = folder / INNER
    with failures(INNER):
        trial = Path(tempfile.mkdtemp(prefix="doctor-", dir=inner))
    try:
        with failures(INNER):
            return _tried(trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _tried(trial: Path) -> Offers:
    for name in ("a", "b", "c"):
        (trial / name).write_bytes(name.encode() * 4096)
    directory = os.open(trial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        a, b = Spot(directory, b"a"), Spot(directory, b"b")
        return Offers(
            rename_noreplace=_can(lambda: kernel.renameat2(a, Spot(directory, b"moved"), kernel.NOREPLACE))
            and _can(lambda: kernel.renameat2(Spot(directory, b"moved"), a, kernel.NOREPLACE)),
            rename_exchange=_can(lambda: kernel.exchange(a, b)),
            reflink=_can(lambda: _clone(trial)),
            birth_time=birth(Root(trial), "c", (trial / "c").lstat().st_ino) is not None,
            case_sensitive=not (trial / "A").exists(),
            hard_links=_can(lambda: os.link(trial / "c", trial / "linked")),
        )
    finally:
        os.close(directory)


def _clone(trial: Path) -> None:
    with (trial / "c").open("rb") as source, (trial / "cloned").open("wb") as target:
        kernel.clone(source.fileno(), target.fileno())


def _can(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (Unable, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Watches:
    """How many directories this user may watch and how many inotify instances have, and how many are in use."""

    most: int
    used: int
    most_instances: int
    used_instances: int


def watches(proc: Path = PROC) -> Watches | None:
    """The limits of inotify, and what all processes of this user have of it; None where there is no inotify."""
    limits = proc / "sys/fs/inotify"
    try:
        most, most_instances = (int((limits / f"max_user_{what}").read_text()) for what in ("watches", "instances"))
    except (OSError, ValueError):
        return None
    used, instances = 0, 0
    for process in _own_processes(proc):
        for held in _inotify(process):
            used, instances = used + held, instances + 1
    return Watches(most, used, most_instances, instances)


def _own_processes(proc: Path) -> list[Path]:
    found = []
    for process in proc.iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == os.getuid():
                found.append(process)
        except OSError:
            continue  # it ended
    return found


def _inotify(process: Path) -> list[int]:
    """The number of watches of each inotify instance of a process; none if it may not be looked at."""
    try:
        names = [info.name for info in (process / "fdinfo").iterdir()]
    except OSError:
        return []  # it ended, or belongs to another namespace: what it has is not ours to count
    return [held for name in names if (held := _watched(process, name)) is not None]


def _watched(process: Path, descriptor: str) -> int | None:
    """How many watches an open descriptor has; None if it is no inotify instance, or closed by now."""
    try:
        if str((process / "fd" / descriptor).readlink()) != "anon_inode:inotify":
            return None
        lines = (process / "fdinfo" / descriptor).read_text().splitlines()
    except OSError:
        return None
    return sum(line.startswith("inotify wd:") for line in lines)


def directories(folder: Path) -> int:
    """How many directories of the mirrored folder are to be watched, itself among them. Links are not followed."""
    count, ahead = 0, [os.fspath(folder)]
    while ahead:
        here = ahead.pop()
        count += 1
        try:
            with os.scandir(here) as entries:
                below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # unreadable ones are not watched either
        ahead += [path for path in below if path != os.path.join(folder, INNER)]  # noqa: PTH118 - as scandir joins
    return count
