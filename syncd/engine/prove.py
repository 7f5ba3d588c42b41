"""Proves by content that versions taken for ours are ours (guarantees W25).

Law: size and the last 64 KiB, by one Range request, against the file that holds the agreed bytes. What does not match
is looked at anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from syncd.core.errors import FileChanged, ItemFailed
from syncd.core.model import Agreed, LocalFile
from syncd.engine.mirror import Mirror
from syncd.local import scan

TAIL = 64 * 1024


def prove_provisional(mirror: Mirror) -> None:
    """Proves every provisional version; one that cannot be asked for now stays as it is."""
    for agreed, proven in proofs(mirror):
        with mirror.store.transaction():
            version = agreed.version if proven else f"not {agreed.version}"
            mirror.store.agreed.put(replace(agreed, provisional=False, version=version))
            if not proven:
                mirror.store.remote.doubt(agreed.id)


def proofs(mirror: Mirror) -> Iterator[tuple[Agreed, bool]]:
    """The items with a provisional version whose content can be asked for now, and whether it is what was sent."""
    provable = []
    for agreed in mirror.store.agreed.provisional():
        file = mirror.store.local.file(agreed.path)
        if file is not None and file.sha256 == agreed.sha256 and not agreed.released:
            provable.append((agreed, file))
    for (agreed, _), proven in zip(
        provable, mirror.pool.map(lambda pair: _is_proven(mirror, *pair), provable), strict=True
    ):
        if proven is not None:
            yield agreed, proven


def _is_proven(mirror: Mirror, agreed: Agreed, file: LocalFile) -> bool | None:
    try:
        size, tail = mirror.remote.tail(agreed.id, agreed.version, TAIL)
        return size == agreed.size and tail == _tail(mirror, file)
    except (ItemFailed, FileChanged):
        return None


def _tail(mirror: Mirror, file: LocalFile) -> bytes:
    with scan.opened(mirror.root, file.path, file.fingerprint) as descriptor:
        start = max(0, file.fingerprint.size - TAIL)
        return os.pread(descriptor, TAIL, start)
