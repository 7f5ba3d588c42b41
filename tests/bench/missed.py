"""Why bounds are missed, in words: missed.md, by the beginning of the rows' names."""

from __future__ import annotations

from pathlib import Path


def sections(text: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = (part.partition("\n") for part in text.split("\n## ")[1:])
    return {heading.strip(): " ".join(body.split()) for heading, _, body in parts}


WHY = sections(Path(__file__).with_name("missed.md").read_text(encoding="utf-8"))
