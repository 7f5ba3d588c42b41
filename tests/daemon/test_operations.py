"""Operations: their documents and exit codes are interface.md's, with a daemon and without one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncd.daemon import exits
from syncd.daemon.client import NotServed
from syncd.daemon.operations import OPERATIONS, prepare
from syncd.store.store import StoredBackoff
from tests.daemon.home import Home, until

STATUS_KEYS = set(
    "name kind direction folder state settled pending held conflicts errors ignored published items bytes space "
    "last_poll next_poll watching paused_until paused_by".split()
)
ERROR_KEYS = {"path", "itemid", "error", "message", "remedy", "retry_at"}
LOOKING: list[tuple[str, dict[str, Any]]] = [
    ("held", {}),
    ("conflicts", {}),
    ("trash", {}),
    ("history", {}),
    ("history", {"path": "Fox.txt", "limit": 1}),
    ("why", {"path": "Fox.txt"}),
    ("show", {"path": "Fox.txt"}),
    ("link", {"path": "Fox.txt"}),
    ("space", {}),
    ("ls", {}),
    ("ls", {"folder": "Birds"}),
    ("verify", {"content": True}),
]


def test_a_sync_tells_what_it_did_and_exits_0(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    answer = at_home.ask("sync")
    document: Any = json.loads(json.dumps(answer.document))
    assert answer.exit_code == 0
    assert document["settled"] is True and document["retry_at"] is None
    assert document["counts"] == {"upload": 1}
    assert document["bytes"] == {"up": 7, "down": 0}
    assert document["requests"]["submit"] == 1
    assert document["requests"]["total"] == sum(n for name, n in document["requests"].items() if name != "total")
    (action,) = document["actions"]
    assert (action["action"], action["path"], action["outcome"]) == ("upload", "Fox.txt", "done")
    assert action["itemid"] in at_home.stash().tree.items
    assert document["held"] == document["conflicts"] == document["errors"] == []


def test_a_sync_that_finds_nothing_is_one_request(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.ask("sync")
    document: Any = at_home.ask("sync").document
    assert document["requests"] == {"total": 1, "delta": 1}


def test_a_dry_run_exits_0_and_changes_nothing(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.write("Fox.txt", b"the fox")
    answer = at_home.ask("sync", dry_run=True)
    document: Any = answer.document
    assert answer.exit_code == 0
    assert [(each["action"], each["outcome"]) for each in document["actions"]] == [("upload", "planned")]
    assert document["settled"] is False
    assert at_home.titles() == []


def test_a_sync_gives_up_after_three_tries(at_home: Home) -> None:
    at_home.ask("sync")
    at_home.down()
    answer = at_home.ask("sync")
    document: Any = answer.document
    assert answer.exit_code == 69
    assert document["cycles"] == 3
    assert [error["error"] for error in document["errors"]] == ["unreachable"]
    assert set(document["errors"][0]) == ERROR_KEYS


def test_a_first_sync_that_reaches_nobody_answers_the_whole_document(at_home: Home) -> None:
    at_home.down()
    answer = at_home.ask("sync")
    assert answer.exit_code == 69
    assert answer.document["settled"] is False and answer.document["actions"] == []


def test_a_long_back_off_ends_a_sync_with_75(at_home: Home) -> None:
    at_home.ask("sync")
    later = at_home.wiring.clock.now() + 3000
    StoredBackoff(at_home.tokens._path.parent).save(later, 5)
    answer = at_home.ask("sync")
    errors: Any = answer.document["errors"]
    assert answer.exit_code == 75
    assert errors[0]["error"] == "throttled" and errors[0]["retry_at"] == pytest.approx(later, abs=5)
    assert at_home.status()["state"] == "throttled"


def test_no_token_is_77_and_another_folder_73(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.ask("sync")
    at_home.folder.rename(at_home.path / "away")
    at_home.folder.mkdir()
    assert at_home.ask("sync").exit_code == 73
    assert at_home.status()["state"] == "folder-missing"
    (at_home.path / "away").rename(at_home.path / "back")
    at_home.folder.rmdir()
    (at_home.path / "back").rename(at_home.folder)
    at_home.tokens.forget()
    assert at_home.ask("sync").exit_code == 77
    assert at_home.status()["state"] == "login-needed"
    assert at_home.titles() == ["Fox"]


def test_status_of_a_mirror_that_never_ran(at_home: Home) -> None:
    found = at_home.status()
    assert set(found) == STATUS_KEYS
    assert (found["items"], found["settled"], found["state"], found["watching"]) == (0, False, "syncing", "off")
    assert not at_home.folder.exists()
    assert not (at_home.path / "state" / "stash" / "state.db").exists()


def test_status_counts_what_was_last_seen(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.ask("sync")
    before = at_home.status()
    assert (before["state"], before["settled"], before["items"], before["bytes"]) == ("settled", True, 1, 7)
    assert before["last_poll"] is not None and before["space"]["available"] < before["space"]["total"]
    at_home.write("Owl.txt", b"the owl")
    at_home.ask("sync", dry_run=True)
    after = at_home.status()
    assert (after["state"], after["settled"], after["pending"]) == ("syncing", False, {"upload": 1})


def test_what_is_asked_over_the_socket_is_answered_as_without_a_daemon(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.write("Birds/Owl.txt", b"the owl")
    at_home.ask("sync")
    alone = [at_home.ask(name, **arguments) for name, arguments in LOOKING]
    with at_home.running():
        until(at_home.is_settled, "settled")
        served = [at_home.ask(name, **arguments) for name, arguments in LOOKING]
        assert at_home.daemon.status()["daemon"] == "running"
        assert set(at_home.status()) == STATUS_KEYS
    for (name, _), one, other in zip(LOOKING, alone, served, strict=True):
        assert json.loads(json.dumps(one.document)) == other.document, name
        assert one.exit_code == other.exit_code == 0, name
    assert {name for name, _ in LOOKING} <= set(OPERATIONS)


def test_it_shows_lists_and_edits(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.write("Birds/Owl.txt", b"the owl")
    at_home.ask("sync")
    top: Any = at_home.ask("ls").document["ls"]
    assert [(row["path"], row["kind"], row["state"]) for row in top] == [
        ("Birds", "folder", "synced"),
        ("Fox.txt", "item", "synced"),
    ]
    birds: Any = at_home.ask("ls", folder="Birds").document["ls"]
    assert [(row["path"], row["bytes"]) for row in birds] == [("Birds/Owl.txt", 7)]
    edited = at_home.ask("edit", path="Fox.txt", title="Red fox", comments="At dawn", keywords=["fox", "dawn"])
    assert edited.exit_code == 0
    assert edited.document["title"] == "Red fox" and edited.document["comments"] == "At dawn"
    assert edited.document["keywords"] == ["fox", "dawn"]
    assert at_home.ask("sync").exit_code == 0
    assert set(at_home.files()) == {"Red fox.txt", "Birds/Owl.txt"}
    shown = at_home.ask("show", path="Red fox.txt").document
    assert shown["link"] == at_home.ask("link", path="Red fox.txt").document["link"]
    assert at_home.ask("show", path="No.txt").exit_code == 1


def test_the_trash_gives_back_and_is_emptied(at_home: Home) -> None:
    itemid = at_home.put("Owl", b"the owl")
    at_home.put("Fox", b"the fox")
    at_home.ask("sync")
    at_home.delete(itemid)
    at_home.ask("sync")
    (row,) = listed(at_home, "trash")
    assert (row["path"], row["itemid"], row["bytes"], row["expires"] > row["deleted"]) == ("Owl.txt", itemid, 7, True)
    assert at_home.ask("trash-restore", id=row["id"]).document == {"id": row["id"], "path": "Owl.txt"}
    assert at_home.files()["Owl.txt"] == b"the owl"
    assert at_home.ask("trash-restore", id=row["id"]).exit_code == 1
    at_home.ask("sync")
    (at_home.folder / "Owl.txt").unlink()
    at_home.ask("sync")
    assert at_home.ask("trash-empty", older_than=1).document == {"removed": 0, "bytes": 0}
    assert at_home.ask("trash-empty").document == {"removed": 1, "bytes": 7}
    assert listed(at_home, "trash") == []


def test_a_hold_is_listed_answered_and_carried_out(at_home: Home) -> None:
    for number in range(3):
        at_home.put(f"Fox {number}", b"fox %d" % number)
    at_home.ask("sync")
    for itemid in list(at_home.stash().tree.items):
        at_home.delete(itemid)
    answer = at_home.ask("sync")
    assert answer.exit_code == 1
    assert at_home.status()["state"] == "held"
    (row,) = listed(at_home, "held")
    assert (row["count"], len(row["sample"])) == (3, 3)
    assert at_home.ask("held-confirm", id="nonsense").exit_code == 1
    assert at_home.ask("held-confirm", id=row["id"]).document == {"id": row["id"], "answer": "confirm"}
    assert at_home.ask("sync").exit_code == 0
    assert at_home.files() == {}


def test_a_conflict_is_listed_and_resolved(at_home: Home) -> None:
    itemid = at_home.put("Fox", b"the fox")
    at_home.ask("sync")
    at_home.overwrite(itemid, b"their fox")
    at_home.write("Fox.txt", b"our own fox")
    assert at_home.ask("sync").exit_code == 1
    assert at_home.status()["state"] == "held"
    (row,) = listed(at_home, "conflicts")
    assert (row["path"], row["itemid"]) == ("Fox.txt", itemid)
    assert at_home.files() == {"Fox.txt": b"their fox", row["copy"]: b"our own fox"}
    assert at_home.ask("conflicts-resolve", path="Other.txt", keep="local").exit_code == 1
    answer = at_home.ask("conflicts-resolve", path=row["copy"], keep="local")
    assert answer.document == {"path": row["copy"], "keep": "local"}
    assert at_home.ask("sync").exit_code == 0
    assert at_home.files() == {"Fox.txt": b"our own fox"}
    assert at_home.titles() == ["Fox"]


def test_verify_names_differences_and_exits_1(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    at_home.ask("sync")
    assert at_home.ask("verify", content=True).exit_code == 0
    at_home.write("Owl.txt", b"the owl")
    answer = at_home.ask("verify")
    assert answer.exit_code == 1
    assert [(row["kind"], row["path"]) for row in answer.document["verify"]] == [("unseen-here", "Owl.txt")]  # type: ignore[attr-defined]


def test_wrong_arguments_and_names_are_refused(at_home: Home) -> None:
    with pytest.raises(ValueError, match="path is missing"):
        at_home.ask("why")
    with pytest.raises(KeyError):
        at_home.ask("dance")
    with at_home.running():
        with pytest.raises(ValueError, match="unknown: shout"):
            at_home.daemon.perform("stash", "held", {"shout": True})
        with pytest.raises(ValueError, match="full must be true or false"):
            at_home.daemon.perform("stash", "sync", {"full": "yes"})
        for mirror, operation in (("stash", "dance"), ("other", "held")):
            with pytest.raises(NotServed):
                at_home.daemon.perform(mirror, operation, {})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("history", {"limit": -1}),
        ("history", {"limit": True}),
        ("edit", {"path": "a", "keywords": "fox"}),
        ("edit", {"path": 3}),
        ("conflicts-resolve", {"path": "a", "keep": "mine"}),
    ],
)
def test_arguments_are_checked_at_the_border(name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"limit|keywords|path|Keep"):
        prepare(name, arguments)


def test_of_several_codes_the_first_in_the_order_counts() -> None:
    assert exits.worst([0, 1, 75, 69, 77, 73, 78]) == 78
    assert exits.worst([1, 0, 75]) == 75
    assert exits.worst([]) == 0


def listed(at_home: Home, name: str) -> Any:
    return at_home.ask(name).document[name]
