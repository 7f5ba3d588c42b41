"""The checks of the disk: folder and marker, what the file system offers, watches, space, and the state folder."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from syncd.cli.doctor.findings import About, Finding
from syncd.cli.output import count, size
from syncd.config import MirrorSettings
from syncd.core.errors import FolderMissing, SyncdError
from syncd.daemon.opening import DATABASE, MEBIBYTE
from syncd.local.probing import Offers, Watches
from syncd.local.root import Root
from syncd.store.integrity import faults
from syncd.store.schema import NotReady
from syncd.store.store import Store

STATE_BYTES = 64 * MEBIBYTE
HEADROOM = 1.5
"""Watches are asked for with room to grow."""
OFFERED = {
    "rename_noreplace": "files appear without a check that nothing is overwritten in the same moment",
    "rename_exchange": "a file that is edited in the moment of its replacement is noticed only after it",
    "birth_time": "a file is followed by its bytes, not by its inode, when it was renamed while syncd was stopped",
    "case_sensitive": "names that differ only in case get a suffix",
}
"""What is lost without each; without reflinks and hard links syncd copies, which costs time only."""


def folder(mirror: MirrorSettings) -> Finding:
    """The mirrored folder is there, ours, and can be written to."""
    about = About("folder", mirror.name)
    root = Root(mirror.folder)
    try:
        expected = _marker(mirror.state / DATABASE)
        if expected is None:
            return _before_the_first_sync(mirror, root, about)
        root.check(expected)
    except SyncdError as error:
        return about.of(error)
    if not os.access(mirror.folder, os.R_OK | os.W_OK | os.X_OK):
        return _unwritable(mirror.folder, about)
    return about.fine(f"{mirror.folder} is there and bears this mirror's marker")


def _before_the_first_sync(mirror: MirrorSettings, root: Root, about: About) -> Finding:
    if not mirror.folder.exists():
        above = next(each for each in mirror.folder.parents if each.exists())
        if not os.access(above, os.W_OK | os.X_OK):
            return _unwritable(above, about)
        return about.fine(f"{mirror.folder} is made at the first sync")
    if root.marker() is not None:
        return about.fine(f"{mirror.folder} bears a marker already; the first sync looks whether it fits")
    if not os.access(mirror.folder, os.R_OK | os.W_OK | os.X_OK):
        return _unwritable(mirror.folder, about)
    return about.fine(f"{mirror.folder} is there; the first sync joins it with the stash")


def _unwritable(path: Path, about: About) -> Finding:
    missing = FolderMissing(f"{path} cannot be written to by this user")
    return about.problem(missing.message, f"Give your user access: `sudo chown -R $USER '{path}'`.", 73)


def _marker(database: Path) -> str | None:
    """The marker that the database names; None before the first sync, or if the database tells none."""
    if not database.exists():
        return None
    try:
        store = Store(database, read_only=True)
    except SyncdError:
        return None  # the check of the database says so
    try:
        return store.facts.get("marker") or None
    finally:
        store.close()


def abilities(mirror: MirrorSettings, found: Offers) -> Finding:
    """What the file system offers is enough to be safe without a gap."""
    about = About("file-system", mirror.name)
    lacking = [why for name, why in OFFERED.items() if not getattr(found, name)]
    copies = "" if found.reflink else "; copies cost time and room, as there are no reflinks"
    if lacking:
        return about.warning(
            f"the file system of {mirror.folder} lacks something: {'; '.join(lacking)}",
            "Nothing is lost by it. Move the folder to ext4, btrfs or xfs on this machine for the full guarantees.",
        )
    return about.fine(f"the file system offers all that is used{copies}")


def watching(mirror: MirrorSettings, needed: int, found: Watches | None, *, watched: bool) -> Finding:
    """There are watches enough for every directory; `watched`: a daemon has them already."""
    about = About("watches", mirror.name)
    if found is None:
        return about.warning(
            "this system has no inotify", "Nothing to do: the daemon looks at the folder at intervals."
        )
    free = found.most - found.used + (needed if watched else 0)
    if needed > free:
        wanted = _round(int(found.most + (needed - free) * HEADROOM))
        return about.warning(
            f"{needed} directories are to be watched, and {max(0, free)} of {found.most} watches are free; "
            "so the daemon looks at the whole folder at intervals",
            _sysctl("max_user_watches", wanted),
        )
    if found.used_instances >= found.most_instances and not watched:
        return about.warning(
            f"all {found.most_instances} inotify instances of this user are in use",
            _sysctl("max_user_instances", _round(found.most_instances * 2)),
        )
    return about.fine(f"{count(needed, 'directory', 'directories')} to watch, {free} of {found.most} watches free")


def _round(number: int) -> int:
    """The next power of two, as these limits are usually written."""
    return 1 << max(0, number - 1).bit_length()


def _sysctl(name: str, value: int) -> str:
    setting = f"fs.inotify.{name}={value}"
    return f"Run `sudo sysctl {setting}`, and for good: `echo {setting} | sudo tee /etc/sysctl.d/90-syncd.conf`."


def space(mirror: MirrorSettings) -> Finding:
    """There is more room than is never used up, for the files and for the state."""
    about = About("space", mirror.name)
    reserve = mirror.min_free_mib * MEBIBYTE
    free = _free(mirror.folder)
    if free <= reserve:
        return about.problem(
            f"{size(free)} are free on the disk of {mirror.folder}, and {size(reserve)} are kept free: no downloads",
            "Free space, or lower min_free_mib.",
        )
    if (left := _free(mirror.state)) < STATE_BYTES:
        return about.problem(
            f"{size(left)} are free on the disk of {mirror.state}, where the database is", "Free space on that disk."
        )
    return about.fine(f"{size(free - reserve)} may be used before {size(reserve)} would be left")


def _free(path: Path) -> int:
    """The bytes that this user may still write there, or where it would be made."""
    return shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists())).free


def database(mirror: MirrorSettings) -> Finding:
    """The database is whole, and of this version."""
    about = About("database", mirror.name)
    file = mirror.state / DATABASE
    if not file.exists():
        return about.fine("no database yet; the first sync makes it")
    try:
        if wrong := faults(file):
            return about.problem(
                f"the database is damaged: {wrong[0]}",
                "Stop syncd, then `syncd sync`: it sets the database aside and rebuilds it from both sides. "
                "Look at the disk too (dmesg, smartctl).",
            )
    except NotReady as error:
        return about.warning(error.message, error.remedy)
    except SyncdError as error:
        return about.of(error)
    return about.fine(f"the database is whole ({size(file.stat().st_size)})")


def secrets(mirror: MirrorSettings) -> Finding:
    """Nobody else can read the tokens."""
    about = About("secrets", mirror.name)
    for path in (mirror.state / "token.json", mirror.state):
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        if found.st_uid != os.getuid():
            return about.problem(f"{path} belongs to another user", f"Run `sudo chown $USER '{path}'`.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
            return about.problem(f"{path} can be read by others", f"Run `chmod {mode} '{path}'`.")
    return about.fine("the tokens can be read by this user only")
