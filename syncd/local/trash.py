"""Nothing is unlinked: what leaves the mirrored folder is moved to `.syncd/trash/<id>/<name>`, and can come back.

Law: files enter the trash by a rename and leave it by a rename, except when their time is up (`purge`).
"""

from __future__ import annotations

import os
import re
import stat as mode
from pathlib import Path

from syncd.core.errors import DiskFailed, FileChanged
from syncd.core.model import Fingerprint
from syncd.local.descent import split
from syncd.local.failures import failures
from syncd.local.kernel import Spot, names_in
from syncd.local.relocate import file_at, relocate, sync, sync_staged
from syncd.local.root import STAGE, TRASH, Root
from syncd.local.scan import fingerprint_of

NAME_LIMIT = 255
"""Bytes of a file name, on every file system of today."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


def throw(root: Root, path: str, expected: Fingerprint, name_id: str) -> str:
    """Moves a user's file to the trash; answers its path within the trash (`<id>/<name>`).

    `name_id` is the directory it gets there, of letters, digits, `_` and `-`. FileChanged, and the file stays, if it is
    not the expected one. Not repeatable.
    """
    with root.spot(path) as source:
        return _throw(root, source, (path, split(path)[1]), expected, name_id)


def throw_staged(root: Root, staged: Path, original: str, name_id: str, *, ours: bool = True) -> str:
    """The same for a file of the stage; `original` is the path or name that it is to be known by. Its bytes are durable
    first, as a copy in the stage need not be: if they cannot be, it is not in the trash, and one of `ours` is gone."""
    with root.inner(STAGE) as stage:
        source = Spot(stage, os.fsencode(staged.name))
        with failures(None):
            status = source.lstat()
            if status is None:
                raise FileChanged(f"there is no {staged.name!r} in the stage")
            descriptor = source.open(os.O_RDONLY)
            try:
                if ours:
                    sync_staged(source, descriptor)
                else:
                    sync(descriptor)
            finally:
                os.close(descriptor)
        return _throw(root, source, (original, split(original)[1]), fingerprint_of(status), name_id)


def _throw(root: Root, source: Spot, names: tuple[str, str], expected: Fingerprint, name_id: str) -> str:
    path, name = names
    if not _ID.fullmatch(name_id):
        raise ValueError(f"no trash id: {name_id!r}")
    with root.inner(TRASH) as trash, failures(path):
        root.at("throw.begin")
        if Spot(trash, name_id.encode()).lstat() is None:
            os.mkdir(name_id, 0o700, dir_fd=trash)
            sync(trash)
        root.at("throw.made")
        directory = Spot(trash, name_id.encode()).open(_DIRECTORY)
        try:
            target = _free_name(directory, name)
            relocate(root, "throw", (source, target), expected, path)
        finally:
            os.close(directory)
    return f"{name_id}/{os.fsdecode(target.name)}"


def _free_name(directory: int, name: str) -> Spot:
    """The name, or with ` (2)`, ` (3)`, ... and cut to what a file system takes."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(os.fsencode(extension)) > 32:
        stem, dot, extension = name, "", ""
    number = 1
    while True:
        tail = os.fsencode((f" ({number})" if number > 1 else "") + dot + extension)
        head = os.fsencode(stem)[: NAME_LIMIT - len(tail)].decode(errors="ignore")
        spot = Spot(directory, os.fsencode(head) + tail)
        if spot.lstat() is None:
            return spot
        number += 1


def _trashed(trashed: str) -> tuple[bytes, bytes]:
    name_id, _, name = trashed.partition("/")
    if not _ID.fullmatch(name_id) or not name or "/" in name or name in (".", "..") or "\0" in name:
        raise DiskFailed(f"{trashed!r} is no path of the trash", remedy="See `syncd trash list`.", path=trashed)
    return name_id.encode(), os.fsencode(name)


def restore(root: Root, trashed: str, target: str) -> Fingerprint:
    """Moves a file of the trash to `target`, whose parent must exist; answers its fingerprint.

    FileChanged if it is not in the trash (any more) or `target` is occupied. Not repeatable.
    """
    name_id, name = _trashed(trashed)
    with root.inner(TRASH) as trash, root.spot(target) as spot, failures(target):
        directory = Spot(trash, name_id).open(_DIRECTORY)
        try:
            source = Spot(directory, name)
            found = file_at(source)
            if found is None:
                raise FileChanged(f"{trashed!r} is not in the trash (any more)", path=target)
            placed = relocate(root, "restore", (source, spot), found, target)
        finally:
            os.close(directory)
        _remove_if_empty(Spot(trash, name_id))
    return placed


def purge(root: Root, trashed: str) -> None:
    """Deletes a file of the trash for good. May be repeated: what is gone is gone."""
    name_id, name = _trashed(trashed)
    with root.inner(TRASH) as trash, failures(trashed):
        try:
            directory = Spot(trash, name_id).open(_DIRECTORY)
        except FileNotFoundError:
            return
        try:
            root.at("purge.begin")
            if Spot(directory, name).lstat() is not None:
                Spot(directory, name).unlink()
            root.at("purge.removed")
        finally:
            os.close(directory)
        _remove_if_empty(Spot(trash, name_id))
        root.at("purge.done")


def _remove_if_empty(spot: Spot) -> None:
    try:
        os.rmdir(spot.name, dir_fd=spot.directory)
    except OSError:  # not empty: the usual reason, and the others do no harm either
        return


def listing(root: Root) -> tuple[tuple[str, Fingerprint], ...]:
    """Every file in the trash: its path there and its fingerprint, in the order of paths."""
    found = []
    with root.inner(TRASH) as trash, failures(None):
        for name_id in sorted(names_in(trash)):
            status = Spot(trash, name_id.encode()).lstat() if _ID.fullmatch(name_id) else None
            if status is None or not mode.S_ISDIR(status.st_mode):
                continue
            directory = Spot(trash, name_id.encode()).open(_DIRECTORY)
            try:
                for name in sorted(names_in(directory)):
                    fingerprint = file_at(Spot(directory, os.fsencode(name)))
                    if fingerprint is not None:
                        found.append((f"{name_id}/{name}", fingerprint))
            finally:
                os.close(directory)
    return tuple(found)
