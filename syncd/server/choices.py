"""What nobody documented about Sta.sh, as one value; every field is a choice that tests may turn.

The numbers in brackets are the sections of the API reference (8: not established, 9: must be chosen).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class TitleRule(Enum):
    """The title of a submission that was sent without one [8.5]."""

    STEM = auto()
    SPACED_STEM = auto()
    FILENAME = auto()
    UNTITLED = auto()


class FilesRule(Enum):
    """What several files in one submission give: one item of the first or last, or a refusal [8.5]."""

    FIRST = auto()
    LAST = auto()
    REFUSE = auto()


class SubmitAnswer(Enum):
    """How v1 answers a submission since 20151014 [1.10]: plainly, errors as a padded 200, or success as a blank one."""

    PLAIN = auto()
    PADDED_ERRORS = auto()
    BLANK_SUCCESS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """One server's habits. The defaults are the likeliest reading of the reference."""

    # Of delta: sections 8.3, 8.6, 8.7.
    reset_on_every_page: bool = False
    cursor_changes_across_pages: bool = False
    parents_first: bool = True
    leaves_listed: bool = True
    """v1: stacks that hold an item are entries of their own, beside the item."""
    moved_item_listed: bool = True
    """v1: moving a leaf lists its item too, not only the leaf (always, as for a rename, when leaves are not listed)."""
    ghosts_listed: bool = False
    """What came and went between two cursors is told as a tombstone."""
    reset_after_changes: int | None = None
    """More changes than this since the cursor: full listing with `reset`."""
    v1_page: int = 120
    """v1: a page holds no more entries, also where `limit` asks for more."""
    draft_page: int = 100
    draft_null_next_offset: bool = False
    """Drafts: `next_offset` is null on the last page instead of absent."""

    # Of stacks: sections 8.5.
    named_leaf: bool = False
    """A new named stack holds its first item itself, instead of in a leaf of the item's own."""
    stack_name_appends: bool = True
    """v1: a submission with the title of a stack at the root joins it instead of making a second one."""
    submit_answers_leaf: bool = False
    """v1: `stackid` in a submission's answer is the item's own leaf instead of the named stack."""

    # Of submissions: sections 8.5.
    title_rule: TitleRule = TitleRule.STEM
    title_length: int | None = None
    """Titles are cut to this many characters."""
    files_rule: FilesRule = FilesRule.FIRST
    submit_answer: SubmitAnswer = SubmitAnswer.PLAIN
    total_space: int = 10 * 1024**3
    largest_file: int | None = None

    # Of wire: sections 8.2, 8.4, 8.8.
    refuse_large_limit: bool = False
    """v1: `limit` over 120 is an error 400 instead of 120."""
    unknown_id_status: int = 400
    """v1: the HTTP status for an unknown item or stack."""
    html_listed: bool = True
    """v1: a Writer item's `html` is in the delta and in contents too, not only in item/{id}."""
    empty_map_as_list: bool = False
    """v1: an empty map is serialised as `[]`."""
    removed_reads: bool = False
    """Every stash endpoint but submit and publish is gone, as of version 20240701."""
    requests_per_window: int | None = None
    window_seconds: float = 60.0
    limit_is_the_applications: bool = False
    """The limit is told as the application's instead of the user's."""
    retry_after: int | None = None
    """Sent as Retry-After with 429 when set."""


DEFAULTS = Choices()
