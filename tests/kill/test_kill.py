"""syncd is killed again and again while both sides change and the network fails: nothing is lost, doubled or torn.

A few lives here; `make kill KILLS=2000` is the long run (docs/reliability.md).
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kill.__main__ import live
from tests.kill.artist import png
from tests.kill.faults import INSTEAD, WEIGHTS, Fault, Weather
from tests.kill.household import Household
from tests.kill.ledger import READS, Ledger
from tests.kill.proxy import Request

KILLS = 12


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", ["v1", "draft15"])
def test_killed_at_random_it_loses_and_doubles_nothing(dialect: str, tmp_path: Path) -> None:
    tally = live(tmp_path / "mirror", dialect, seed=20261121, kills=KILLS, shipped=0.1)
    assert tally.violations == []
    assert tally.kills.total() == KILLS
    assert tally.done["settled"] == 1
    assert tally.done["versions written"] > KILLS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", ["v1", "draft15"])
def test_what_replaces_our_own_write_before_its_first_reading_is_proven_and_counted(
    dialect: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        household = Household(tmp_path / "mirror", stack, dialect, seed=1)
        passing, theirs = household.proxy.passing, png(5, 5) + b"their"

        def replaced_first(request: Request, seen: int) -> None:
            if request.endpoint in READS and theirs not in there():
                itemid, told = household.worker.chosen()
                household.worker.replace_by(itemid, household.worker.site.original(told), theirs)
            passing(request, seen)

        def there() -> list[bytes]:
            return [household.worker.site.original(told["metadata"]) for told in household.worker.entries()]

        household.worker.write_as(household.folder / "Fox.png", png(5, 5) + b"mine!")
        household.proxy.passing = replaced_first
        household.settle()
        assert there() == [theirs]
        tally = household.finish()
    assert tally.violations == []
    assert tally.done["settled"] == tally.done["put in the place of syncd's own write"] == 1


def test_a_version_that_nobody_let_go_is_missed() -> None:
    ledger = Ledger()
    for content in (b"kept", b"lost", b"replaced"):
        ledger.wrote(content, "here")
    ledger.let_go(b"replaced")
    assert ledger.lost([b"kept"]) == [f"{hashlib.sha256(b'lost').hexdigest()[:12]} written here in step 2"]
    assert not ledger.knows(b"kep")


def test_what_changed_after_syncd_looked_is_counted_apart_and_what_it_had_seen_is_not() -> None:
    ledger = Ledger()
    ledger.wrote(b"seen", "there", 7)
    ledger.read(7)
    seen = ledger.seen(7)
    ledger.wrote(b"in the last moment", "there", 7)
    ledger.overwrites(7, seen)
    assert [words.split()[-1] for words in ledger.lost([])] == ["1"]
    assert len(ledger.excused) == 1


@pytest.mark.parametrize(
    ("head", "body", "endpoint", "itemid"),
    [
        ("GET /api/v1/oauth2/stash/item/77?ext_submission=1 HTTP/1.1", b"", "item", 77),
        ("GET /api/v1/oauth2/stash/88 HTTP/1.1", b"", "stack", None),
        ("POST /api/v1/oauth2/stash/move/88 HTTP/1.1", b"targetid=0", "move", None),
        ("POST /api/draft15/stash/delete HTTP/1.1", b"stashid=77", "delete", 77),
        ("POST /api/draft15/stash/submit HTTP/1.1", b'x; name="stashid"\r\n\r\n77\r\n--', "submit", 77),
        ("GET /f/u/d1-u.png HTTP/1.1", b"", "original", None),
        ("GET /_api/download/file?downloadToken=x HTTP/1.1", b"", "original", None),
        ("GET /api/v1/oauth2/placebo HTTP/1.1", b"", "placebo", None),
    ],
)
def test_a_request_is_known_for_what_it_is(head: str, body: bytes, endpoint: str, itemid: int | None) -> None:
    request = Request(head.encode(), body)
    assert (request.endpoint, request.itemid) == (endpoint, itemid)


def test_every_fault_is_drawn_and_every_answer_instead_is_whole() -> None:
    weather = Weather(7)
    assert {weather.draw() for _ in range(100)} == {Fault.NONE}
    weather.calm = False
    assert set(Fault) == set(WEIGHTS)
    assert {weather.draw() for _ in range(5_000)} == {fault for fault, weight in WEIGHTS.items() if weight}
    for answer in INSTEAD.values():
        head, _, body = answer.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
