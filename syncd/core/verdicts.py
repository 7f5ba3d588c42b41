"""What should happen to one item's content: a table over what is here and what is there.

Law: everything that affects the fate of content lives in this file's tables; the code below only looks up. Here is the
file against the agreed row, There the item against it. The upper block of each table is for items that were agreed, the
lower for those that never were. A test proves each table total.
"""

from __future__ import annotations

from enum import StrEnum

from syncd.core.model import Direction


class Here(StrEnum):
    """The local side of an item."""

    SAME = "same"  # the agreed bytes
    CHANGED = "changed"  # other bytes than agreed
    GONE = "gone"  # positively absent
    HIDDEN = "hidden"  # ignored, unreadable, or not quiet yet: nothing may be concluded
    NEW = "new"  # a file that was never agreed
    NONE = "none"  # nothing, and never was


class There(StrEnum):
    """The remote side of an item."""

    SAME = "same"  # the agreed bytes
    LOOK = "look"  # its version moved: the bytes may be others
    CHANGED = "changed"  # known to be other bytes
    DELETED = "deleted"  # looked up: it is gone
    PUBLISHED = "published"  # looked up: it left the stash for the gallery
    UNSEEN = "unseen"  # ours, and not yet told by the delta
    UNSURE = "unsure"  # a tombstone, or absent from a complete listing; not yet looked up
    HIDDEN = "hidden"  # it may belong to an open intent
    NEW = "new"  # never agreed
    NONE = "none"  # nothing, and never was


class Verdict(StrEnum):
    """What follows."""

    NOTHING = "nothing"
    LEAVE = "leave"  # by a rule or the mirror's direction; counted as ignored
    WAIT = "wait"  # until something is known
    FETCH = "fetch"  # learn what the remote's bytes are
    TAKE = "take"  # the remote's bytes become the file's
    SEND = "send"  # the file's bytes become the item's
    SEND_OVER = "send-over"  # the same, after what others put there is in the trash
    SEND_NEW = "send-new"  # the file becomes a new item
    DELETE_ITEM = "delete-item"
    DELETE_FILE = "delete-file"
    CONFLICT = "conflict"
    MEET = "meet"  # both new under one name: equal, or a conflict
    FORGET = "forget"
    RELEASE = "release"  # published: the file stays and is no longer synced
    NEVER = "never"  # cannot be built


_TWO_WAY = """
          same         look   changed   deleted      published  unseen       unsure       hidden
same      nothing      fetch  take      delete-file  release    nothing      delete-file  wait
changed   send         fetch  conflict  send-new     release    send         wait         wait
gone      delete-item  fetch  take      forget       forget     delete-item  wait         wait
hidden    leave        leave  leave     leave        leave      leave        leave        leave

          none         new    deleted   published    unsure     hidden
none      nothing      take   nothing   nothing      nothing    wait
new       send-new     meet   send-new  send-new     send-new   wait
hidden    leave        leave  leave     leave        leave      leave
"""

_PULL = """
          same         look   changed   deleted      published  unseen       unsure       hidden
same      nothing      fetch  take      delete-file  release    nothing      delete-file  wait
changed   leave        fetch  conflict  forget       release    leave        wait         wait
gone      take         take   take      forget       forget     wait         wait         wait
hidden    leave        leave  leave     leave        leave      leave        leave        leave

          none         new    deleted   published    unsure     hidden
none      nothing      take   nothing   nothing      nothing    wait
new       leave        meet   leave     leave        leave      leave
hidden    leave        leave  leave     leave        leave      leave
"""

_PUSH = """
          same         look       changed    deleted  published  unseen       unsure  hidden
same      nothing      leave      leave      leave    release    nothing      wait    wait
changed   send         send-over  send-over  leave    release    send         wait    wait
gone      delete-item  fetch      leave      forget   forget     delete-item  wait    wait
hidden    leave        leave      leave      leave    leave      leave        leave   leave

          none         new    deleted   published    unsure     hidden
none      nothing      leave  nothing   nothing      nothing    wait
new       send-new     meet   send-new  send-new     send-new   wait
hidden    leave        leave  leave     leave        leave      leave
"""


def _read(text: str) -> dict[tuple[bool, Here, There], Verdict]:
    """The table that the text draws, keyed by (was agreed, here, there)."""
    table = {}
    for agreed, block in zip((True, False), text.strip("\n").split("\n\n"), strict=True):
        head, *rows = (line.split() for line in block.splitlines())
        for here, *cells in rows:
            for there, verdict in zip(head, cells, strict=True):
                table[agreed, Here(here), There(there)] = Verdict(verdict)
    return table


_TABLES = {Direction.TWO_WAY: _read(_TWO_WAY), Direction.PULL: _read(_PULL), Direction.PUSH: _read(_PUSH)}


def verdict(direction: Direction, here: Here, there: There, *, agreed: bool) -> Verdict:
    """What follows for one item; NEVER for a combination that cannot be built (a new file of an agreed item, say)."""
    return _TABLES[direction].get((agreed, here, there), Verdict.NEVER)
