"""Mistakes about the disk: what was seen there, what was written, what was made durable.

Law: see `there`.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.model import LocalFile
from syncd.engine import look_files, look_here, receiving, record, removing
from syncd.local import descent, kernel, scan, stage
from syncd.local.kernel import Spot
from syncd.local.place import partial, put
from syncd.local.root import Root
from syncd.local.scan import fingerprint_of
from syncd.store.local_tree import LocalTree
from tests.sim.plants.plant import Plant, breaks


@breaks("I1")
def no_check_before_rename(patch: pytest.MonkeyPatch) -> None:
    """What stands at the place is replaced without another look at it (W8)."""
    patch.setattr(put, "_check", lambda _job, _expected: None)
    patch.setattr(put, "_is_expected", lambda _job, _displaced, _expected: True)


@breaks("I1")
def trash_skipped(patch: pytest.MonkeyPatch) -> None:
    """An item is deleted without its bytes in the trash."""
    patch.setattr(removing, "is_in_trash", lambda _mirror, _itemid, _sha256: True)


@breaks("I2", "I9", "I2/I9")
def partial_is_visible(patch: pytest.MonkeyPatch) -> None:
    """A new file is written at its place, and not renamed to it when it is whole (I2)."""
    place = put._place

    def written(job: Any, expected: Any) -> Any:
        if expected is not None:
            return place(job, expected)
        content = os.read(job.descriptor, 1 << 20)
        target = job.target.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        half = len(content) // 2
        os.write(target, content[:half])
        job.root.at("place.renamed")
        os.write(target, content[half:])
        os.close(target)
        job.staged.unlink()
        return fingerprint_of(job.target.lstat())

    patch.setattr(put, "_place", written)


@breaks("I1")
def file_unlinked(patch: pytest.MonkeyPatch) -> None:
    """A file whose item was deleted is unlinked, and not moved into the trash."""
    patch.setattr(removing, "throw_file", lambda mirror, file, _itemid, _cause: (mirror.root.path / file.path).unlink())


@breaks("I3", "I1", "I15")
def agreed_before_the_rename(patch: pytest.MonkeyPatch) -> None:
    """The agreed row is committed before the file is at its place."""
    place = receiving.put

    def hurried(mirror: Any, staged: Any, path: str, expected: Any, item: Any, folder: Any) -> Any:
        with mirror.root.inner("stage") as stage:
            status: Any = kernel.Spot(stage, staged.path.name.encode()).lstat()
        was = expected.fingerprint if expected else fingerprint_of(status)
        file = LocalFile(path, was, staged.sha256, None)
        with mirror.store.transaction():
            mirror.store.local.put_file(file, racy=True)
            known = mirror.store.agreed.item(item.id)
            record.agree(mirror, record.agreed_of(item, folder, file, ours=False, known=known))
        yield lambda: None
        return (yield from place(mirror, staged, path, expected, item, folder))

    patch.setattr(receiving, "put", hurried)


@breaks("I3", "I1")
def unmounted_is_deleted(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether the folder is the mirror's: files of an unmounted one count as deleted (I4)."""
    patch.setattr(Root, "check", lambda _self, _expected: None)
    patch.setattr(Root, "top", lambda self: self._open())
    patch.setattr("syncd.engine.opening._bind_folder", _bind_anything)


def _bind_anything(store: Any, folder: Root) -> None:
    folder.create("any")
    if store.facts.get("marker") is None:
        store.facts.put("marker", "any")


@breaks("I1", "I15", "I3")
def echo_by_time(patch: pytest.MonkeyPatch) -> None:
    """What changes within two seconds of our own write counts as its echo (W5)."""
    placed, recorded = record.placed, look_here._record
    written: dict[str, tuple[int, str]] = {}

    def remembered(mirror: Any, file: LocalFile) -> None:
        written[file.path] = int(mirror.clock.now() * 1e9), file.sha256
        placed(mirror, file)

    def without_echoes(mirror: Any, fresh: Any, now_ns: int) -> None:
        kept = []
        for file, path in fresh:
            at, sha256 = written.get(path, (0, ""))
            echo = file is not None and abs(file.fingerprint.mtime_ns - at) < 2_000_000_000
            kept.append((replace(file, sha256=sha256) if echo else file, path))
        recorded(mirror, kept, now_ns)

    patch.setattr(record, "placed", remembered)
    patch.setattr(look_here, "_record", without_echoes)


@breaks("I3", "I19", "I15")
def gone_at_once(patch: pytest.MonkeyPatch) -> None:
    """A path that is not there at one look counts as deleted, without the quiet time (W31)."""
    for module in (look_files, look_here):
        patch.setattr(module, "is_gone", lambda _mirror, _path: True)
    patch.setattr("syncd.engine.eyes.Eyes.in_motion", lambda *_arguments: False)


@breaks("I15", "I1", "I3", "I17")
def racy_trusted(patch: pytest.MonkeyPatch) -> None:
    """A fingerprint counts as proof however young the file is."""
    put_file = LocalTree.put_file
    patch.setattr(scan, "is_racy", lambda _fingerprint, _now_ns: False)
    patch.setattr(LocalTree, "put_file", lambda tree, file, **_racy: put_file(tree, file, racy=False))


@breaks("I2", "I1", "I15", "I2/I9")
def partial_trusted(patch: pytest.MonkeyPatch) -> None:
    """What lies in the stage is continued without proof that it is what was received (I14)."""
    hashed = partial._hash_first

    def trusted(self: partial.Partial, stage_: int) -> Any:
        part, mark = self._spots(stage_)
        length, _ = partial._read_mark(mark)
        status = part.lstat()
        if not length or status is None:
            return 0, hashlib.sha256()
        descriptor = part.open(os.O_RDONLY)
        try:
            digest = hashed(descriptor, length)
        finally:
            os.close(descriptor)
        return (length, digest) if digest is not None else (0, hashlib.sha256())

    patch.setattr(partial.Partial, "_trusted", trusted)
    patch.setattr(receiving, "_staged_before", lambda *_arguments: None)


@breaks("I2", "I2/I9", "I15")
def versions_mixed(patch: pytest.MonkeyPatch) -> None:
    """What was received of an older version is continued with the newer one."""
    patch.setattr(receiving, "stage_key", lambda item: str(item.id))
    patch.setattr("syncd.engine.twins.stage_key", lambda item: str(item.id))


@breaks("I11", "I9", "I2/I9", "I2")
def links_followed(patch: pytest.MonkeyPatch) -> None:
    """A symbolic link counts as what it leads to (I11)."""
    patch.setattr(descent, "DIRECTORY", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def lstat(self: Spot) -> os.stat_result | None:
        try:
            return kernel.os.stat(self.name, dir_fd=self.directory)  # type: ignore[attr-defined]
        except FileNotFoundError:
            return None

    def opened(self: Spot, flags: int, mode: int = 0o666) -> int:
        return int(kernel.os.open(self.name, flags | os.O_CLOEXEC, mode, dir_fd=self.directory))  # type: ignore[attr-defined]

    patch.setattr(Spot, "lstat", lstat)
    patch.setattr(Spot, "open", opened)


@breaks("I6")
def equal_bytes_written(patch: pytest.MonkeyPatch) -> None:
    """What was fetched is put in place even if the file has these very bytes (I6)."""

    def download(mirror: Any, action: Any) -> Any:
        staged, item = yield from receiving.fetch(mirror, action.item)
        if action.path is None:
            return False
        yield from receiving.put(mirror, staged, action.path, action.expected, item, action.folder)
        return True

    patch.setattr("syncd.engine.act.download", download)


@breaks("I1", "I3")
def stage_cleared_blindly(patch: pytest.MonkeyPatch) -> None:
    """Whatever a crash left in the stage is deleted, also what was the user's."""
    patch.setattr(stage, "_is_ours", lambda _found, _status: True)


PLANTS: dict[str, Plant] = {
    "no-check-before-rename": no_check_before_rename,
    "trash-skipped": trash_skipped,
    "file-unlinked": file_unlinked,
    "partial-is-visible": partial_is_visible,
    "partial-trusted": partial_trusted,
    "versions-mixed": versions_mixed,
    "agreed-before-the-rename": agreed_before_the_rename,
    "unmounted-is-deleted": unmounted_is_deleted,
    "echo-by-time": echo_by_time,
    "gone-at-once": gone_at_once,
    "racy-trusted": racy_trusted,
    "links-followed": links_followed,
    "equal-bytes-written": equal_bytes_written,
    "stage-cleared-blindly": stage_cleared_blindly,
}
