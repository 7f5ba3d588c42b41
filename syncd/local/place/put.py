"""Puts a staged file at its place in the mirrored folder, atomically.

Law (W8): what is replaced is exactly the version that was expected. It is checked right before, and again after the
exchange, on what was displaced; if that is another version, the exchange is undone. The displaced file has a name of
the user's in the stage until it is proven to be the expected one, so a crash in between only moves it to the trash.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from syncd.core.errors import FileChanged
from syncd.core.model import Fingerprint
from syncd.local import kernel
from syncd.local.descent import leads_to, split
from syncd.local.failures import failures
from syncd.local.kernel import Spot, Unable
from syncd.local.relocate import file_at, put_back, rename_new, same_but_ctime, sync, sync_staged
from syncd.local.root import STAGE, Root
from syncd.local.scan import digest_of, fingerprint_of
from syncd.local.stage import MARK, PART, SWAP, clear, key_of, name_of


@dataclass(frozen=True, slots=True)
class _Job:
    """One placing: the open staged file, its spot, where it goes, and how the user knows it; what the replaced bytes
    must hash to, if that has to be looked at, and what those of the staged file do, if that is known."""

    root: Root
    staged: Spot
    descriptor: int
    target: Spot
    path: str
    kind: str
    key: str
    sha256: str | None
    holds: str | None

    def changed(self, why: str) -> FileChanged:
        return FileChanged(f"{self.path!r} {why}", path=self.path)

    @property
    def is_there(self) -> bool:
        """Whether the directory that we place in still has its path."""
        return leads_to(self.root.path, split(self.path)[0], self.target.directory)


def place(
    root: Root,
    staged: Path,
    target: str,
    expected: Fingerprint | None,
    sha256: str | None = None,
    *,
    holds: str | None = None,
) -> Fingerprint:
    """Makes the staged file (a received or copied one) the file at `target`, durably; answers its fingerprint.

    The parent of `target` must exist. `expected` is the version that is replaced (and then gone for good: it must be
    one that both sides agreed on, or be kept elsewhere), or None if nothing may be there. `sha256`: what its bytes must
    be, where its times could not tell a late write (`scan.is_racy`); None where they could. `holds`: what the staged
    bytes are; None if only times can tell that somebody wrote into the placed file. FileChanged if something
    else is there, if some program has it open for writing, or if its directory was renamed just then: both files are as
    before, and the staged one can be placed elsewhere (in the last case a new file went with the directory).
    DiskFailed: not placed, or not certainly durable. Not repeatable once it answered.

    The file keeps the permissions of the one it replaces; a new one gets those of the umask.
    """
    key, kind = key_of(staged)
    with root.inner(STAGE) as stage, root.spot(target) as spot, failures(target):
        source = Spot(stage, staged.name.encode())
        descriptor = source.open(os.O_RDONLY)
        try:
            root.at("place.begin")
            return _place(_Job(root, source, descriptor, spot, target, kind, key, sha256, holds), expected)
        finally:
            os.close(descriptor)


def _place(job: _Job, expected: Fingerprint | None) -> Fingerprint:
    status = job.target.lstat()
    if expected is not None and status is not None:
        os.fchmod(job.descriptor, status.st_mode & 0o777)
    sync_staged(job.staged, job.descriptor)
    job.root.at("place.synced-bytes")
    before = fingerprint_of(os.fstat(job.descriptor))
    if expected is None:
        rename_new(job.staged, job.target)
        job.root.at("place.renamed")
        _check_there(job)
        sync(job.target.directory, job.staged.directory)
        job.root.at("place.synced")
    else:
        _replace(job, expected, before)
    _forget_mark(job)
    after = fingerprint_of(os.fstat(job.descriptor))
    # A user may have written to it already: then the old fingerprint makes the next look see that.
    return after if same_but_ctime(after, before) else before


def _replace(job: _Job, expected: Fingerprint, staged: Fingerprint) -> None:
    displaced = _arm(job, staged.inode)
    try:
        _check(job, expected)
        job.root.at("place.checked")
        exchanged = _exchange(job, displaced)
    except (FileChanged, OSError):
        put_back(displaced, job.staged)
        raise
    if exchanged and not (_is_expected(job, displaced, expected) and job.is_there):
        _undo(job, displaced, staged)
        raise job.changed("changed in the last moment")
    if not exchanged:
        _check_there(job)
    sync(job.target.directory, job.staged.directory)
    job.root.at("place.synced")
    if exchanged:
        displaced.unlink()
        job.root.at("place.removed")


def _check_there(job: _Job) -> None:
    """FileChanged if the directory was renamed in the last moment. The file stays in it, as somebody may use it by now;
    that it was there under its path is not known, so that nothing may be concluded once it is not (I3)."""
    if not job.is_there:
        raise job.changed("was moved with its directory in the last moment")


def _is_expected(job: _Job, displaced: Spot, expected: Fingerprint) -> bool:
    if not same_but_ctime(file_at(displaced), expected):
        return False
    if job.sha256 is None:
        return True
    try:
        descriptor = displaced.open(os.O_RDONLY)
        try:
            return digest_of(descriptor) == job.sha256
        finally:
            os.close(descriptor)
    except OSError:  # what cannot be read is not proven
        return False


def _arm(job: _Job, inode: int) -> Spot:
    """Gives the staged file the name under which what it displaces will count as the user's (see `stage`)."""
    displaced = Spot(job.staged.directory, name_of(job.key, SWAP, inode))
    clear(job.root, displaced)  # what an earlier placing displaced and left, by a file whose inode is ours by now
    rename_new(job.staged, displaced)
    job.root.at("place.armed")
    return displaced


def _check(job: _Job, expected: Fingerprint) -> None:
    if file_at(job.target) != expected:
        raise job.changed("changed since it was looked at")
    descriptor = job.target.open(os.O_RDONLY)
    try:
        if kernel.is_written(descriptor):
            raise job.changed("is open for writing in another program")
    finally:
        os.close(descriptor)


def _exchange(job: _Job, displaced: Spot) -> bool:
    """True if staged and target changed places; False if the file system can only replace, which it then did."""
    try:
        kernel.exchange(displaced, job.target)
    except Unable:
        kernel.rename(displaced, job.target)
        job.root.at("place.renamed")
        return False
    job.root.at("place.exchanged")
    return True


def _undo(job: _Job, displaced: Spot, staged: Fingerprint) -> None:
    """Gives the user's file its place back. If the user saved once more meanwhile, as another file or into ours, the
    newest version gets the place, and the one before it stays in the stage under the user's name, from where
    `clear_stage` takes it to the trash."""
    try:
        kernel.exchange(displaced, job.target)
        if not _is_untouched(job, displaced, staged):
            kernel.exchange(displaced, job.target)
            return
    except FileNotFoundError:
        put_back(displaced, job.target)
    else:
        put_back(displaced, job.staged)
    job.root.at("place.undone")


def _is_untouched(job: _Job, back: Spot, staged: Fingerprint) -> bool:
    """Whether what came back is the staged file, and nobody wrote into it, or is about to."""
    if not same_but_ctime(file_at(back), staged) or kernel.is_written(job.descriptor):
        return False
    return job.holds is None or digest_of(job.descriptor) == job.holds


def _forget_mark(job: _Job) -> None:
    if job.kind == PART:
        with suppress(FileNotFoundError):
            Spot(job.staged.directory, name_of(job.key, MARK)).unlink()
