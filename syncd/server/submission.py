"""What a submission makes of an item, and whether there is room for it."""

from __future__ import annotations

from dataclasses import replace

from syncd.server.choices import Choices, TitleRule
from syncd.server.errors import InvalidRequest, QuotaExceeded, TooLarge
from syncd.server.model import Item, Submission


def applied(old: Item | None, sent: Submission, now: int, choices: Choices) -> Item:
    """The item as the submission leaves it; a new one has neither id nor stack yet. Raises InvalidRequest."""
    if old is None and sent.blob is None and sent.html is None:
        raise InvalidRequest({"file": "Please include content to submit."})
    item = old or Item(id=0, stack=None, title=_default_title(sent, choices), created=now)
    if sent.blob is not None or sent.html is not None:
        item = replace(item, blob=sent.blob, html=None if sent.blob is not None else sent.html)
    return replace(
        item,
        title=item.title if sent.title is None else sent.title[: choices.title_length],
        artist_comments=item.artist_comments if sent.artist_comments is None else sent.artist_comments,
        tags=item.tags if sent.tags is None else sent.tags,
        original_url=item.original_url if sent.original_url is None else sent.original_url,
        category=item.category if sent.category is None else sent.category,
        is_dirty=item.is_dirty if sent.is_dirty is None else sent.is_dirty,
    )


def check_room(size: int, replaced: int, used: int, choices: Choices) -> None:
    """Raise TooLarge or QuotaExceeded if an item of `size` may not take the room of `replaced` bytes."""
    if choices.largest_file is not None and size > choices.largest_file:
        raise TooLarge(size)
    if size > replaced and used - replaced + size > choices.total_space:
        raise QuotaExceeded(choices.total_space, used)


def _default_title(sent: Submission, choices: Choices) -> str:
    filename = sent.blob.filename if sent.blob is not None else ""
    stem = filename.rpartition(".")[0] or filename
    rules = {
        TitleRule.STEM: stem,
        TitleRule.SPACED_STEM: stem.replace("_", " "),
        TitleRule.FILENAME: filename,
        TitleRule.UNTITLED: "",
    }
    return rules[choices.title_rule][: choices.title_length]
