"""Sizes and thumbnails of pictures, by Pillow; whatever is wrong with a file, it is merely no picture.

Law: no picture larger than MOST_PIXELS is ever decoded; a thumbnail is made when first asked for, and kept.
"""

from __future__ import annotations

import mimetypes
import struct
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from PIL import Image

MOST_PIXELS = 64_000_000
# What Pillow raises on files that are not what they say; found by reading its plugins.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)
# Pillow's own limit warns once per process and raises later; ours is checked before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@dataclass(frozen=True, slots=True)
class Box:
    """The most that a thumbnail may measure."""

    width: int
    height: int


def prepare() -> None:
    """Reads the system's table of types and Pillow's plugins, which else each of the first requests at once would read.
    Repeatable."""
    mimetypes.init()
    Image.init()


def measure(path: Path) -> tuple[int, int] | None:
    """Width and height if the file is a picture; only its header is read."""
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            return picture.size
    except _BROKEN:
        return None


def media_type(filename: str) -> str:
    """The type that a file's name says."""
    return mimetypes.guess_type(filename, strict=False)[0] or "application/octet-stream"


def fitted(width: int, height: int, box: Box) -> tuple[int, int]:
    """The size of a picture scaled down, never up, to fit a box."""
    scale = min(1.0, box.width / width, box.height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(source: Path, folder: Path, box: Box) -> Path | None:
    """A JPEG of at most this size, kept in `folder`; None if the file is no picture, broken or too large."""
    kept = folder / f"{source.name}-{box.width}x{box.height}.jpg"
    if kept.exists():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{uuid4().hex}.tmp"
    try:
        with Image.open(source, formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (box.width, box.height))
            whole = picture if picture.mode in ("RGB", "RGBA", "L", "LA") else picture.convert("RGBA")
            whole.thumbnail((box.width, box.height))
            scaled = whole.convert("RGBA")
            flat = Image.new("RGB", scaled.size, "white")
            flat.paste(scaled, mask=scaled)
            flat.save(new, "JPEG", quality=70)
        new.replace(kept)
    except _BROKEN:
        new.unlink(missing_ok=True)
        return None
    return kept


def sweep(folder: Path, named: set[str]) -> None:
    """Drop the thumbnails of blobs that are not named any more, and what a crash left half made."""
    if folder.exists():
        for kept in folder.iterdir():
            if kept.name.partition("-")[0] not in named:
                kept.unlink()


def offered(width: int, height: int) -> dict[str, tuple[int, int]]:
    """The sizes in which a picture of this size is shown, by name, in the order of v1's `files`."""
    boxes = {"150": Box(150, 150), "300W": Box(300, height), "200H": Box(width, 200), "fullview": Box(1024, 1024)}
    return {name: fitted(width, height, box) for name, box in boxes.items()}
