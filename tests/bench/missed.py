"""Why bounds are missed, in words: by the beginning of the rows' names. Written by hand after looking at profiles."""

from __future__ import annotations

WHY: dict[str, str] = {}
