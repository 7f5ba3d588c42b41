"""Every operation on a mirror by its name: what it needs, and how its arguments become typed values.

Law: each is here once; a command that works by itself and a daemon that is asked over its socket do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from syncd.core.errors import SyncdError
from syncd.core.model import Changes, Keep
from syncd.core.state import Answer as Word
from syncd.daemon import asking, doing
from syncd.daemon.arguments import Arguments
from syncd.daemon.documents import Answer
from syncd.daemon.exits import error_document, exit_code
from syncd.engine import Mirror

Act = Callable[[Mirror], Answer]


class Access(Enum):
    """What an operation needs of a mirror."""

    LOOK = auto()  # what was last seen, read only, without the lock
    LOCK = auto()  # the lock, and a database to write
    BIND = auto()  # the same, and folder and account proven to be the mirror's


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `parse` takes its arguments (ValueError if they are wrong) and answers what to do."""

    access: Access
    parse: Callable[[Arguments], Act]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation with its arguments."""

    name: str
    access: Access
    act: Act


def _history(given: Arguments) -> Act:
    path, limit = given.maybe_text("path"), given.maybe_number("limit")
    return partial(asking.history, path=path, limit=50 if limit is None else int(limit))


def _edit(given: Arguments) -> Act:
    changes = Changes(
        title=given.maybe_text("title"),
        comments=given.maybe_text("comments"),
        keywords=given.maybe_words("keywords"),
        original_url=given.maybe_text("original_url"),
    )
    return partial(doing.change, path=given.text("path"), changes=changes)


def _at(act: Callable[..., Answer]) -> Callable[[Arguments], Act]:
    return lambda given: partial(act, path=given.text("path"))


def _answer(word: Word) -> Callable[[Arguments], Act]:
    return lambda given: partial(doing.answer, hold=given.text("id"), word=word)


OPERATIONS: Mapping[str, Operation] = {
    "held": Operation(Access.LOOK, lambda _: asking.held),
    "conflicts": Operation(Access.LOOK, lambda _: asking.conflicts),
    "trash": Operation(Access.LOOK, lambda _: asking.trash),
    "history": Operation(Access.LOOK, _history),
    "why": Operation(Access.LOOK, _at(asking.why)),
    "show": Operation(Access.LOOK, _at(asking.show)),
    "link": Operation(Access.LOOK, _at(asking.link)),
    "space": Operation(Access.LOOK, lambda _: asking.space),
    "ls": Operation(Access.LOOK, lambda given: partial(asking.ls, folder=given.maybe_text("folder") or "")),
    "held-confirm": Operation(Access.LOCK, _answer(Word.CONFIRM)),
    "held-reject": Operation(Access.LOCK, _answer(Word.REJECT)),
    "conflicts-resolve": Operation(
        Access.LOCK, lambda given: partial(doing.resolve, path=given.text("path"), keep=Keep(given.text("keep")))
    ),
    "trash-restore": Operation(Access.LOCK, lambda given: partial(doing.bring_back, trash_id=given.text("id"))),
    "trash-empty": Operation(
        Access.LOCK, lambda given: partial(doing.empty_trash, older_than=given.maybe_number("older_than") or 0.0)
    ),
    "verify": Operation(Access.LOCK, lambda given: partial(doing.compare, content=given.flag("content"))),
    "edit": Operation(Access.BIND, _edit),
    "sync": Operation(
        Access.BIND, lambda given: partial(doing.sync, dry_run=given.flag("dry_run"), full=given.flag("full"))
    ),
}


def prepare(name: str, given: Mapping[str, object]) -> Prepared:
    """The operation of this name with these arguments. KeyError if there is none, ValueError if they are wrong."""
    operation = OPERATIONS[name]
    arguments = Arguments(given)
    act = operation.parse(arguments)
    arguments.end()
    return Prepared(name, operation.access, act)


def failed(operation: str, mirror: str, error: SyncdError) -> Answer:
    """What an operation answers that could not be done."""
    if operation == "sync":
        return doing.unsynced(mirror, error)
    return Answer({"errors": [error_document(error)]}, exit_code(error))
