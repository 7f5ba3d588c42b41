"""What situations are, and the steps that they are made of, as a tape has them.

Before each situation both sides agree on three items: `x.txt` (v1) at the root, `D/y.txt` (v2) and `D/z.txt` (v3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.sim.world import Step

CYCLE: Step = {"do": "cycle", "on": "a"}
QUIET: Step = {"do": "wait", "seconds": 6}
"""So long that every file is quiet, and what is missing is known to be gone (W31)."""


def here(do: str, path: str = "", *, on: str = "a", **words: Any) -> Step:
    """What the person at the machine does."""
    return {"do": do, "on": on, **({"path": path} if path else {}), **words}


def there(do: str, **words: Any) -> Step:
    """What somebody does on the website."""
    return {"do": f"there.{do}", **words}


def submitted(text: str, name: str, title: str = "", **words: Any) -> Step:
    """A new item, titled as its file is named."""
    return there("submit", text=text, title=title or name.partition(".")[0], name=name, **words)


def lost(seam: str) -> Step:
    """A cycle in which the answer to this request is lost, so that nobody knows whether it was carried out."""
    return struck(seam, "answer-lost")


def struck(seam: str, kind: str) -> Step:
    """A cycle with a fault at this seam."""
    return {**CYCLE, "during": {seam: [{"do": "fault", "kind": kind}]}}


def base(machines: str = "a") -> list[Step]:
    """All machines have the three items."""
    look = [{**CYCLE, "on": on} for on in machines]
    items = [submitted("v1", "x.txt"), submitted("v2", "y.txt", into="D"), submitted("v3", "z.txt", into="D")]
    return [*items, *look, QUIET, *look]


@dataclass(frozen=True, slots=True)
class Situation:
    """`steps` after the base; `setting`: what of the setting must be other; `true_up`: the window is one."""

    name: str
    paths: tuple[str, ...]
    steps: Sequence[Step]
    setting: Mapping[str, Any] = field(default_factory=dict)
    true_up: bool = False

    @property
    def head(self) -> list[Step]:
        """All steps before the window."""
        return [*base(), *self.steps]
