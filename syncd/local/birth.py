"""When a file was born, where the file system tells it: with the inode, what makes a file itself, as inodes are reused.

`os.stat` does not tell it on Linux, so this asks `statx` (man 2 statx) through ctypes.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable

from syncd.local.failures import failures
from syncd.local.kernel import Spot
from syncd.local.root import Root

_NO_FOLLOW = 0x100
_INODE = 0x100
_BIRTH = 0x800
_SIZE = 256
_MASK = struct.Struct("=I")
_BORN = struct.Struct("=qI")
_BORN_AT = 80
_NUMBER = struct.Struct("=Q")
_NUMBER_AT = 32


def _find_statx() -> Callable[..., int] | None:
    try:
        return ctypes.CDLL(None, use_errno=True).statx
    except (AttributeError, OSError):  # no glibc, or one before 2.28
        return None


_statx = _find_statx()


def birth(root: Root, path: str, inode: int) -> int | None:
    """The time of birth of the file at `path` with this inode, in Unix nanoseconds; None where it cannot be told, or
    another file is there by now. May be repeated."""
    with root.spot(path) as spot, failures(path):
        return birth_at(spot, inode)


def birth_at(spot: Spot, inode: int) -> int | None:
    """The same of a file in an open directory."""
    buffer = ctypes.create_string_buffer(_SIZE)
    if _statx is None or _statx(spot.directory, spot.name, _NO_FOLLOW, _BIRTH | _INODE, buffer) != 0:
        return None
    (found,) = _NUMBER.unpack_from(buffer, _NUMBER_AT)
    if not _MASK.unpack_from(buffer)[0] & _BIRTH or found != inode:
        return None
    seconds, nanoseconds = _BORN.unpack_from(buffer, _BORN_AT)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)
