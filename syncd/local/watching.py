"""The words for how changes on the disk are noticed, for those who only tell of it."""

from __future__ import annotations

from enum import StrEnum


class Watching(StrEnum):
    """How changes on the disk are noticed."""

    INOTIFY = "inotify"
    POLLING = "polling"
    OFF = "off"
