"""The paper is what the code says: every command, option, key, exit code and error is in it, and nothing stale."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.cli.exits import Exit
from syncd.config.sections import DaemonSettings, MirrorSection
from syncd.core import errors
from syncd.daemon import exits
from syncd.daemon.standing import State
from syncd.store.failures import Corrupt
from syncd.store.schema import NotReady
from tests.paper.commands import EXITS, Command, every_command
from tests.paper.files import CHECKOUT, written

DOCS = CHECKOUT / "docs"
KEYS = [*DaemonSettings.model_fields, *MirrorSection.model_fields]
COMMANDS = every_command()


def read(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", written(), ids=lambda path: path.name)
def test_what_is_made_is_not_stale(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == written()[path], "run `make docs`"


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained_in_the_reference_the_manual_and_the_example(key: str) -> None:
    field = DaemonSettings.model_fields.get(key) or MirrorSection.model_fields[key]
    assert field.description and field.description.endswith(".")
    assert f"### `{key}`" in read("docs/configuration.md")
    assert re.search(rf"__{key.upper()}`", read("docs/configuration.md"))
    assert f"{key} = " in read("docs/man/syncd.1")
    assert re.search(rf"^{key} = .+$", read("config.example.toml"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_every_command_and_option_is_explained_in_the_reference_and_the_manual(command: Command) -> None:
    page, manual = read("docs/commands.md"), read("docs/man/syncd.1").replace("\\-", "-")
    assert command.meaning
    assert f"## `{command.path}`\n" in page and command.usage in page
    for parameter in command.parameters:
        assert parameter.meaning, parameter.written
        for name in parameter.names:
            assert f"`{name}`" in page and name in manual


def test_every_command_is_reached_from_the_front_page_or_the_reference() -> None:
    front = read("README.md")
    for command in COMMANDS:
        assert command.path in front or "docs/commands.md" in front


def test_the_exit_codes_are_those_that_there_are() -> None:
    codes = {code for _, code in exits._CODES} | {exits.DONE, exits.SOMETHING_LEFT, exits.LATER}
    assert set(EXITS) == codes | {int(code) for code in Exit}


def test_the_manual_is_clean_roff() -> None:
    if shutil.which("groff") is None:
        pytest.skip("there is no groff here")
    command = ["groff", "-man", "-ww", "-Tutf8", "-z", str(DOCS / "man" / "syncd.1")]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


# --- troubleshooting


def every_error() -> list[type[errors.SyncdError]]:
    found, left = [], [errors.SyncdError]
    while left:
        kind = left.pop()
        below = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
        left += below
        if not below:
            found.append(kind)
    return sorted([*found, Corrupt, NotReady], key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_its_place_in_troubleshooting(kind: type[errors.SyncdError]) -> None:
    name = "".join(f"-{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("-")
    assert f"`{name}`" in read("docs/troubleshooting.md")


@pytest.mark.parametrize("state", State.__args__)  # type: ignore[attr-defined]
def test_every_state_has_its_place_in_troubleshooting(state: str) -> None:
    assert f"| `{state}` |" in read("docs/troubleshooting.md")


@pytest.mark.parametrize("code", sorted(EXITS))
def test_every_exit_code_has_its_place_in_troubleshooting(code: int) -> None:
    assert f"| {code} |" in read("docs/troubleshooting.md")


def test_no_page_points_to_what_is_not_there() -> None:
    pages = [CHECKOUT / "README.md", *DOCS.glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


# --- completion


@pytest.mark.parametrize(
    ("words", "expected"),
    [("syncd sta", "status"), ("syncd held con", "confirm"), ("syncd sync --dr", "--dry-run")],
)
def test_the_shell_completes_commands_and_options(words: str, expected: str) -> None:
    asked = {"_SYNCD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [str(Path(sys.executable).with_name("syncd"))]
    environ = {**os.environ, **asked}
    found = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, timeout=60)
    assert found.stdout.split() == [expected], found.stderr


def test_completion_is_installed_for_the_shell(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("syncd")), "--show-completion", "bash"]
    environ = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    found = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, timeout=60)
    assert "_SYNCD_COMPLETE=complete_bash" in found.stdout, found.stderr
