"""Holds what submissions of unknown outcome leave behind: twins that were applied late, and files that only a person
can decide to send again (guarantees W1).

Law: a twin is known by its bytes, never downloaded as a second file without a person's word, and never deleted by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from syncd.core import guard
from syncd.core.actions import Download, ItemAction, Upload
from syncd.core.errors import ItemFailed
from syncd.core.model import Fingerprint, Item, LocalFile
from syncd.core.plan import Held, Plan
from syncd.core.state import Answer, State
from syncd.core.steps import Left, label
from syncd.engine.mirror import Mirror
from syncd.engine.receiving import stage_key
from syncd.local.place import Partial
from syncd.store.intents import Intent
from syncd.store.twins import Lost

LATE_SECONDS = 7 * 86400.0
"""So long a submission may still be applied, by a proxy or a server that kept it."""
TOGETHER = 8


def lose(mirror: Mirror, intent: Intent, *, refused: bool = False) -> None:
    """Remembers the submission of an intent that is being closed, inside the transaction that closes it."""
    mirror.store.twins.lose(Lost(intent.sha256, intent.size, intent.drain, intent.at), refused=refused)


def may_be(mirror: Mirror, lost: Lost | Intent) -> list[Item]:
    """The items that could be the submission: nobody's, first told after it was sent, and not of another size."""
    told = mirror.store.remote.appeared_since(lost.drain)
    return [item for item in told if item.size in {None, lost.size}]


def unclaimed(mirror: Mirror, lost: Lost | Intent) -> list[Item]:
    """The same, without those that are known to be what another open submission made."""
    claimed = {intent.itemid for intent in mirror.store.intents.every()}
    return [item for item in may_be(mirror, lost) if item.id not in claimed]


def recognise(mirror: Mirror) -> None:
    """Finds the twins among the items that appeared; what cannot be fetched now is looked at the next time."""
    twins = mirror.store.twins
    twins.expire(mirror.clock.now() - LATE_SECONDS)
    for lost in twins.lost():
        for itemid, sha256 in known_bytes(mirror, unclaimed(mirror, lost)):
            if sha256 == lost.sha256 and itemid not in twins.every():
                twins.recognise(itemid, sha256)


def known_bytes(mirror: Mirror, items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """The ids of the items in their order, with what their bytes are: fetched if that is not known yet, and left out
    where they cannot be had now."""
    for start in range(0, len(items), TOGETHER):
        some = items[start : start + TOGETHER]
        told = {item.id: mirror.store.remote.item(item.id) for item in some}
        unknown = [item for item in some if (t := told[item.id]) is None or t.sha256 is None]
        fetched = dict(zip((i.id for i in unknown), mirror.pool.map(lambda i: _fetch(mirror, i), unknown), strict=True))
        for item in some:
            found = fetched.get(item.id)
            if found is not None:
                version, sha256, extension = found
                mirror.store.remote.learn(item.id, version, sha256, extension)
            known = mirror.store.remote.item(item.id)
            if known is not None and known.sha256 is not None:
                yield item.id, known.sha256


def _fetch(mirror: Mirror, item: Item) -> tuple[str | None, str, str | None] | None:
    """Runs on a thread of the pool: brings an item's bytes into the stage, where a download finds them again."""
    partial = Partial(mirror.root, stage_key(item))
    if item.version is None:
        partial.discard()
    try:
        with mirror.remote.open(item.id, item.version, partial.size) as content:
            staged = partial.receive(content.chunks, content.start, reserve=mirror.policy.reserve)
            return content.version, staged.sha256, content.extension
    except ItemFailed:
        return None


@dataclass(slots=True)
class Parted:
    """The states that are to be planned; what is held and what is left alone instead."""

    states: list[State] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def complete(self, made: Plan) -> Plan:
        """The plan of the states, with what is not planned."""
        return replace(made, held=(*made.held, *self.held), left=(*made.left, *self.left))


def part(mirror: Mirror, states: Iterable[State]) -> Parted:
    """Takes out of the states what waits for a person, or what a person has refused; an item that may turn out to be
    somebody's submission waits for that (W4)."""
    store, parted = mirror.store, Parted(held=_unlisted(mirror))
    twins, answers = store.twins.every(), store.decisions.answers()
    suspects = {item.id for intent in store.intents.every() for item in may_be(mirror, intent)}
    lost = {item.id for one in store.twins.lost() for item in may_be(mirror, one)}
    for state in states:
        remote, local = state.remote, state.local
        if state.agreed is None and remote is not None and remote.item.id in twins:
            subject = f"twin:{remote.item.id}:{twins[remote.item.id][:16]}"
            match answers.get(subject):
                case None:
                    step = Download(remote.item, None, remote.folder, None, None, "the same bytes as a file of ours")
                    parted.held.append(_held("twin", subject, step, "a submission of ours may have been applied twice"))
                case Answer.REJECT:
                    parted.left.append(Left(label(state), "twin"))
                case Answer.CONFIRM:
                    parted.states.append(state)
        elif state.agreed is None and remote is not None:
            back = remote.item.id in suspects or (remote.item.id in lost and remote.sha256 is None)
            parted.states.append(replace(state, remote=replace(remote, held_back=True)) if back else state)
        elif state.agreed is None and local is not None and store.twins.is_refused(local.sha256):
            parted.left.append(Left(local.path, "unknown-outcome"))
        else:
            parted.states.append(state)
    return parted


def _held(kind: str, subject: str, step: ItemAction, reason: str) -> Held:
    return Held(guard.hold_id(kind, [subject]), kind, reason, (subject,), (step,))


def subject_of_limbo(intent: Intent) -> str:
    """What an answer about this submission binds to."""
    return f"limbo:{intent.id}:{intent.sha256[:16]}"


def _unlisted(mirror: Mirror) -> list[Held]:
    """Submissions in limbo of a remote that cannot list: nobody but a person can tell whether they arrived."""
    if mirror.remote.abilities.list:
        return []
    held = []
    for intent in mirror.store.intents.every():
        if intent.limbo and intent.itemid is None:
            file = LocalFile(intent.path, Fingerprint(intent.size, 0, 0, 0, 0), intent.sha256)
            step = Upload(file, intent.title, intent.target, None, "its first submission may have arrived")
            words = "the answer to its submission was lost, and this server cannot be asked what became of it"
            held.append(_held("limbo", subject_of_limbo(intent), step, words))
    return held
