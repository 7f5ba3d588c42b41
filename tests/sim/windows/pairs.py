"""Situations of two machines: each has something to tell, and the second runs a cycle in the windows of the first's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.sim.windows.steps import CYCLE, QUIET, Situation, base, here
from tests.sim.world import Step


def _changes(on: str) -> Mapping[str, Sequence[Step]]:
    """What a person did at one machine, other names and bytes at each."""
    text, renamed, directory = {"a": ("v5", "r.txt", "E"), "b": ("v6", "s.txt", "F")}[on]
    cycle = {**CYCLE, "on": on}
    return {
        "nothing": [],
        "edited": [here("write", "x.txt", on=on, text=text)],
        "saved anew": [here("save", "x.txt", on=on, text=text)],
        "renamed": [here("rename", "x.txt", on=on, to=renamed)],
        "edited and renamed": [here("write", "x.txt", on=on, text=text), here("rename", "x.txt", on=on, to=renamed)],
        "moved": [here("rename", "x.txt", on=on, to="D/x.txt")],
        "moved to a new directory": [here("rename", "x.txt", on=on, to=f"{directory}/x.txt")],
        "deleted": [here("delete", "x.txt", on=on), cycle],
        "new": [here("write", "n.txt", on=on, text=text)],
        "new, equal bytes": [here("write", "n.txt", on=on, text="v9")],
        "new in a new directory": [here("write", "E/n.txt", on=on, text=text)],
        "directory renamed": [here("rename", "D", on=on, to=directory)],
        "directory deleted": [here("delete", "D", on=on), cycle],
        "swapped": [here("swap", "D/y.txt", on=on, to="D/z.txt")],
        "moved to the root": [here("rename", "D/y.txt", on=on, to="y.txt")],
        "renamed over another": [here("rename", "D/y.txt", on=on, to="x.txt")],
    }


class Pair(Situation):
    """A situation of two machines."""

    @property
    def head(self) -> list[Step]:
        """All steps before the window."""
        return [*base("ab"), *self.steps]


OTHER = [{**CYCLE, "on": "b"}]
"""What happens in the windows: the other machine's cycle."""
PAIRS = {
    f"{one} on a, {other} on b": Pair(f"{one} on a, {other} on b", (), [*first, *second, QUIET])
    for one, first in _changes("a").items()
    for other, second in _changes("b").items()
}
