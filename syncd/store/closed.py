"""Whether a database is the very file that its last user closed, and so need not be read page by page to be trusted.

Law: only a good end leaves the stamp, and who opens the database takes it away first. Whoever else writes to the file,
or puts another in its place, changes its inode, size or times. (What no stamp tells is a disk that forgets by itself:
that shows when the page is read, and the database is set aside then.)
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def was_closed(path: Path) -> bool:
    """Whether nothing has happened to the database since it was closed; takes the stamp away."""
    stamp = _stamp(path)
    try:
        told = stamp.read_text(encoding="utf-8")
        stamp.unlink()
        return told == _print(path)
    except (OSError, UnicodeDecodeError):  # there is none, or it cannot be told: then it has to be read
        return False


def closed(path: Path) -> None:
    """States that the database was just closed, by the only one who writes to it. Nothing is lost where that fails."""
    with suppress(OSError):
        _stamp(path).write_text(_print(path), encoding="utf-8")


def _stamp(path: Path) -> Path:
    return path.with_name(f"{path.name}-closed")


def _print(path: Path) -> str:
    """What shows any change to the file. Raises OSError; also where some of it is still in the write-ahead log."""
    status, log = path.stat(), path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise FileExistsError(log)
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
