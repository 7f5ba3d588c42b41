"""`syncd demo --once`: one exchange in both directions over real HTTP, told step by step and checked after each.

Law: it believes nothing that syncd says of itself; what counts is what the website shows and what the folder holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from syncd.cli import render, samples
from syncd.cli.output import Document, count, say
from syncd.cli.stage import MIRROR, Stage
from syncd.cli.website import Shown, Website
from syncd.cli.wiring import wiring
from syncd.config import Settings
from syncd.daemon import perform

CHANGING = {"submit", "delete", "move", "update", "folder", "rename", "position"}


@dataclass(slots=True)
class Play:
    """The demo as it goes: its two sides, and what was not as promised."""

    stage: Stage
    settings: Settings
    website: Website
    broken: list[str] = field(default_factory=list)
    steps: int = 0

    def step(self, told: str) -> None:
        """A headline."""
        self.steps += 1
        say(f"\n{self.steps}. {told}")

    def sync(self) -> Document:
        """`syncd sync`, as a user would run it."""
        answer = perform(self.settings, wiring(), MIRROR, "sync", {})
        say("   $ syncd sync")
        for line in render.sync(answer.document).splitlines():
            say(f"     {line}")
        for error in render.rows_of(answer.document, "errors"):
            say(f"     {error.get('error')}: {error.get('message')}")
        self.expect(answer.exit_code == 0, "everything is settled")
        return answer.document

    def expect(self, holds: bool, promise: str) -> None:
        """A promise, and whether it was kept."""
        say(f"   {'ok' if holds else 'BROKEN'}  {promise}")
        if not holds:
            self.broken.append(f"step {self.steps}: {promise}")

    def files(self) -> dict[str, str]:
        """The hash of every file of the folder."""
        top = self.stage.folder
        found = (path for path in sorted(top.rglob("*")) if path.is_file() and ".syncd" not in path.parts)
        return {path.relative_to(top).as_posix(): digest(path.read_bytes()) for path in found}

    def titled(self, title: str) -> Shown | None:
        """The item of that title, as the website shows it."""
        return next((item for item in self.website.items().values() if item.title == title), None)

    def trashed(self) -> set[str]:
        """The hashes of what lies in the trash."""
        trash = self.stage.folder / ".syncd" / "trash"
        return {digest(path.read_bytes()) for path in trash.rglob("*") if path.is_file()}


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def play(stage: Stage, settings: Settings, website: Website) -> int:
    """Plays all of it; 0 if every promise was kept, 1 otherwise."""
    say(f"An embedded Sta.sh at {settings.mirrors[0].server}, and the folder {stage.folder}.")
    going = Play(stage, settings, website)
    for act in ACTS:
        act(going)
    if going.broken:
        say(f"\n{count(len(going.broken), 'promise')} broken:")
        say("\n".join(f"   {promise}" for promise in going.broken))
        return 1
    say("\nBoth sides hold the same. `syncd demo` without --once keeps the mirror running for you to play with.")
    return 0


def first_mirror(going: Play) -> None:
    """Server -> folder."""
    items = going.website.items()
    going.step(f"The website shows {count(len(items), 'artwork')}; the folder is empty.")
    going.sync()
    wanted = {"Sketches/Fox at dawn.png", "Sketches/Harbour.jpg", "Grand swell.png", "Notes.txt"}
    files = going.files()
    going.expect(set(files) == wanted, f"{count(len(wanted), 'file')} here, named after their titles, in their stacks")
    going.expect(
        sorted(files.values()) == sorted(item.sha256 for item in items.values()), "each with the bytes of its item"
    )


def new_file(going: Play) -> None:
    """Folder -> server."""
    going.step("A new picture is saved as Sketches/Night harbour.png.")
    content = samples.picture("PNG", (480, 300), samples.harbour)
    (going.stage.folder / "Sketches" / "Night harbour.png").write_bytes(content)
    going.sync()
    item = going.titled("Night harbour")
    going.expect(item is not None and item.sha256 == digest(content), "the website shows it, with exactly these bytes")


def renamed_here(going: Play) -> None:
    """A rename is one changing request without content."""
    going.step("Grand swell.png is renamed to Small swell.png.")
    before = going.titled("Grand swell")
    (going.stage.folder / "Grand swell.png").rename(going.stage.folder / "Small swell.png")
    document = going.sync()
    after = going.titled("Small swell")
    going.expect(bool(before and after and before.itemid == after.itemid), "the same item has the new title")
    traffic = document.get("bytes")
    going.expect(isinstance(traffic, dict) and not traffic["up"] and not traffic["down"], "no content was sent")


def edited_there(going: Play) -> None:
    """A remote edit: another file, another title."""
    going.step("At the website, Fox at dawn gets another picture, and Notes another title.")
    fox, notes = going.titled("Fox at dawn"), going.titled("Notes")
    content = samples.picture("PNG", (900, 500), samples.fox)
    if fox is not None and notes is not None:
        going.website.replace(fox.itemid, "fox.png", content)
        going.website.rename(notes.itemid, "Diary")
    going.sync()
    files = going.files()
    going.expect(files.get("Sketches/Fox at dawn.png") == digest(content), "the file here has the new picture")
    going.expect(
        files.get("Diary.txt") == digest(samples.NOTES) and "Notes.txt" not in files, "Notes.txt is Diary.txt now"
    )


def deleted_here(going: Play) -> None:
    """A deletion here."""
    going.step("Small swell.png is deleted in the folder.")
    gone = going.stage.folder / "Small swell.png"
    content = digest(gone.read_bytes()) if gone.exists() else ""
    gone.unlink(missing_ok=True)
    going.sync()
    going.expect(going.titled("Small swell") is None, "its item is gone from the website")
    going.expect(
        content in going.trashed(), "its bytes are in the trash, from where `syncd trash restore` brings them back"
    )


def deleted_there(going: Play) -> None:
    """A deletion there."""
    going.step("Diary is deleted at the website.")
    diary = going.titled("Diary")
    if diary is not None:
        going.website.delete(diary.itemid)
    going.sync()
    going.expect("Diary.txt" not in going.files(), "its file is gone from the folder")
    going.expect(digest(samples.NOTES) in going.trashed(), "its bytes are in the trash")


def all_equal(going: Play) -> None:
    """At rest."""
    going.step("Nothing happens any more.")
    document = going.sync()
    requests = document.get("requests")
    changing = {name for name in requests if name in CHANGING} if isinstance(requests, dict) else {"unknown"}
    going.expect(not document.get("actions") and not changing, "nothing was changed on either side")
    files, items = going.files(), going.website.items()
    same = sorted((Path(path).stem, sha) for path, sha in files.items()) == sorted(
        (i.title, i.sha256) for i in items.values()
    )
    going.expect(same, f"{count(len(files), 'file')} and {count(len(items), 'item')} agree in name and in every byte")


ACTS: tuple[Callable[[Play], None], ...] = (
    *(first_mirror, new_file, renamed_here, edited_there, deleted_here, deleted_there, all_equal),
)
