"""Every way in which one item can stand, as worlds; and how the laws are checked on a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from syncd.core import names
from syncd.core.actions import (
    Conflict,
    DeleteFile,
    DeleteItem,
    Download,
    Follow,
    ItemAction,
    MoveFile,
    MoveItem,
    Replace,
    Retitle,
    Upload,
)
from syncd.core.match import match
from syncd.core.model import Agreed, Direction, Keep, LocalFile
from syncd.core.plan import Plan
from syncd.core.state import Answer, Seen
from syncd.core.steps import subject
from syncd.core.verdicts import Here
from tests.core.world import There, Toy, sha, subject_of

HERE: tuple[str, ...] = (
    "same",
    "edited",
    "rewritten",
    "emptied",
    "gone",
    "renamed",
    "moved",
    "renamed-moved",
)
HERE += ("renamed-edited", "retyped", "hidden", "hidden-gone", "not-agreed", "new", "new-equal", "cased")
THERE: tuple[str, ...] = (
    "same",
    "touched",
    "look",
    "changed",
    "fetched",
    "renamed",
    "moved",
    "renamed-moved",
)
THERE += (
    "renamed-changed",
    "deleted",
    "published",
    "unsure",
    "unseen",
    "ignored-name",
    "held-back",
    "nothing",
    "untyped",
    "typed",
)
FLAGS = ("", "released", "superseded")


@dataclass(frozen=True)
class Case:
    """One item's two sides, by the words above."""

    here: str
    there: str
    flag: str = ""

    @property
    def agreed(self) -> bool:
        return self.here not in {"not-agreed", "new", "new-equal", "cased"}


def cases() -> Iterator[Case]:
    for here, there, flag in product(HERE, THERE, FLAGS):
        case = Case(here, there, flag)
        impossible = {"unseen", "renamed", "moved", "renamed-moved", "renamed-changed", "touched"}
        if not case.agreed and (flag or there in impossible):
            continue
        if case.agreed and there in {"nothing", "untyped"}:
            continue
        yield case


def here(toy: Toy, path: str, how: str, content: str) -> None:
    """A person does this to the file."""
    directory, (stem, extension) = names.parent_of(path), names.split(names.name_of(path))
    other = names.join(directory, f"{stem} anew.{extension}")
    match how:
        case "edited" | "rewritten":
            toy.write(path, f"{content} edited here", anew=how == "rewritten")
        case "emptied":
            toy.write(path, "", anew=False)
        case "gone":
            del toy.disk[path]
        case "hidden-gone":
            del toy.disk[path]
            toy.hidden.add(path)
        case "renamed":
            toy.rename(path, other)
        case "moved":
            toy.rename(path, f"B/{names.name_of(path)}")
        case "renamed-moved":
            toy.rename(path, f"New/{stem} anew.{extension}")
        case "renamed-edited":
            toy.rename(path, other)
            toy.write(other, f"{content} edited here", anew=False)
        case "retyped":
            toy.rename(path, names.join(directory, f"{stem}.jpg"))
        case "hidden":
            toy.hidden.add(path)
        case "new":
            toy.write(path, f"{content} new here")
        case "new-equal":
            toy.write(path, content)
        case "cased":
            toy.write(path.upper(), content)
        case _:
            assert how in {"same", "not-agreed"}


def there(toy: Toy, itemid: int, how: str, content: str) -> None:
    """Somebody does this to the item."""
    item = toy.remote[itemid]
    if "renamed" in how:
        item.title = f"{item.title} there"
    if "moved" in how:
        item.folder = 52
    if "changed" in how or how == "fetched":
        toy.edit_there(itemid, f"{content} changed there")
        item.fetched = how == "fetched"
    match how:
        case "touched" | "look":
            item.version += 1
            item.fetched = how == "touched"
        case "deleted" | "published" | "unsure":
            item.seen = Seen(how)
        case "unseen":
            item.told = False
        case "ignored-name":
            item.title, item.extension = "notes.tmp", "tmp"
        case "held-back":
            item.held_back = True
        case "nothing":
            del toy.remote[itemid]
        case "untyped":
            item.extension = None
        case "typed":
            item.extension = "jpg"


def stand(toy: Toy, itemid: int, path: str, case: Case, folder: int | None = 51) -> None:
    """Puts the item so into the world."""
    content = f"work {itemid}"
    toy.agree(itemid, path, content, folder=folder)
    if not case.agreed:
        del toy.agreed[itemid], toy.disk[path]
    there(toy, itemid, case.there, content)
    here(toy, path, case.here, content)
    flag(toy, itemid, path, case)


def flag(toy: Toy, itemid: int, path: str, case: Case) -> None:
    """What else stands about the agreement."""
    if case.flag:
        toy.agreed[itemid] = replace(
            toy.agreed[itemid], released=case.flag == "released", superseded=case.flag == "superseded"
        )
    if case.flag == "superseded":  # another item has its file
        toy.disk.pop(path, None)


def house(direction: Direction = Direction.TWO_WAY, keep: Keep = Keep.BOTH) -> Toy:
    """A world with two folders, A and B."""
    toy = Toy(direction=direction, keep=keep)
    toy.folder(51, "A")
    toy.folder(52, "B")
    return toy


SENDS = (Upload, Replace, Retitle, MoveItem, DeleteItem)


def check(toy: Toy, plan: Plan) -> None:
    """Every law that holds for one plan, whatever the world."""
    subjects = [subject_of(action) for action in plan.actions]
    assert len(subjects) == len(set(subjects)), plan.actions
    placed = [names.path_key(path) for action in plan.actions if (path := placed_at(action))]
    assert len(placed) == len(set(placed)), plan.actions
    assert plan == toy.plan(list(reversed(toy.states())))
    for action in plan.actions:
        check_action(toy, action)
    for held in plan.held:
        for step in held.steps:
            check_action(toy, step)


def placed_at(action: ItemAction) -> str | None:
    """The path that an action puts something new at."""
    match action:
        case Download():
            return None if action.expected else action.path
        case MoveFile():
            return action.path
        case Conflict():
            return action.copy
    return None


def check_action(toy: Toy, action: ItemAction) -> None:
    """What holds for every action: it touches nothing hidden, names what it saw, and goes the mirror's way."""
    agreed: Agreed | None = getattr(action, "agreed", None)
    file: LocalFile | None = getattr(action, "file", None) or getattr(action, "expected", None)
    itemid = subject_of(action)
    remote = toy.remote.get(itemid) if isinstance(itemid, int) else None
    for path in (agreed.path if agreed else None, file.path if file else None, placed_at(action)):
        assert path is None or not toy.ignored(path), action
    if file:
        assert toy.local(file.path) == file and file.path not in toy.hidden, action
    if agreed:
        assert toy.agreed[agreed.id] == agreed, action
        assert file or agreed.superseded or agreed.path not in toy.hidden, action
    if remote and remote.told and isinstance(itemid, int):
        assert getattr(action, "item", None) in {None, toy.item(itemid)}, action
        assert not remote.held_back or isinstance(action, Follow), action
    rejected = agreed and Answer.REJECT in {toy.answers.get(subject(side, agreed)) for side in ("local", "remote")}
    if toy.direction is Direction.PUSH and not rejected:
        assert not isinstance(action, MoveFile | DeleteFile | Conflict), action
        assert not isinstance(action, Download) or action.path is None, action
    assert toy.direction is not Direction.PULL or not isinstance(action, SENDS), action
    if (remote and remote.seen is Seen.PUBLISHED) or (agreed and agreed.released and not live(remote)):
        assert not isinstance(action, (*SENDS, DeleteFile)), action
    check_loss(toy, action, remote)


def check_loss(toy: Toy, action: ItemAction, remote: There | None) -> None:
    """What is deleted or replaced is exactly the agreed version, or is saved first."""
    match action:
        case DeleteFile():
            assert remote and remote.seen in {Seen.DELETED, Seen.UNSURE}, action
            assert action.file.sha256 == action.agreed.sha256, action
        case DeleteItem():
            assert remote and remote.seen is Seen.LIVE and sha(remote.content) == action.agreed.sha256, action
            found = [s for s in match(toy.states()) if s.agreed == action.agreed]
            assert [s.here for s in found] == [Here.GONE], action
        case Replace():
            assert action.save_theirs or (remote and action.agreed and sha(remote.content) == action.agreed.sha256), (
                action
            )


def live(remote: object) -> bool:
    return getattr(remote, "seen", None) is Seen.LIVE and bool(getattr(remote, "told", False))


def check_settled(toy: Toy, plan: Plan, before: set[str]) -> None:
    """Nothing is lost, and what both sides agree on is equal."""
    lost = before - toy.contents()
    replaced = {a.agreed.sha256 for a in toy.log if isinstance(a, Replace) and a.agreed and not a.save_theirs}
    assert {sha(content) for content in lost} <= replaced | {sha("")}, (lost, toy.log)
    assert not plan.actions
    if any(one.reason == "not-offered" for one in plan.left):
        return
    busy = {subject_of(step) for held in plan.held for step in held.steps}
    still = {w.itemid for w in plan.waiting}
    left = {one.path for one in plan.left}
    for itemid, agreed in toy.agreed.items():
        remote = toy.remote[itemid]
        if itemid in busy | still or agreed.released or agreed.path in left or agreed.path in toy.hidden:
            continue
        if toy.ignored(agreed.path) or toy.direction is Direction.PUSH or toy.ignored(remote.title):
            continue
        assert remote.seen is Seen.LIVE, (itemid, toy.log)
        assert toy.disk[agreed.path].content == remote.content, (itemid, toy.log)
        assert (agreed.title, agreed.folder) == (remote.title, remote.folder), (itemid, toy.log)
        home = toy.agreed_folders[agreed.folder].path if agreed.folder else ""
        assert names.parent_of(agreed.path) == home, (itemid, toy.log)
