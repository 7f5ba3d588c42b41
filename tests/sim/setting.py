"""What one simulation is set in: the server's habits, the mirror's policy, and which laws of the disk hold."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any

from syncd.core.guard import Brake
from syncd.core.model import Direction, Keep
from syncd.engine import Policy
from syncd.server.choices import Choices, SubmitAnswer, TitleRule

HABITS: dict[str, tuple[Any, ...]] = {
    "named_leaf": (True,),
    "leaves_listed": (False,),
    "moved_item_listed": (False,),
    "parents_first": (False,),
    "ghosts_listed": (True,),
    "stack_name_appends": (False,),
    "submit_answers_leaf": (True,),
    "cursor_changes_across_pages": (True,),
    "reset_on_every_page": (True,),
    "reset_after_changes": (2, 6),
    "unknown_id_status": (404,),
    "html_listed": (False,),
    "title_length": (3, 30),
    "submit_answer": ("BLANK_SUCCESS",),
    "title_rule": ("UNTITLED", "FILENAME"),
}
_NAMED: dict[str, Any] = {"submit_answer": SubmitAnswer, "title_rule": TitleRule}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; a tape begins with it.

    `watch`: exact, lossy, late, or split (of a move only one name is told). `encodes`: the server writes pictures anew.
    `power`: what is not synced is known, so that a power loss can take it. `ids`: the seed of the server's ids.
    """

    dialect: str = "v1"
    machines: int = 1
    habits: dict[str, Any] = field(default_factory=dict)
    page: int = 100
    keep: str = "both"
    transfers: int = 8
    brake: int = 10
    watch: str = "exact"
    backwards: bool = False
    reuse: bool = True
    births: bool = True
    answer: str = "confirm"
    direction: str = "two-way"
    encodes: bool = False
    power: bool = False
    ids: int = 1

    @property
    def choices(self) -> Choices:
        """The server's."""
        return Choices(**{key: _NAMED[key][value] if key in _NAMED else value for key, value in self.habits.items()})

    @property
    def policy(self) -> Policy:
        """The mirrors'."""
        brake = Brake(20, self.brake)
        direction = Direction(self.direction)
        return Policy(direction=direction, keep=Keep(self.keep), brake=brake, reserve=0, transfers=self.transfers)

    def told(self) -> dict[str, Any]:
        """As a tape has it: only what is not usual."""
        usual = asdict(Setting())
        return {key: value for key, value in asdict(self).items() if value != usual[key]}


def drawn(source: random.Random, *, machines: int | None = None) -> Setting:
    """A setting by chance: mostly a usual one, with up to two unusual habits."""
    habits = {
        name: source.choice(HABITS[name]) for name in source.sample(sorted(HABITS), source.choice((0, 0, 0, 1, 2)))
    }
    encodes = source.random() < 0.1
    if encodes:  # a server that never answers, and keeps other bytes than were sent, cannot be understood by anybody
        habits.pop("submit_answer", None)
    return Setting(
        dialect=source.choice(("v1", "v1", "draft15")),
        machines=machines or source.choice((1, 1, 1, 1, 2)),
        habits=habits,
        page=source.choice((100, 100, 4, 2)),
        keep=source.choice(("both", "both", "both", "local", "remote")),
        transfers=source.choice((1, 8)),
        brake=source.choice((10, 10, 1)),
        watch=source.choice(("exact", "exact", "lossy", "late", "split")),
        backwards=source.random() < 0.5,
        reuse=source.random() < 0.7,
        births=source.random() < 0.7,
        answer=source.choice(("confirm", "confirm", "reject")),
        direction=source.choice(("two-way",) * 8 + ("pull", "push")),
        encodes=encodes,
        power=source.random() < 0.2,
        ids=source.randrange(1, 10**6),
    )
