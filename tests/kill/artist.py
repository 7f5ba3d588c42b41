"""Somebody who works on both sides at once, while syncd runs and dies: files here by system calls, items over HTTP."""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.blackbox.artist import WRAPPER, Artist
from tests.kill.ledger import Ledger

FOLDERS = ("", "", "Sketches", "Ink", "Sketches/Old", "Inbox")
WORDS = ("Fox", "Hen", "Owl", "Elk", "fox", "Füchsin", "a.b", "Sta.sh Uploads 3")
NOREPLACE, EXCHANGE = 1, 2
_renameat2 = ctypes.CDLL(None, use_errno=True).renameat2


def rename(source: Path, target: Path, flags: int) -> None:
    """renameat2(2): never over what is there, or in exchange for it, in one step."""
    if _renameat2(-100, os.fsencode(source), -100, os.fsencode(target), flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))


def png(width: int, height: int) -> bytes:
    """A small picture, whole by itself; what follows it belongs to nobody."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress((b"\0" + b"\x80\x40\x20" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@dataclass
class Worker:
    """One artist: `folder` is the mirrored one, `desk` a place of their own on the same file system.

    `site` is the stash without syncd in between; whoever changes it holds `together`, as syncd's requests do.
    """

    folder: Path
    desk: Path
    site: Artist
    ledger: Ledger
    random: random.Random
    together: Any
    most: int = 24
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def act(self) -> str:
        """Does one thing; what it was, in a word; "" if it could not be done now."""
        crowded = len(self.files()) > self.most
        here = [(self.write, 5), (self.edit, 4), (self.shift, 3), (self.delete, 6 if crowded else 1)]
        there = [
            (self.add, 4),
            (self.replace, 4),
            (self.retitle, 2),
            (self.move, 2),
            (self.withdraw, 6 if crowded else 1),
        ]
        steps: list[Callable[[], object]] = [step for step, _ in (*here, *there)]
        (step,) = self.random.choices(steps, [weight for _, weight in (*here, *there)])
        try:
            if step in [each for each, _ in there]:
                with self.together:
                    step()
            else:
                step()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
                raise
            return ""
        except (LookupError, StopIteration):
            return ""
        return step.__name__

    # --- here

    def files(self) -> list[Path]:
        """Every visible file."""
        found: list[Path] = []
        for base, directories, names in os.walk(self.folder):
            if Path(base) == self.folder:
                directories.remove(".syncd")
            found += [Path(base, name) for name in names]
        return found

    def write(self) -> None:
        name = f"{self.random.choice(WORDS)}{self.random.choice(('', ' 2', ' 3'))}"
        target = self.folder / self.random.choice(FOLDERS) / f"{name}.{self.random.choice(('txt', 'png'))}"
        self.write_as(target, self.content(target.suffix))

    def write_as(self, target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self.ledger.wrote(content, f"here as {target.name!r}")
        try:
            rename(self.prepared(content), target, NOREPLACE)
        except OSError:
            self.ledger.let_go(content)
            raise

    def edit(self) -> None:
        target = self.random.choice(self.files())
        content = self.content(target.suffix)
        copy = self.prepared(content)
        self.ledger.wrote(content, f"here over {target.name!r}")
        try:
            rename(copy, target, EXCHANGE)
        except OSError:
            self.ledger.let_go(content)
            raise
        self.ledger.let_go(copy.read_bytes())

    def shift(self) -> None:
        source = self.random.choice(self.files())
        target = self.folder / self.random.choice(FOLDERS) / f"{self.random.choice(WORDS)}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        rename(source, target, NOREPLACE)

    def delete(self) -> None:
        copy = self.desk / f"gone {next(self.numbers)}"
        rename(self.random.choice(self.files()), copy, NOREPLACE)
        self.ledger.let_go(copy.read_bytes())

    def prepared(self, content: bytes) -> Path:
        copy = self.desk / f"new {next(self.numbers)}"
        copy.write_bytes(content)
        return copy

    def content(self, suffix: str) -> bytes:
        """Bytes that never were before; of a picture, with its size."""
        body = b"version %d " % next(self.numbers) + self.random.randbytes(self.random.choice((10, 900, 70_000)))
        return (png(self.random.randint(1, 40), 9) if suffix == ".png" else b"") + body

    # --- there

    def entries(self) -> list[Any]:
        """The entries of all items."""
        return [each for each in self.site.entries() if each.get(self.site.item_id) and each["metadata"]]

    def chosen(self) -> tuple[int, Any]:
        entry = self.random.choice(self.entries())
        return int(entry[self.site.item_id]), entry["metadata"]

    def add(self) -> None:
        suffix = self.random.choice((".txt", ".png"))
        content = self.content(suffix)
        name = f"{self.random.choice(WORDS)}{suffix}"
        itemid = self.site.add(name, content, self.random.choice(FOLDERS[:5]).replace("/", " / "))
        self.ledger.wrote(content, f"there as {name!r}", itemid)

    def replace(self) -> None:
        itemid, told = self.chosen()
        before = self.site.original(told)
        self.replace_by(itemid, before, self.content(".png" if before.startswith(b"\x89PNG") else ".txt"))

    def replace_by(self, itemid: int, before: bytes, content: bytes) -> None:
        self.site.replace(itemid, "again.png" if content.startswith(b"\x89PNG") else "again.txt", content)
        self.ledger.let_go(before)
        self.ledger.wrote(content, f"there over item {itemid}", itemid)

    def withdraw(self) -> None:
        itemid, told = self.chosen()
        before = self.site.original(told)
        self.site.delete(itemid)
        self.ledger.let_go(before)

    def retitle(self) -> None:
        self.site.rename(self.chosen()[0], self.random.choice(WORDS))

    def move(self) -> None:
        itemid, _ = self.chosen()
        folders = {title for title in self.site.folders(self.site.entries()).values() if not WRAPPER.fullmatch(title)}
        self.site.move(itemid, self.random.choice(sorted(folders)))
