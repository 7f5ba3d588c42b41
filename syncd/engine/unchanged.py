"""Whether a file still has the bytes that were seen, where its times cannot tell.

Law: what replaces a file, or takes it away, proves its bytes first if they may be others under the same times (W8).
"""

from __future__ import annotations

from syncd.core.errors import FileChanged
from syncd.core.model import LocalFile
from syncd.engine.mirror import Mirror
from syncd.local import scan


def proof(mirror: Mirror, file: LocalFile) -> str | None:
    """What the bytes must hash to, if the file's times could not tell that they are others: it was looked at, or is
    now, within the moment that these times can mean."""
    racy = mirror.store.local.is_racy(file.path) or scan.is_racy(file.fingerprint, int(mirror.clock.now() * 1e9))
    return file.sha256 if racy else None


def prove(mirror: Mirror, file: LocalFile) -> None:
    """Reads the file. FileChanged if its bytes are others. May run on any thread."""
    found = scan.hash_file(mirror.root, file.path, file.fingerprint)
    if found != file.sha256:
        raise FileChanged(f"{file.path!r} changed since it was looked at", path=file.path)
