"""What a person does in the folder, one act at a time; each is told to the ledger, and to the watcher if it works.

An act that makes no sense now (the file is gone) does nothing, so that a tape can be shrunk by dropping steps.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from tests.sim.clock import START
from tests.sim.disk import Disk
from tests.sim.ledger import Ledger, content_of, digest
from tests.sim.spots import is_below_a_file, is_ignored, may_be_written, visible

_LEAVES = frozenset({"delete", "rename", "turn"})
Noticed = Callable[[set[str]], None]


class User:
    """The person at one machine."""

    def __init__(self, name: str, folder: Path, disk: Disk, ledger: Ledger, noticed: Noticed) -> None:
        self._name, self._folder, self._disk, self._ledger, self._noticed = name, folder, disk, ledger, noticed
        self.watched, self.pulls = True, False
        self.has_met: Callable[[], bool] = lambda: True
        self.is_agreed: Callable[[str, str], bool] = lambda _path, _sha256: False
        """Whether a file of these bytes there cannot be told from an item's own that nobody touched."""
        self.edited: Callable[[str], set[str]] = lambda _path: set()
        """What items hold whose edited files go with this path."""
        self.holds_there: Callable[[str, str], bool] = lambda _path, _sha256: False
        """Whether the item of a path holds these bytes on the server, seen here or not."""
        self._before: tuple[Path, str] | None = None
        """What was at a path before the last write there."""

    def act(self, do: str, path: str = "", to: str = "", text: str = "") -> None:
        """Does one thing, if it can be done."""
        spot = self._folder / path
        if not self._folder.joinpath(".syncd").is_dir() or is_below_a_file(self._folder, spot):
            return
        if to and is_below_a_file(self._folder, self._folder / to):
            return
        acts: dict[str, Callable[[], None]] = {
            "write": lambda: self._write(spot, text),
            "backdate": lambda: self._write(spot, text, mtime=START - 5000.0),
            "save": lambda: self._save(spot, text),
            "delete": lambda: self._delete(spot),
            "mkdir": lambda: None if os.path.lexists(spot) else spot.mkdir(parents=True),
            "touch": lambda: self._touch(spot),
            "link": lambda: self._link(spot),
            "rename": lambda: self._rename(spot, self._folder / to),
            "swap": lambda: self._swap(spot, self._folder / to),
            "copy": lambda: self._copy(spot, self._folder / to),
            "hardlink": lambda: self._hardlink(spot, self._folder / to),
            "fifo": lambda: self._fifo(spot),
            "turn": lambda: self._turn(spot, to, text),
            "undo": self._undo,
            "recreate": lambda: self._recreate(spot, text),
            "edit-copy": lambda: self._write(self._a_copy() or spot, text),
        }
        if do in _LEAVES:
            self._ledger.removed[self._name] |= self.edited(path)
        acts[do]()
        self._disk.touched += 1
        self._noticed({path, to} - {""})

    def contents(self) -> set[str]:
        """What all visible files hold."""
        return set(self._seen())

    def _seen(self) -> dict[str, list[Path]]:
        """What all visible files hold, and which."""
        seen: dict[str, list[Path]] = defaultdict(list)
        for path in visible(self._folder):
            seen[digest(path.read_bytes())].append(path)
        return seen

    def _makes(self, spot: Path, text: str, content: bytes) -> None:
        key = self._ledger.makes(text, content)
        if self._ledger.copies[key] > 1 and self.holds_there(str(spot.relative_to(self._folder)), key):
            self._ledger.copies[key] -= 1  # both sides hold one version: "equal bytes are never a conflict"
        self.remakes(spot, key)

    def remakes(self, spot: Path, key: str) -> None:
        """Notes whether this agreed version, or one that may yet be agreed on, is made again after somebody elsewhere
        had overwritten it."""
        if self._is_overwritten(key) and (self._is_an_items(spot, key) or not self.has_met()):
            self._ledger.remade.add(key)

    def _is_overwritten(self, key: str) -> bool:
        return any(key in gone for where, gone in self._ledger.removed.items() if where != self._name)

    def _is_an_items(self, spot: Path, key: str) -> bool:
        return self.is_agreed(str(spot.relative_to(self._folder)), key)

    def _lost(self, contents: list[bytes]) -> None:
        left = self._seen() if contents else {}
        for key in map(digest, contents):
            self._ledger.unmakes(self._name, key, left)
            if left.get(key) and self._is_overwritten(key) and all(self._is_an_items(spot, key) for spot in left[key]):
                self._ledger.remade.add(key)  # only the item's own file has it, and that one is to be replaced

    def _write(self, spot: Path, text: str, mtime: float | None = None) -> None:
        content = content_of(text)
        if not may_be_written(spot):
            return
        old = [spot.read_bytes()] if spot.exists() else []
        if old == [content]:
            return
        self._before = (spot, self._ledger.ever.get(digest(old[0]), text)) if old else None
        spot.parent.mkdir(parents=True, exist_ok=True)
        names = spot.stat().st_nlink if old else 1  # all names of a hard link change at once
        for _ in range(names):
            self._makes(spot, text, content)
        spot.write_bytes(content)
        self._disk.changed(spot, mtime=mtime)
        self._lost(old * names)

    def _save(self, spot: Path, text: str) -> None:
        content = content_of(text)
        if not may_be_written(spot):
            return
        old = [spot.read_bytes()] if spot.exists() else []
        spot.parent.mkdir(parents=True, exist_ok=True)
        if old != [content]:
            self._makes(spot, text, content)
        fresh = self._folder.parent / "fresh.tmp"
        fresh.write_bytes(content)
        self._replace(fresh, spot)
        self._disk.changed(spot)
        self._lost(old if old != [content] else [])

    def _replace(self, source: Path, target: Path) -> None:
        gone = os.lstat(target) if os.path.lexists(target) else None
        source.replace(target)
        if gone is not None and gone.st_nlink == 1:
            self._disk.freed(gone.st_ino)

    def _delete(self, spot: Path) -> None:
        if not os.path.lexists(spot) or spot == self._folder:
            return
        gone = [spot] if not spot.is_dir() or spot.is_symlink() else [p for p in spot.rglob("*") if not p.is_dir()]
        contents = [path.read_bytes() for path in gone if stat.S_ISREG(path.lstat().st_mode)]
        for path in gone:
            status = os.lstat(path)
            path.unlink()
            if status.st_nlink == 1:
                self._disk.freed(status.st_ino)
        if spot.is_dir():
            shutil.rmtree(spot)
        self._lost(contents)

    def _touch(self, spot: Path) -> None:
        if spot.is_file():
            self._disk.changed(spot)

    def _link(self, spot: Path) -> None:
        if not os.path.lexists(spot):
            spot.parent.mkdir(parents=True, exist_ok=True)
            depth = len(spot.relative_to(self._folder).parts)
            spot.symlink_to("../" * depth + "outside")

    def _rename(self, spot: Path, to: Path) -> None:
        if not os.path.lexists(spot) or to.is_dir() or to.is_relative_to(spot) or spot == self._folder:
            return
        if os.path.lexists(to) and spot.is_dir():
            return
        if not spot.is_symlink() and spot.is_file() and to.is_file() and spot.samefile(to):
            return  # rename(2) does nothing with two names of one file
        old = [to.read_bytes()] if to.is_file() and not to.is_symlink() else []
        to.parent.mkdir(parents=True, exist_ok=True)
        self._replace(spot, to)
        if not to.is_symlink() and to.is_file():
            self._disk.changed(to, content=False)
            self.remakes(to, digest(to.read_bytes()))
        if not self.watched or is_ignored(to.name):
            self._out_of_sight(to)
        self._lost(old)

    def _out_of_sight(self, spot: Path) -> None:
        """What is ignored or unnoticed is gone for the mirror, with all that is in it; where it only pulls, that comes
        back, and is found beside what went once somebody looks (reliability.md, what is not guaranteed)."""
        moved = [] if spot.is_symlink() else visible(spot) if spot.is_dir() else [spot]
        gone = [digest(path.read_bytes()) for path in moved if path.is_file()]
        self._ledger.removed[self._name].update(gone)
        if self.pulls:
            self._ledger.made.update(gone)

    def took_along(self) -> None:
        """The process is killed right after it moved something into a directory that the person renamed out of sight
        at that moment: that went with the directory, as if it had come the moment before. What a kill leaves is the
        same, so that nobody can tell (reliability.md, what is not guaranteed); a process that lives puts it back."""
        for path in visible(self._folder):
            if any(map(is_ignored, path.relative_to(self._folder).parts)):
                self._ledger.removed[self._name].add(digest(path.read_bytes()))

    def _swap(self, spot: Path, to: Path) -> None:
        if spot.is_file() and to.is_file() and spot != to:
            for one, other in ((spot, to), (to, spot)):
                if not self.is_agreed(str(other.relative_to(self._folder)), digest(other.read_bytes())):
                    # what takes its place is no item's, so that is an edit (interface.md, on disk), and no swap; and
                    # the file that made way is a new one, also if the edit is undone
                    key = digest(one.read_bytes())
                    self._ledger.removed[self._name].add(key)
                    self._ledger.made[key] += 1
            aside = self._folder.parent / "aside.tmp"
            spot.rename(aside)
            to.rename(spot)
            aside.rename(to)
            self._disk.changed(spot, content=False)
            self._disk.changed(to, content=False)
            for seen, other in ((spot, to), (to, spot)):
                if not self.watched or (is_ignored(other.name) and not is_ignored(seen.name)):
                    self._out_of_sight(other)

    def _copy(self, spot: Path, to: Path) -> None:
        if spot.is_file() and not spot.is_symlink() and not os.path.lexists(to):
            content = spot.read_bytes()
            to.parent.mkdir(parents=True, exist_ok=True)
            self._makes(to, self._ledger.ever.get(digest(content), "?"), content)
            to.write_bytes(content)
            self._disk.changed(to)

    # --- the unusual

    def _hardlink(self, spot: Path, to: Path) -> None:
        if spot.is_file() and not spot.is_symlink() and not os.path.lexists(to):
            content = spot.read_bytes()
            to.parent.mkdir(parents=True, exist_ok=True)
            self._makes(to, self._ledger.ever.get(digest(content), "?"), content)
            to.hardlink_to(spot)
            self._disk.changed(to, content=False)

    def _fifo(self, spot: Path) -> None:
        if not os.path.lexists(spot):
            spot.parent.mkdir(parents=True, exist_ok=True)
            os.mkfifo(spot)

    def _turn(self, spot: Path, into: str, text: str) -> None:
        """What is there becomes something of another kind, under its name."""
        was_directory = spot.is_dir() and not spot.is_symlink()
        self._delete(spot)
        if os.path.lexists(spot) or spot == self._folder:
            return
        if into == "link":
            self._link(spot)
        else:
            self._write(spot if was_directory else spot / "a.txt", text)

    def _undo(self) -> None:
        if self._before is not None and not is_below_a_file(self._folder, self._before[0]):
            self._write(*self._before)

    def _recreate(self, spot: Path, text: str) -> None:
        if spot.is_file() and not spot.is_symlink():
            self.remakes(spot, digest(content_of(text)))  # while it is the very file that the engine knows
            self._delete(spot)
            self._write(spot, text)

    def _a_copy(self) -> Path | None:
        return min((path for path in visible(self._folder) if "(conflict " in path.name), default=None)
