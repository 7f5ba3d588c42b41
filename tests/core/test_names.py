"""Names: the map from titles is one to one, and whatever it makes is one harmless component."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import names

PIECES = [*"ab.%/ \x00\x1f\x7f~()", "..", ".syncd", ".SYNCD", ".syncignore", "NUL", "con", "com1.x", "%2F", "%", "%4"]
PIECES += ["é", "e\u0301", "ß", "ſ", "\u2028", "\ud800", "\udc00", "🦊", ".png", ".PNG", "untitled", " / ", "25"]
TITLES = st.one_of(st.text(st.characters(), max_size=40), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
IDS = st.integers(1, 2**63 - 1)


def harmless(name: str) -> bool:
    clean = not any(unicodedata.category(c) in {"Cc", "Cs"} or c == "/" for c in name)
    return clean and name not in {"", ".", ".."} and names.key(name) not in {".syncd", ".syncignore"}


@given(TITLES)
def test_a_component_gives_its_title_back(title: str) -> None:
    assert names.title_of(names.component(title)) == (title or "untitled")


@given(TITLES, TITLES)
def test_two_titles_never_get_one_component(one: str, other: str) -> None:
    if (one or "untitled") != (other or "untitled"):
        assert names.component(one) != names.component(other)


@given(TITLES.filter(lambda name: "/" not in name))
def test_every_name_comes_back_from_its_title_or_is_its_own(name: str) -> None:
    title = names.title_of(name)
    assert title == name or names.component(title) == name


@given(TITLES, st.one_of(st.sampled_from(["", "png", "PNG", "a/b", "\x00", "syncignore", ".."]), TITLES), IDS)
def test_every_name_given_is_one_harmless_component_that_fits(title: str, extension: str, itemid: int) -> None:
    name = names.give(names.file_name(title, extension), itemid, lambda _name: False)
    assert harmless(name)
    assert len(name.encode()) <= names.MAX_BYTES


@given(TITLES.map(lambda text: text * 20), IDS, st.sets(st.integers(0, 3)), st.booleans())
def test_a_taken_or_long_name_is_suffixed_and_fits(title: str, itemid: int, taken: set[int], directory: bool) -> None:
    asked: list[str] = []

    def is_taken(name: str) -> bool:
        asked.append(name)
        return len(asked) - 1 in taken

    plain = names.file_name(title, "" if directory else "png")
    name = names.give(plain, itemid, is_taken, directory=directory)
    copy = names.conflict_copy(plain, "0123456789abcdef", lambda _name: False)
    for each in (name, copy):
        assert harmless(each)
        assert len(each.encode()) <= names.MAX_BYTES
    assert name == plain or names.base36(itemid) in name
    assert "(conflict 01234567)" in copy


@pytest.mark.parametrize("make", [lambda t: names.give("x", 1, t), lambda t: names.conflict_copy("x", "ab" * 32, t)])
def test_a_world_without_a_free_name_is_a_bug(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(AssertionError, match="a thousand names are taken"):
        make(lambda _name: True)


def test_a_second_conflict_copy_is_counted() -> None:
    assert names.conflict_copy("Fox.png", "ab" * 32, lambda name: "-2" not in name) == "Fox (conflict abababab-2).png"


@given(st.lists(TITLES.filter(bool), min_size=1, max_size=4))
def test_a_chain_of_directories_is_one_title_and_comes_back(titles: list[str]) -> None:
    title = names.SEPARATOR.join(titles)
    components = names.directory_components(title)
    assert all(harmless(component) for component in components)
    if all(title.split(names.SEPARATOR)):
        assert names.directory_components(names.folder_title(components)) == components


def test_a_directory_whose_title_looks_like_a_chain_is_its_own_title() -> None:
    assert names.folder_title(("A %2F B", "C")) == "A %2F B / C"
    assert names.folder_title(("A %2F", "C")) == "A %2F / C"  # not `A / / C`, which is `A` and `/ C`
    assert names.folder_title(("C", "A %2F")) == "C / A /"  # nothing follows that it could begin a chain with


@given(TITLES.filter(bool), IDS)
def test_the_suffix_is_no_part_of_the_title(title: str, itemid: int) -> None:
    name = names.with_suffix(names.component(title) + ".png", names.base36(itemid))
    if len(name.encode()) < names.MAX_BYTES:
        assert names.title_of_file(name, itemid) == title


@pytest.mark.parametrize(
    ("name", "title"),
    [("Fox.png", "Fox"), ("Fox.tar.gz", "Fox.tar"), (".hidden", ".hidden"), ("%FF.png", "%FF"), ("a%2Fb.png", "a/b")],
)
def test_a_new_file_is_titled_by_its_stem(name: str, title: str) -> None:
    assert names.title_of_file(name) == title


@pytest.mark.parametrize(
    ("title", "extension", "name"),
    [
        ("Fox", "png", "Fox.png"),
        ("Fox.PNG", "png", "Fox.PNG"),
        ("", "png", "untitled.png"),
        ("..", "", "%2E."),
        ("a/b", "jpg", "a%2Fb.jpg"),
        (".SyncD", "", "%2ESyncD"),
        ("nul", "png", "%6Eul.png"),
        ("50%25", "", "50%2525"),
    ],
)
def test_titles_become_names(title: str, extension: str, name: str) -> None:
    assert names.file_name(title, extension) == name


@pytest.mark.parametrize(
    ("title", "automatic"), [("", True), ("Sta.sh Uploads 12", True), ("untitled", False), ("Fox", False)]
)
def test_the_servers_own_titles_are_known(title: str, automatic: bool) -> None:
    assert names.is_automatic(title) is automatic


def test_base36_is_that_of_short_links() -> None:
    assert [names.base36(n) for n in (0, 35, 36, 4502318545176648)] == ["0", "z", "10", "18bxsl3dm4o"]


def test_equal_names_are_equal_by_case_and_form() -> None:
    assert names.key("CAFÉ") == names.key("cafe\u0301")
    assert names.path_key("A/Fox") != names.path_key("a/fox") == names.path_key("a/FOX")


def test_paths() -> None:
    assert names.within("a/b", "a") and names.within("a", "a") and names.within("a", "") and not names.within("ab", "a")
    assert names.below("a/b/c", "a") == "b/c" and names.below("a", "") == "a"
    assert names.moved("a/b/c", "a/b", "z") == "z/c"
