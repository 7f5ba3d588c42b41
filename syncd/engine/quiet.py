"""When a file is quiet enough to be looked at: left alone for the quiet time (guarantees W31).

Law: quiet by its own times, or because we saw it just so for that long; a clock that is wrong makes it later, never
sooner.
"""

from __future__ import annotations

from syncd.core.model import Fingerprint
from syncd.engine.eyes import Restless
from syncd.engine.mirror import Mirror
from syncd.local import scan

EMPTY_SECONDS = 10.0
"""A file of zero bytes is often one that is about to be written."""


def is_quiet(mirror: Mirror, path: str, fingerprint: Fingerprint) -> bool:
    """Whether the file has been left alone long enough, by its own times or because we saw it just so before."""
    settle = mirror.policy.settle_seconds if fingerprint.size else max(EMPTY_SECONDS, mirror.policy.settle_seconds)
    if scan.is_quiet(fingerprint, int(mirror.clock.now() * 1e9), int(settle * 1e9)):
        return True
    before = mirror.eyes.restless.get(path)
    if before and before.fingerprint == fingerprint and mirror.clock.steady() - before.since >= settle:
        return True
    is_restless(mirror, path, fingerprint, settle)
    return False


def is_restless(mirror: Mirror, path: str, fingerprint: Fingerprint, settle: float | None = None) -> None:
    """States that the file is not quiet, and when to look at it again; `settle`: after so long without a change."""
    now = mirror.clock.steady()
    wait = settle if settle is not None else mirror.policy.settle_seconds
    before = mirror.eyes.restless.get(path)
    since = before.since if before and before.fingerprint == fingerprint else now
    begun = before.begun if before else now
    mirror.eyes.stir(path, Restless(fingerprint, since, max(since + wait, now + 0.05), begun))


def count_restless(mirror: Mirror) -> None:
    """Takes stock of the restless files after a look. An item's that is nowhere to be seen now has just left where it
    was so: it stays gone for the quiet time before that counts, however long it has been gone from its item's path."""
    eyes, store, now = mirror.eyes, mirror.store, mirror.clock.steady()

    def is_missed(device: int, inode: int) -> bool:
        seen = any(not eyes.hides(path) for path in store.local.with_inode(inode, device))
        return not seen and bool(store.agreed.with_inode(inode, device))

    eyes.count_restless(now, now + mirror.policy.settle_seconds, is_missed)
