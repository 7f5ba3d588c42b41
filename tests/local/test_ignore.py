"""Ignore: the same answers as git's, and never silently no rules."""

from __future__ import annotations

import os
import subprocess
from itertools import product
from pathlib import Path

import pytest

from syncd.core.errors import DiskFailed, Misconfigured
from syncd.local.ignore import Rules, load_rules
from syncd.local.kernel import Spot
from tests.local.folder import Folder
from tests.local.test_scan import failing_lstat

LINES = [
    "build", "build/", "/build", "!build", "*.log", "!keep.log", "!*.log", "*", "!*/", "/*", "/*/", "*/", "**", "!**",
    "**/", "**/build", "build/**", "build/*", "!build/keep.log", "a/**/b", "a/b", "/a/b/", "a/", "!a/", "a/*", "!a/b",
    "!a/b/", "**/a/**", "*/b", "**/*", "!/a/build/", "[ab]", "[!a]", "?", "a?", "\\!x", "\\#x", "!\\#x", "#x", "x ",
    "x\\ ", "build/ ", "a/**", "!a/b/keep.log", "*.l[o]g", "!#x", "b*d", "/**", "**/b/", "a/**/", "*b*/",
]  # fmt: skip
FILES = [
    "keep.log", "x", "!x", "#x", "x ", "build", "a/build", "a/keep.log", "a/b/keep.log", "a/b/c.log", "a/b/a/b",
    "b/build/keep.log", "b/x", "b/a/b/x", "build.d/x", "build.d/keep.log", "b/ab", "c/build/c/keep.log", "b/\n.log",
]  # fmt: skip


def git(where: Path, *arguments: str, given: bytes = b"") -> bytes:
    clean = {"PATH": os.environ["PATH"], "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", "-C", where, *arguments], input=given, capture_output=True, check=False, env=clean
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("git")
    git(where, "init", "-q")
    for file in FILES:
        (where / file).parent.mkdir(parents=True, exist_ok=True)
        (where / file).touch()
    return where


def paths() -> list[tuple[str, bool]]:
    directories = {"/".join(file.split("/")[:end]) for file in FILES for end in range(1, file.count("/") + 1)}
    return sorted([(file, False) for file in FILES] + [(directory, True) for directory in directories])


def ignored_by_git(repository: Path, lines: list[str]) -> set[str]:
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    asked = b"\0".join(os.fsencode(path) for path, _ in paths())
    answer = git(repository, "check-ignore", "--no-index", "--stdin", "-z", given=asked)
    return {os.fsdecode(path) for path in answer.split(b"\0") if path}


def check(repository: Path, lines: list[str]) -> None:
    rules = Rules([], "\n".join(lines))
    ours = {path for path, directory in paths() if rules.matches(path, directory)}
    assert ours == ignored_by_git(repository, lines), lines


@pytest.mark.parametrize("line", LINES)
def test_one_line_ignores_what_git_ignores(repository: Path, line: str) -> None:
    check(repository, [line])


def test_two_lines_ignore_what_git_ignores(repository: Path) -> None:
    pairs = [pair for pair in product(LINES, repeat=2) if pair[1].startswith("!")]
    for pair in pairs:
        check(repository, list(pair))


@pytest.mark.parametrize(
    "lines",
    [
        ["*", "!*/", "!*.log"],
        ["/*", "!/a/", "/a/*", "!/a/b/"],
        ["build", "!build", "keep.log"],
        ["a/**", "!a/b/", "!a/b/**"],
        ["*.log", "!a/**", "c.log"],
    ],
)
def test_white_lists_work_as_in_git(repository: Path, lines: list[str]) -> None:
    check(repository, lines)


@pytest.mark.parametrize(
    "name",
    [".syncd", ".syncignore", ".DS_Store", "Thumbs.db", "desktop.ini", "x~", ".#x", "#x#", "x.swp", ".x.swx", "x.tmp",
     "x.part", "x.crdownload", ".~lock.x#", "~$x.docx"],
)  # fmt: skip
def test_the_built_in_names_are_ignored_everywhere(name: str) -> None:
    rules = Rules([], "")
    assert rules.matches(name, False)
    assert rules.matches(f"a/b/{name}", True)
    assert rules.matches(f"{name}/below/x.png", False)


@pytest.mark.parametrize("name", [".hidden", "x.png", ".config/x", "parts", "tmp", "a.tmpl", ""])
def test_other_names_are_not(name: str) -> None:
    assert not Rules([], "").matches(name, False)


def test_a_later_line_brings_back_a_built_in_name_but_never_ours() -> None:
    rules = Rules(["!*.tmp"], "!.syncd\n!.syncignore\n!*.part")
    assert not rules.matches("x.tmp", False)
    assert not rules.matches("x.part", False)
    assert rules.matches(".syncd", True)
    assert rules.matches("a/.syncignore", False)


def test_a_question_mark_is_one_letter_also_beyond_ascii() -> None:
    """git counts bytes here, which helps nobody with a file called so."""
    assert Rules(["?"], "").matches("ä", False)


def test_the_digest_tells_sets_of_rules_apart() -> None:
    rules = [
        Rules([], ""),
        Rules(["a"], ""),
        Rules([], "a"),
        Rules(["a"], "a"),
        Rules([], "a\n"),
        Rules(["a", "b"], ""),
    ]
    assert len({one.digest for one in rules}) == len(rules)
    assert Rules(["a"], "b").digest == Rules(["a"], "b").digest


def test_a_file_from_another_editor_is_understood() -> None:
    rules = Rules([], "\ufeffone\r\ntwo/\r\n\r\n# comment\r\n")
    assert rules.matches("one", False)
    assert rules.matches("two", True)
    assert not rules.matches("two", False)


@pytest.mark.parametrize("line", ["!", "/", "!/", "a\0b", "[z-a]", "a\\"])
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(Misconfigured, match=r"\.syncignore, line 2") as told:
        Rules([], f"good\n{line}\n")
    assert told.value.path == ".syncignore"
    with pytest.raises(Misconfigured, match="ignore, line 1"):
        Rules([line], "")


def test_rules_are_read_from_the_folder(folder: Folder) -> None:
    assert not load_rules(folder.root, []).matches("x", False)
    folder.write(".syncignore", b"x\n")
    assert load_rules(folder.root, []).matches("x", False)
    assert load_rules(folder.root, ["y"]).matches("y", False)


def test_a_rule_file_that_is_no_text_is_an_error(folder: Folder) -> None:
    folder.write(".syncignore", b"good\nbad\xff\n")
    with pytest.raises(Misconfigured, match="line 2"):
        load_rules(folder.root, [])
    folder.write(".syncignore", b"x" * (1 << 20) + b"x")
    with pytest.raises(Misconfigured, match="1 MiB"):
        load_rules(folder.root, [])


@pytest.mark.parametrize("kind", ["link", "directory", "fifo"])
def test_a_rule_file_that_is_no_file_is_an_error(folder: Folder, kind: str) -> None:
    where = folder.path / ".syncignore"
    folder.write("elsewhere", b"x")
    match kind:
        case "link":
            where.symlink_to("elsewhere")
        case "directory":
            where.mkdir()
        case _:
            os.mkfifo(where)
    with pytest.raises(Misconfigured):
        load_rules(folder.root, [])


def test_a_rule_file_that_cannot_be_read_is_an_error(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spot, "lstat", failing_lstat(b".syncignore", 5))
    with pytest.raises(DiskFailed):
        load_rules(folder.root, [])
