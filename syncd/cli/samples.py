"""Artworks for the demo, drawn on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

NOTES = b"A fox, a harbour and the sea, drawn for the demo of syncd.\n"


@dataclass(frozen=True, slots=True)
class Artwork:
    """One artwork: its title, the name and bytes of its file, and the stack that it is in ("" for none)."""

    title: str
    filename: str
    content: bytes
    stack: str = ""


def artworks() -> tuple[Artwork, ...]:
    """What is on the website when the demo begins."""
    return (
        Artwork("Fox at dawn", "fox.png", picture("PNG", (640, 420), fox), "Sketches"),
        Artwork("Harbour", "harbour.jpg", picture("JPEG", (1024, 640), harbour), "Sketches"),
        Artwork("Grand swell", "swell.png", picture("PNG", (320, 200), sea)),
        Artwork("Notes", "notes.txt", NOTES),
    )


def picture(kind: str, size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw, int, int], None]) -> bytes:
    """A picture with a sky, drawn upon."""
    width, height = size
    image = Image.new("RGB", size)
    pen = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        pen.line([(0, y), (width, y)], fill=(int(250 - 130 * share), int(190 - 90 * share), int(120 + 60 * share)))
    draw(pen, width, height)
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def fox(pen: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """A fox before the sun."""
    pen.ellipse([width * 0.55, height * 0.1, width * 0.85, height * 0.1 + width * 0.3], fill=(255, 236, 179))
    pen.rectangle([0, height * 0.8, width, height], fill=(62, 74, 61))
    left, top = width * 0.2, height * 0.45
    pen.polygon(
        [(left, top), (left + width * 0.24, top), (left + width * 0.12, top + height * 0.35)], fill=(204, 85, 0)
    )
    for ear in (left, left + width * 0.16):
        pen.polygon(
            [(ear, top), (ear + width * 0.08, top), (ear + width * 0.04, top - height * 0.18)], fill=(204, 85, 0)
        )


def harbour(pen: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """Two boats."""
    pen.rectangle([0, height * 0.6, width, height], fill=(38, 84, 124))
    for at in (0.2, 0.6):
        left, water = width * at, height * 0.7
        pen.polygon(
            [(left, water), (left + 180, water), (left + 140, water + 50), (left + 40, water + 50)], fill="brown"
        )
        pen.polygon([(left + 90, water - 10), (left + 90, water - 190), (left + 170, water - 10)], fill="white")


def sea(pen: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """Waves."""
    for row in range(6):
        for at in range(0, width, 40):
            top = height * 0.4 + row * 20
            pen.arc([at, top, at + 40, top + 30], 180, 360, fill=(20, 60, 110), width=3)
