"""The planner on folders: every pair of changes, swaps, nesting, and random trees, with items in them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from syncd.core import names
from syncd.core.actions import AgreeFolder, MoveDirectory, RenameFolder
from syncd.core.model import Abilities, Direction
from syncd.core.state import Seen
from tests.core.world import ALL, DRAFT, Toy

FIRST, SECOND, INNER = 51, 52, 53
Change = Callable[[Toy], None]


def house(abilities: Abilities = ALL, direction: Direction = Direction.TWO_WAY) -> Toy:
    """Folders A and B, and C in A (nested, or titled `A / C`), an item in each."""
    toy = Toy(direction=direction, abilities=abilities)
    toy.folder(FIRST, "A")
    toy.folder(SECOND, "B")
    nested = abilities.nested
    toy.folder(INNER, "A/C", title="C" if nested else "A / C", parent=FIRST if nested else None)
    for itemid, folder, path in ((1, FIRST, "A/x.png"), (2, SECOND, "B/x.png"), (3, INNER, "A/C/x.png")):
        toy.agree(itemid, path, f"work {itemid}", folder=folder)
    return toy


def run(toy: Toy, rounds: int = 10) -> None:
    before = toy.contents()
    for _ in range(rounds):
        check(toy)
        if not toy.cycle()[0]:
            break
    assert not toy.settle(1).waiting, toy.log
    assert before <= toy.contents()
    for itemid, agreed in toy.agreed.items():
        there = toy.remote[itemid]
        if toy.direction is Direction.PUSH and there.seen is not Seen.LIVE:
            continue  # what others delete is left alone
        assert there.seen is Seen.LIVE
        assert toy.disk[agreed.path].content == there.content
        if toy.direction is not Direction.PUSH:
            assert (agreed.title, agreed.folder) == (there.title, there.folder), toy.log
            home = toy.agreed_folders[agreed.folder].path if agreed.folder else ""
            assert names.parent_of(agreed.path) == home, toy.log
    paths = [folder.path for folder in toy.agreed_folders.values() if folder.id in toy.folders]
    assert len(paths) == len(set(paths)), toy.log


def check(toy: Toy) -> None:
    actions = toy.plan_folders()
    assert actions == toy.plan_folders(list(reversed(toy.folder_states())))
    acted = [a.folder.id if isinstance(a, AgreeFolder) else a.agreed.id for a in actions]
    assert len(acted) == len(set(acted)), actions
    for action in actions:
        if toy.direction is Direction.PULL:
            assert not isinstance(action, RenameFolder)
        if toy.direction is Direction.PUSH:
            assert not isinstance(action, MoveDirectory)
            assert not isinstance(action, AgreeFolder) or not action.make


def retitle(folder: int, title: str, parent: int | None = None) -> Change:
    def change(toy: Toy) -> None:
        others = [pair for other, pair in toy.folders.items() if other != folder]
        if (title, parent) not in others and (parent is None or toy.abilities.nested):
            toy.folders[folder] = title, parent

    return change


def rename(source: str, target: str) -> Change:
    def change(toy: Toy) -> None:
        if source in toy.directories and target not in toy.directories and not names.within(target, source):
            toy.rename_directory(source, target)

    return change


def swap_titles(toy: Toy) -> None:
    toy.folders[FIRST], toy.folders[SECOND] = toy.folders[SECOND], toy.folders[FIRST]


def swap_directories(toy: Toy) -> None:
    toy.rename_directory("A", "aside")
    toy.rename_directory("B", "A")
    toy.rename_directory("aside", "B")


def vanish_here(toy: Toy) -> None:
    for path in [path for path in toy.disk if names.within(path, "B")]:
        del toy.disk[path]
    toy.directories.pop("B", None)


def vanish_there(toy: Toy) -> None:
    toy.folders.pop(SECOND, None)
    for there in toy.remote.values():
        if there.folder == SECOND:
            there.seen = Seen.DELETED


def new_there(title: str, parent: int | None = None) -> Change:
    def change(toy: Toy) -> None:
        if (title, parent) not in toy.folders.values() and (parent is None or toy.abilities.nested):
            folder = toy.number()
            toy.folders[folder] = title, parent
            toy.remote[toy.number()] = there_item(folder, f"in {title}")

    return change


def there_item(folder: int, content: str):  # type: ignore[no-untyped-def]
    from tests.core.world import There

    return There("x", folder, content)


def new_here(directory: str) -> Change:
    return lambda toy: toy.write(f"{directory}/new.png", f"new in {directory}")


THERE: dict[str, Change] = {
    "nothing": lambda toy: None,
    "A to Z": retitle(FIRST, "Z"),
    "A to a": retitle(FIRST, "a"),
    "A to A / B": retitle(FIRST, "A / D"),
    "B into A": retitle(SECOND, "B", FIRST),
    "B to C in A": retitle(SECOND, "C", FIRST),
    "C to root": retitle(INNER, "C"),
    "C to A / C": retitle(INNER, "A / C"),
    "C into B": retitle(INNER, "C", SECOND),
    "C to x.png": retitle(INNER, "x.png", FIRST),
    "swap": swap_titles,
    "B gone": vanish_there,
    "new b": new_there("b"),
    "new A / C": new_there("A / C"),
    "new C in B": new_there("C", SECOND),
    "new D / E": new_there("D / E"),
    "new .tmp": new_there("junk.tmp"),
    "new dots": new_there(".. / ."),
}
HERE: dict[str, Change] = {
    "nothing": lambda toy: None,
    "A to Y": rename("A", "Y"),
    "A to a": rename("A", "a"),
    "B into A": rename("B", "A/B"),
    "A/C to C": rename("A/C", "C"),
    "A/C into B": rename("A/C", "B/C"),
    "A/C to A/D/C": rename("A/C", "A/D/C"),
    "swap": swap_directories,
    "B gone": vanish_here,
    "new file in A": new_here("A"),
    "new file in N/M": new_here("N/M"),
    "new file in D/E": new_here("D/E"),
}


@pytest.mark.parametrize("abilities", [ALL, DRAFT], ids=["v1", "draft"])
@pytest.mark.parametrize("direction", list(Direction))
def test_every_pair_of_changes_settles(abilities: Abilities, direction: Direction) -> None:
    failed = []
    for (there, change_there), (here, change_here) in product(THERE.items(), HERE.items()):
        toy = house(abilities, direction)
        if (there, here) == ("new C in B", "A/C into B") and direction is not Direction.PULL:
            continue  # refused by the server, which wants titles of siblings to differ: a failure for a person
        try:
            change_there(toy)
            change_here(toy)
            run(toy)
        except Exception as error:  # noqa: BLE001 - all failures are listed together
            failed.append(f"{there} / {here}: {type(error).__name__} {str(error)[:1500]}")
    assert not failed, (len(failed), failed[:4])
