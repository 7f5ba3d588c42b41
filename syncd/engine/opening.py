"""Opens a mirror: its folder, its database, and the proof that they belong together.

Law: the folder is made, with its marker, only when the mirror has neither database nor marker yet. A database without
an id takes the marker's if server and account are the same; another marker, or none, is refused (interface.md, on
disk).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from syncd.core.errors import FolderMissing, Misconfigured, Unsupported
from syncd.engine.mirror import Mirror
from syncd.engine.trashing import tidy
from syncd.local.root import Root
from syncd.store.store import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """What a mirror is bound to, beside its folder: the remote's server, and its account where one can be told."""

    server: str
    account: str | None


def open_mirror(mirror: Mirror, server: str) -> None:
    """Binds folder, database and account together, or proves that they are, and tidies what a crash may have left.

    To be called under the mirror's lock, before its first cycle; again when a folder or a login is back. Repeatable.
    Raises FolderMissing, Misconfigured, and what the remote's `account` raises.
    """
    _bind_account(mirror.store, Identity(server, _account(mirror)))
    _bind_folder(mirror.store, mirror.root)
    mirror.store.intents.all_unknown()
    tidy(mirror)


def _account(mirror: Mirror) -> str | None:
    """Asked only while it is not known: a mirror does not change hands, and its tokens are checked by every request."""
    known = mirror.store.facts.get("account")
    if known is not None:
        return known
    try:
        return mirror.remote.account()
    except Unsupported:
        return None


def _bind_account(store: Store, identity: Identity) -> None:
    for name, value in (("server", identity.server), ("account", identity.account)):
        known = store.facts.get(name)
        if value is None or known == value:
            continue
        if known is not None:
            raise Misconfigured(
                f"the mirror's database belongs to the {name} {known}, not to {value}",
                remedy="Give the other one a mirror of its own, with another name and folder.",
            )
        store.facts.put(name, value)


def _bind_folder(store: Store, root: Root) -> None:
    marker, known = root.marker() if root.path.is_dir() else None, store.facts.get("marker")
    if known is None:
        if marker is None:
            marker = _make(root)
        store.facts.put("marker", marker)
    elif marker != known:
        raise FolderMissing(
            f"{root.path} is not the folder that this mirror was made with"
            if marker
            else f"{root.path} is missing, or its .syncd folder is: is the disk mounted?"
        )
    root.check(store.facts.get("marker") or "")


def _make(root: Root) -> str:
    marker = secrets.token_hex(16)
    root.create(marker)
    return marker


def set_aside(path: Path, now: float) -> Path:
    """Renames a corrupt database, with its write-ahead log, so that a new one can be made; answers its new name."""
    aside = path.with_name(f"{path.name}.corrupt-{int(now)}")
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    path.rename(aside)
    return aside
