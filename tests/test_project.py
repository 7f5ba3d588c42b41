"""The project itself: what a fresh clone needs, and what must never be in it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import syncd

ROOT = Path(__file__).parent.parent
TARGETS = {".venv", "demo", "test", "test-systemd", "lint", "bench", "bench-check", "sim", "clean"}
# Written in parts, so that this file does not find itself. Our own documents may name a home as an example.
INDEX_HOSTS = re.compile(r"pypi\." + r"org|python" + r"hosted|--(?:extra-)?index" + r"-url|--find" + r"-links")
MACHINE_PATHS = re.compile(r"/wo" + r"rk/[a-z.]|/ro" + r"ot/|/home/" + r"(?!user\b|you\b|ada\b)[a-z]")
REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*")


def tracked() -> list[Path]:
    """The files of the repository, those of this commit in the making too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path.relative_to(ROOT), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a picture
    return found


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    assert [row for row in rows if not re.fullmatch(r"[\w.-]+==[\w.+!]+", row)] == []
    return {normal(name): version for name, _, version in (row.partition("==") for row in rows)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_makefile_has_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"^([\w.-]+):(?!=)", makefile, re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize(("target", "folder"), [("sim", "sim"), ("bench", "bench"), ("bench-check", "bench")])
def test_a_target_whose_module_is_not_there_fails_and_says_so(target: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    stamps = [".venv/.development", ".venv/.bench"]
    (tmp_path / ".venv").mkdir()
    for stamp in stamps:
        (tmp_path / stamp).touch()
    command = ["make", *(word for stamp in stamps for word in ("-o", stamp)), target]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert f"make {target}: tests/{folder} is not there yet" in run.stderr


def test_ci_runs_the_suite_and_the_lint_and_stops_at_the_first_failure() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "set -euo pipefail" in script
    called = re.findall(r"^\s*(make [\w-]+)$", script, re.MULTILINE)
    assert called == ["make test", "make lint", "make coverage", "make bench-check"]


def test_no_tracked_file_names_a_package_index() -> None:
    assert [str(path) for path, text in texts() if INDEX_HOSTS.search(text)] == []


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    assert [(str(path), found.group()) for path, text in texts() if (found := MACHINE_PATHS.search(text))] == []


def test_the_constraints_pin_everything_that_we_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    names = {normal(match.group()) for each in asked if (match := REQUIREMENT.match(each))}
    assert names <= set(pinned())


def test_the_constraints_pin_everything_that_is_installed() -> None:
    """In an environment made by `make .venv`; another one may hold what it likes."""
    if not (Path(sys.prefix) / ".development").exists():
        pytest.skip("not the environment that make .venv made")
    command = [sys.executable, "-m", "pip", "freeze", "--exclude-editable"]
    frozen = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    versions = {normal(name): version for name, _, version in (row.partition("==") for row in frozen if "==" in row)}
    assert {name: version for name, version in versions.items() if pinned().get(name) != version} == {}


def test_the_wheel_holds_the_package_the_migrations_and_the_units(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"syncd-{syncd.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    migrations = {f"syncd/migrations/{path.name}" for path in (ROOT / "migrations").glob("*.sql")}
    units = {f"syncd/systemd/{path.name}" for path in (ROOT / "systemd").iterdir()}
    assert names >= migrations | units | {"syncd/__main__.py", "syncd/py.typed"}
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]
