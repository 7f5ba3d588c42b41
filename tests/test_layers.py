"""The house stands: who imports whom, a pure core, each library in its room, and nothing too long (tests/house.py)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.house import BODY_LINES, MAY_IMPORT, MODULE_LINES, OUTERMOST, Source, broken, module_name

PACKAGE = Path(__file__).parent.parent / "syncd"
MODULES = sorted(PurePosixPath(path.relative_to(PACKAGE).as_posix()) for path in PACKAGE.rglob("*.py"))
NAMES = frozenset(map(module_name, MODULES))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_the_module_keeps_the_law_of_the_house(path: PurePosixPath) -> None:
    assert broken(Source(path, (PACKAGE / path).read_text(encoding="utf-8"), NAMES)) == []


def test_every_folder_and_module_of_the_package_is_a_room_that_the_law_knows() -> None:
    rooms = {path.parts[0].removesuffix(".py") for path in MODULES}
    assert rooms <= set(MAY_IMPORT) | OUTERMOST


OURS = frozenset(
    "syncd.core.plan syncd.store.trees syncd.remotes.faces syncd.remotes.http syncd.remotes.stash.v1 "
    "syncd.remotes.disk syncd.remotes.registry syncd.engine.cycle syncd.config syncd.log".split()
)


def judged(path: str, text: str) -> list[str]:
    """What the law says of a module with that text, without the place."""
    return [why.split(": ", 1)[1] for why in broken(Source(PurePosixPath(path), f'"""Doc."""\n{text}\n', OURS))]


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("core/plan.py", "import os", "core is pure and imports os"),
        ("core/plan.py", "import httpx", "core is pure and imports httpx"),
        ("core/plan.py", "from time import sleep", "core is pure and imports time"),
        ("core/plan.py", "def f():\n    import random", "core is pure and imports random"),
        ("core/plan.py", "from syncd.store import trees", "core imports syncd.store.trees"),
        ("core/plan.py", "open('x')", "core is pure and calls open"),
        ("core/plan.py", "datetime.datetime.now()", "core is pure and calls datetime.datetime.now"),
        ("core/deep/plan.py", "from ...store import trees", "core imports syncd.store.trees"),
        ("log.py", "from syncd.core import plan", "log imports syncd.core.plan"),
        ("config/sources.py", "import syncd.log", "config imports syncd.log"),
        ("store/trees.py", "from syncd.local.scan import walk", "store imports syncd.local.scan"),
        ("store/trees.py", "import httpx", "httpx belongs to cli and remotes"),
        ("local/scan.py", "import sqlite3", "sqlite3 belongs to server and store"),
        ("engine/act.py", "import sqlite_utils.db", "sqlite_utils.db belongs to server and store"),
        ("engine/act.py", "from syncd.remotes import registry", "engine imports syncd.remotes.registry"),
        ("engine/act.py", "from syncd.remotes.stash import v1", "engine imports syncd.remotes.stash.v1"),
        ("engine/act.py", "from syncd.remotes import http", "engine imports syncd.remotes.http"),
        ("daemon/run.py", "from syncd.remotes import registry", "daemon imports syncd.remotes.registry"),
        ("daemon/run.py", "from rich import print", "rich belongs to cli"),
        ("remotes/stash/v1.py", "from syncd.remotes import disk", "stash imports another kind or the registry: "),
        ("remotes/http.py", "from syncd.remotes.stash import v1", "http imports another kind or the registry: "),
        ("remotes/stash/v1.py", "from .. import registry", "stash imports another kind or the registry: "),
        ("server/app.py", "from syncd.core import plan", "server imports syncd.core.plan"),
        ("server/app.py", "import httpx", "httpx belongs to cli and remotes"),
        ("web/pages.py", "from syncd.engine import cycle", "web imports syncd.engine.cycle"),
        ("cli/run.py", "from syncd.engine.cycle import Cycle", "imports the insides of engine: syncd.engine.cycle"),
        ("util/odd.py", "from syncd.core import plan", "util is no room of the house"),
    ],
)
def test_the_law_finds_an_offender(path: str, text: str, why: str) -> None:
    found = judged(path, text)
    assert len(found) == 1
    assert found[0].partition(": ")[2].startswith(why)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/plan.py", "from dataclasses import dataclass\nfrom syncd.core.model import Item"),
        ("core/plan.py", "from . import model\nnow = 3"),
        ("store/trees.py", "import sqlite3\nfrom syncd.core import plan\nfrom syncd import __version__"),
        ("engine/act.py", "from syncd.remotes import faces\nfrom syncd.remotes.faces import Source"),
        ("remotes/registry.py", "from syncd.remotes.stash import v1\nfrom syncd.remotes import disk"),
        ("remotes/stash/v1.py", "from syncd.remotes import http\nfrom syncd.remotes.stash import draft\nimport httpx"),
        ("remotes/stash/v1.py", "from . import draft"),
        ("cli/run.py", "from syncd.engine import Engine\nfrom syncd.remotes import registry\nimport typer"),
        ("__main__.py", "from syncd.cli import main"),
    ],
)
def test_the_law_leaves_the_lawful_alone(path: str, text: str) -> None:
    assert judged(path, text) == []


def test_the_law_measures_modules_and_bodies() -> None:
    assert judged("core/plan.py", "x = 1\n" * (MODULE_LINES - 2)) == []
    assert judged("core/plan.py", "x = 1\n" * MODULE_LINES)[0].endswith("250 are the most")
    body = "def plan():\n    '''Doc.'''\n" + "    x = 1\n" * BODY_LINES
    assert judged("core/plan.py", body) == []
    assert judged("core/plan.py", body + "    x = 1\n") == [
        "line 2: the body of plan has 41 lines, and 40 are the most"
    ]


def test_a_module_opens_with_what_it_is_for() -> None:
    assert broken(Source(PurePosixPath("core/plan.py"), "x = 1\n")) == [
        "syncd/core/plan.py: does not open with what it is for"
    ]
