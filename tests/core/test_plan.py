"""The planner on single items: every state, under every direction and policy."""

from __future__ import annotations

from itertools import product

import pytest

from syncd.core.model import Direction, Keep
from tests.core.pairs import run
from tests.core.single import Case, cases, house, stand


@pytest.mark.parametrize(("direction", "keep"), list(product(Direction, Keep)))
def test_every_state_of_one_item_keeps_the_laws_and_settles(direction: Direction, keep: Keep) -> None:
    """Enumerated: 624 states under 3 directions and 3 policies, 5,616 in all, each beside an item that is well.

    Every plan is the same whatever the order of the states (I18), deletes nothing by a guess (I3), loses no bytes in a
    symbolic executor (I1), and after at most 10 rounds nothing is planned any more (I15)."""
    for case in cases():
        toy = house(direction, keep)
        stand(toy, 9, "A/Fox.png", case)
        stand(toy, 10, "A/Bystander.png", Case("same", "same"))
        try:
            run(toy)
        except Exception as error:
            raise AssertionError(f"{case}: {error}") from error
