"""What faces.py promises, for every dialect against the embedded server over HTTP."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image

from syncd.core.errors import LoginNeeded, NotThere, Refused, Throttled, Unsupported
from syncd.core.model import AtRoot, Changes, Into, Item, Make, Target, Withdrawn
from syncd.remotes.faces import Drained, Token
from syncd.server import SubmitAnswer
from syncd.server.model import Submission
from tests.contract.conftest import Seen, Stage, Staging, look

ROOT = AtRoot("Sta.sh Uploads 77")
READ_BACK = {"v1": "item", "draft10": "media", "draft15": "media"}


def nothing(_: int) -> None:
    """Progress that nobody watches."""


def picture(seed: int) -> bytes:
    image = Image.new("RGB", (40, 30), (seed % 256, 7, 9))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def content(stage: Stage, item: Item, start: int = 0) -> bytes:
    with stage.remote.open(item.id, item.version, start) as received:
        assert received.start in (0, start)
        return b"".join(received.chunks)


# -- submitting and reading


def test_a_submission_arrives_whole_and_is_read_back(stage: Stage) -> None:
    sent = bytes(range(256)) * 1000
    told: list[int] = []
    item = stage.remote.submit(stage.snapshot(sent), "Fox at dawn", ROOT, told.append)
    assert (item.title, item.folder) == ("Fox at dawn", None)
    assert sum(told) == len(sent)
    assert content(stage, item) == sent
    requests = stage.remote.requests()
    assert {name: requests[name] for name in ("placebo", "submit")} == {"placebo": 1, "submit": 1}
    assert requests[READ_BACK[stage.dialect]] >= 1
    assert stage.remote.transferred() == (len(sent), len(sent))


def test_a_submission_is_three_requests_and_a_poll_is_one(stage: Stage) -> None:
    stage.remote.submit(stage.snapshot(b"x"), "Fox", ROOT, nothing)
    assert stage.remote.requests() == {"placebo": 1, "submit": 1, READ_BACK[stage.dialect]: 1}
    seen = look(stage)
    before = stage.remote.requests()
    again = look(stage, seen)
    assert stage.counted(before) == {"delta": 1}
    assert again.end == replace(seen.end, epoch=False)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_bytes_of_any_size_come_back_as_they_went(stage: Stage, size: int) -> None:
    sent = random.Random(size).randbytes(size)
    item = stage.remote.submit(stage.snapshot(sent), "Fox", ROOT, nothing)
    assert content(stage, item) == sent
    assert stage.remote.tail(item.id, item.version, 1000) == (size, sent[-1000:])


NAMES = [
    'Fox "at" dawn.png',
    "Füchse 🦊.png",
    "e\u0301clair.png",
    "line\nfeed\r\n\r\nX-Evil: 1.png",
    "back\\slash.png",
    "semi;colon=x.png",
    "percent%22%0D.png",
    "--boundary--.png",
    "no extension",
    ".hidden",
    "tab\tand\x7f.png",
    "a" * 250 + ".png",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_hostile_names_and_titles_arrive_and_break_nothing(stage: Stage, name: str) -> None:
    item = stage.remote.submit(stage.snapshot(b"bytes", name), name, ROOT, nothing)
    seen = look(stage)
    assert list(seen.items) == [item.id]
    assert seen.items[item.id].title == name
    (held,) = stage.state().tree.items.values()
    assert held.blob is not None
    assert held.blob.size == 5
    if "\\" not in name and name.isprintable():
        assert held.blob.filename == name.replace('"', "%22")


def test_a_picture_keeps_its_version_until_its_bytes_change(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(picture(1), "Fox.png"), "Fox", ROOT, nothing)
    assert item.version is not None
    assert item.extension == "png"
    stage.remote.edit(item.id, Changes(title="Owl"))
    stage.remote.move(item, Make("Dir", None) if stage.remote.abilities.moves_make_folders else ROOT)
    assert look(stage).items[item.id].version == item.version
    assert "token" not in item.version.lower()
    changed = stage.remote.replace(item, stage.snapshot(picture(2), "Fox.png"), nothing)
    assert changed.version != item.version
    assert look(stage).items[item.id].version == changed.version
    assert content(stage, changed) == picture(2)


def test_what_was_resumed_is_what_was_sent(stage: Stage) -> None:
    sent = picture(3)
    item = stage.remote.submit(stage.snapshot(sent, "Fox.png"), "Fox", ROOT, nothing)
    assert content(stage, item, 50) == sent[50:]
    assert content(stage, item, len(sent)) == b""
    changed = stage.remote.replace(item, stage.snapshot(picture(4), "Fox.png"), nothing)
    with stage.remote.open(item.id, item.version, 50) as received:
        assert (received.start, received.version) == (0, changed.version)
        assert b"".join(received.chunks) == picture(4)


def test_a_draft_tells_the_exact_size_and_is_fetched_with_one_request(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"x" * 4913), "Fox", ROOT, nothing)
    before = stage.remote.requests()
    content(stage, item)
    assert stage.counted(before) == ({"original": 1, "item": 1} if stage.dialect == "v1" else {"original": 1})
    assert item.size == (None if stage.dialect == "v1" else 4913)


def test_a_text_of_stash_writer_is_its_html(stage: Stage) -> None:
    with stage.vault.changing(stage.login.user) as stash:
        itemid = stash.submit(Submission(title="Poem", html="<b>ä</b>"), 1).item.id
    seen = look(stage)
    item = seen.items[itemid]
    assert (item.text, item.extension) == (True, "html")
    assert content(stage, item) == "<b>ä</b>".encode()
    assert stage.remote.tail(itemid, item.version, 4) == (9, b"</b>")
    assert stage.remote.read(itemid) == item
    changed = stage.remote.replace(item, stage.snapshot(b"<i>new</i>", "Poem.html"), nothing)
    assert content(stage, changed) == b"<i>new</i>"


# -- places


def place(stage: Stage, itemid: int, before: Seen | None = None) -> tuple[str, ...]:
    return look(stage, before).place(itemid)


@pytest.mark.parametrize("named_leaf", [False, True])
@pytest.mark.parametrize("submit_answers_leaf", [False, True])
def test_items_go_where_they_are_put(staging: Staging, named_leaf: bool, submit_answers_leaf: bool) -> None:
    stage = staging(named_leaf=named_leaf)
    if stage.remote.abilities.nested:  # the answer's stack is v1's choice only
        stage = staging(named_leaf=named_leaf, submit_answers_leaf=submit_answers_leaf)
    submit = stage.remote.submit
    first = submit(stage.snapshot(b"1"), "One", Make("Dir", None), nothing)
    assert first.folder is not None
    assert place(stage, first.id) == ("Dir",)
    second = submit(stage.snapshot(b"2"), "Two", Into(first.folder), nothing)
    third = submit(stage.snapshot(b"3"), "Three", ROOT, nothing)
    assert (second.folder, third.folder) == (first.folder, None)
    seen = look(stage)
    assert [seen.place(item.id) for item in (first, second, third)] == [("Dir",), ("Dir",), ()]
    assert stage.remote.move(second, ROOT) is None
    assert stage.remote.move(third, Into(first.folder)) == first.folder
    seen = look(stage, seen)
    assert [seen.place(item.id) for item in (first, second, third)] == [("Dir",), (), ("Dir",)]


@pytest.mark.parametrize("named_leaf", [False, True])
def test_a_lone_item_leaves_its_folder_without_taking_it_along(staging: Staging, named_leaf: bool) -> None:
    stage = staging(named_leaf=named_leaf)
    lone = stage.remote.submit(stage.snapshot(b"1"), "One", Make("Dir", None), nothing)
    other = stage.remote.submit(stage.snapshot(b"2"), "Two", Make("Other", None), nothing)
    assert other.folder is not None
    assert stage.remote.move(lone, Into(other.folder)) == other.folder
    seen = look(stage)
    assert (seen.place(lone.id), seen.place(other.id)) == (("Other",), ("Other",))
    assert stage.remote.move(lone, ROOT) is None
    assert place(stage, lone.id) == ()
    assert content(stage, lone) == b"1"


@pytest.mark.parametrize("dialect", ["v1"])
@pytest.mark.parametrize("named_leaf", [False, True])
@pytest.mark.parametrize("stack_name_appends", [False, True])
@pytest.mark.parametrize("submit_answers_leaf", [False, True])
def test_a_new_folder_under_another_never_takes_a_namesake_along(
    staging: Staging, named_leaf: bool, stack_name_appends: bool, submit_answers_leaf: bool
) -> None:
    stage = staging(
        named_leaf=named_leaf, stack_name_appends=stack_name_appends, submit_answers_leaf=submit_answers_leaf
    )
    submit = stage.remote.submit
    namesakes = submit(stage.snapshot(b"0"), "Zero", Make("Sketches", None), nothing)
    parent = submit(stage.snapshot(b"1"), "One", Make("Dir", None), nothing)
    nested = submit(stage.snapshot(b"2"), "Two", Make("Sketches", parent.folder), nothing)
    assert nested.folder is not None
    third = submit(stage.snapshot(b"3"), "Three", Into(nested.folder), nothing)
    seen = look(stage)
    assert seen.place(namesakes.id) == ("Sketches",)
    assert seen.place(parent.id) == ("Dir",)
    assert [seen.place(item.id) for item in (nested, third)] == [("Dir", "Sketches")] * 2


def test_a_folder_is_renamed_and_moved_with_one_request_each(stage: Stage) -> None:
    one = stage.remote.submit(stage.snapshot(b"1"), "One", Make("Dir", None), nothing)
    two = stage.remote.submit(stage.snapshot(b"2"), "Two", Make("Other", None), nothing)
    assert one.folder is not None
    assert two.folder is not None
    before = stage.remote.requests()
    stage.remote.rename_folder(one.folder, "Foxes")
    assert sum(stage.counted(before).values()) == 1
    assert stage.remote.read_folder(one.folder).title == "Foxes"
    assert place(stage, one.id) == ("Foxes",)
    with pytest.raises(Refused):
        stage.remote.rename_folder(one.folder, "Other")
    if not stage.remote.abilities.nested:
        with pytest.raises(Unsupported):
            stage.remote.move_folder(one.folder, two.folder)
        return
    before = stage.remote.requests()
    stage.remote.move_folder(one.folder, two.folder)
    assert stage.counted(before) == {"move": 1}
    assert place(stage, one.id) == ("Other", "Foxes")
    stage.remote.move_folder(one.folder, None)
    assert place(stage, one.id) == ("Foxes",)


def test_a_move_may_make_a_folder_where_the_remote_can(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    if stage.remote.abilities.moves_make_folders:
        assert stage.remote.move(item, Make("A / B", None)) is not None
        assert place(stage, item.id) == ("A / B",)
    else:
        with pytest.raises(Unsupported):
            stage.remote.move(item, Make("A / B", None))


# -- editing and going


def test_metadata_is_changed_field_by_field(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    changes = Changes(title="Zwei", comments="<b>c</b>", keywords=("a", "b"), original_url="http://x.test/")
    edited = stage.remote.edit(item.id, changes)
    assert (edited.title, edited.comments, edited.keywords, edited.original_url) == (
        "Zwei",
        "<b>c</b>",
        ("a", "b"),
        "http://x.test/",
    )
    assert stage.remote.edit(item.id, Changes(keywords=())) == replace(edited, keywords=())
    assert stage.remote.edit(item.id, Changes(comments="")).comments == ""
    assert look(stage).items[item.id].title == "Zwei"


def test_a_deleted_item_is_gone_and_deleting_it_again_says_so(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    seen = look(stage)
    stage.remote.delete(item.id)
    assert look(stage, seen).items == {}
    assert stage.remote.read(item.id) is Withdrawn.DELETED
    with pytest.raises(NotThere):
        stage.remote.delete(item.id)
    with pytest.raises(NotThere), stage.remote.open(item.id, None):
        pass


def test_a_published_item_is_told_from_a_deleted_one_and_is_not_touched(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    seen = look(stage)
    stage.publish(item.id)
    assert look(stage, seen).items == {}
    assert stage.remote.read(item.id) is Withdrawn.PUBLISHED
    with pytest.raises(NotThere):
        stage.remote.move(item, ROOT)
    with pytest.raises(NotThere):
        stage.remote.delete(item.id)
    with pytest.raises(NotThere):
        stage.remote.edit(item.id, Changes(comments=""))


@pytest.mark.parametrize("unknown_id_status", [400, 404])
def test_what_never_was_is_not_there(staging: Staging, unknown_id_status: int) -> None:
    stage = staging(unknown_id_status=unknown_id_status)
    assert stage.remote.read(4711) is Withdrawn.DELETED
    ghost = Item(4711, "Ghost", 4712, None)
    for attempt in (
        lambda: stage.remote.read_folder(4712),
        lambda: stage.remote.delete(4711),
        lambda: stage.remote.edit(4711, Changes(title="x")),
        lambda: stage.remote.move(ghost, ROOT),
        lambda: stage.remote.rename_folder(4712, "x"),
        lambda: stage.remote.replace(ghost, stage.snapshot(b"1"), nothing),
        lambda: stage.remote.tail(4711, None, 10),
        lambda: stage.remote.submit(stage.snapshot(b"1"), "x", Into(4712), nothing),
    ):
        with pytest.raises(NotThere):
            attempt()
    assert look(stage).items == {}


# -- the delta under every choice of the server

HABITS: list[dict[str, object]] = [
    {},
    {"reset_on_every_page": True},
    {"parents_first": False},
    {"leaves_listed": False},
    {"leaves_listed": False, "parents_first": False},
    {"moved_item_listed": False},
    {"ghosts_listed": True},
    {"reset_after_changes": 3},
    {"draft_page": 3, "v1_page": 3},
    {"draft_page": 3, "v1_page": 3, "draft_null_next_offset": True, "reset_on_every_page": True},
    {"empty_map_as_list": True},
    {"html_listed": False},
]


@pytest.mark.parametrize("habits", HABITS, ids=str)
def test_a_drain_tells_the_whole_truth_whatever_the_servers_habits(staging: Staging, habits: dict) -> None:
    stage = staging(**habits)
    rng = random.Random(5)
    submit = stage.remote.submit
    made = [submit(stage.snapshot(b"0"), "0", Make("Dir", None), nothing)]
    assert made[0].folder is not None
    for number in range(1, 9):
        places: list[Target] = [ROOT, Into(made[0].folder), Make(f"D{number}", None)]
        target = rng.choice(places)
        made.append(submit(stage.snapshot(b"%d" % number), str(number), target, nothing))
    seen = look(stage)
    assert seen.end.epoch
    for _ in range(3):
        for item in rng.sample(made, 4):
            places = [AtRoot(f"Sta.sh Uploads {500 + item.id}"), Into(made[0].folder)]
            stage.remote.move(item, rng.choice(places))
        gone = made.pop(rng.randrange(1, len(made)))
        stage.remote.delete(gone.id)
        stage.remote.rename_folder(made[0].folder, f"Dir{rng.random()}")
        seen, whole = look(stage, seen), look(stage)
        assert set(seen.items) == {item.id for item in made}
        assert seen.items == whole.items
        assert {item: seen.place(item) for item in seen.items} == {item: whole.place(item) for item in whole.items}
        assert not seen.problems
        assert seen.end.steady


def test_pages_that_move_are_not_steady(staging: Staging) -> None:
    stage = staging(cursor_changes_across_pages=True, draft_page=1, v1_page=1)
    for number in range(3):
        with stage.vault.changing(stage.login.user) as stash:
            stash.submit(Submission(title=str(number), html="x"), 1)
    assert look(stage).end.steady is False


def test_an_unknown_cursor_begins_an_epoch(stage: Stage) -> None:
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    seen = look(stage, Seen({}, {}, [], Drained("nonsense", epoch=False, steady=True)))
    assert (seen.resets, seen.end.epoch, list(seen.items)) == (1, True, [item.id])


# -- the account


def test_the_account_the_space_and_the_link(stage: Stage) -> None:
    assert stage.remote.account() == stage.vault.userids[stage.login.user]
    before = stage.remote.space()
    item = stage.remote.submit(stage.snapshot(b"x" * 1000), "Fox", ROOT, nothing)
    after = stage.remote.space()
    assert (before.available - after.available, after.total) == (1000, before.total)
    assert stage.remote.link(item.id).startswith(f"{stage.login.server}/0")
    assert stage.remote.link(4502318545176648).endswith("/018bxsl3dm4o")


@pytest.mark.parametrize("choices", [{"total_space": 10}, {"largest_file": 10}], ids=str)
@pytest.mark.parametrize("padded", [False, True])
def test_what_is_too_large_is_refused_with_the_servers_words(staging: Staging, choices: dict, padded: bool) -> None:
    answer = SubmitAnswer.PADDED_ERRORS if padded else SubmitAnswer.PLAIN
    stage = staging(**choices, submit_answer=answer)
    with pytest.raises(Refused, match="too large"):
        stage.remote.submit(stage.snapshot(b"x" * 11), "Fox", ROOT, nothing)


def test_a_token_that_died_is_renewed_on_the_way(stage: Stage) -> None:
    dead = Token("dead", stage.login.refresh_token, 0.0)
    stage.tokens.token = dead
    item = stage.remote.submit(stage.snapshot(b"1"), "One", ROOT, nothing)
    assert content(stage, item) == b"1"
    assert stage.remote.requests()["token"] == 1
    assert stage.tokens.saved[-1].refresh != dead.refresh


def test_a_refresh_token_works_once(staging: Staging) -> None:
    first, second = staging(), staging(draft_page=99)
    first.tokens.token = Token("dead", second.login.refresh_token, 0.0)
    with pytest.raises(LoginNeeded):
        first.remote.space()


def test_a_server_that_throttles_is_left_alone(staging: Staging) -> None:
    stage = staging(requests_per_window=3, retry_after=30)
    for _ in range(3):
        stage.remote.space()
    with pytest.raises(Throttled) as raised:
        stage.remote.space()
    assert raised.value.retry_at is not None
    sent = stage.remote.requests()
    with pytest.raises(Throttled):
        stage.remote.space()
    assert stage.remote.requests() == sent


def test_a_server_of_today_takes_files_and_tells_nothing(staging: Staging) -> None:
    stage = staging(removed_reads=True)
    with pytest.raises(Unsupported, match="push-only"):
        look(stage)
    assert not stage.remote.abilities.list
    item = stage.remote.submit(stage.snapshot(b"1"), "One", Make("Dir", None), nothing)
    assert (item.title, item.version) == ("One", None)
    assert item.folder is not None
    assert set(stage.state().tree.items) == {item.id}


def test_many_threads_share_one_remote(stage: Stage) -> None:
    def there_and_back(number: int) -> bool:
        sent = random.Random(number).randbytes(50_000)
        item = stage.remote.submit(stage.snapshot(sent), str(number), ROOT, nothing)
        return content(stage, item) == sent

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(40)))
    assert stage.remote.requests()["placebo"] == 1
    assert len(look(stage).items) == 40
