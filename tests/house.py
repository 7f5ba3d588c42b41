"""The law of the house (docs/architecture.md) as functions over source text; tests/test_layers.py applies them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

# What each room may import of ours, beside itself. `cli` is judged by its own rule; the package's own two files too.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "log": frozenset(),
    "server": frozenset(),
    "config": frozenset({"core"}),
    "store": frozenset({"core"}),
    "local": frozenset({"core"}),
    "remotes": frozenset({"core"}),
    "engine": frozenset({"core", "store", "local", "remotes.faces"}),
    "web": frozenset({"core", "store"}),
    "daemon": frozenset({"core", "config", "log", "store", "local", "remotes.faces", "engine", "web"}),
}
OUTERMOST = frozenset({"cli", "__main__", "__init__"})
# What every kind of remote may use of its own room; the registry alone names the kinds.
SHARED_BY_KINDS = frozenset({"faces", "http", "oauth"})
# A library that only some rooms may speak to, because it is what those rooms are for.
LIBRARY_ROOMS: dict[str, frozenset[str]] = {
    "sqlite3": frozenset({"store", "server"}),
    "sqlite_utils": frozenset({"store", "server"}),
    "watchdog": frozenset({"local"}),
    "apscheduler": frozenset({"daemon"}),
    "httpx": frozenset({"remotes", "cli"}),
    "oauthlib": frozenset({"remotes", "server"}),
    "typer": frozenset({"cli"}),
    "rich": frozenset({"cli"}),
    "platformdirs": frozenset({"config"}),
    "pydantic_settings": frozenset({"config"}),
    "PIL": frozenset({"server", "cli"}),
}
# The parts of the standard library that neither tell the time nor reach outside: all that core may use.
PURE = frozenset(
    "__future__ abc base64 binascii bisect collections contextlib copy dataclasses datetime difflib enum functools "
    "graphlib hashlib heapq itertools json math operator re string struct textwrap types typing unicodedata".split()
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
IMPURE_METHODS = frozenset({"now", "today", "utcnow"})
MODULE_LINES = 250
BODY_LINES = 40


@dataclass(frozen=True, slots=True)
class Source:
    """One module: its path below syncd/, its text, and the names of all our modules, to tell a module from a value."""

    path: PurePosixPath
    text: str
    modules: Collection[str] = ()

    @property
    def room(self) -> str:
        return self.path.parts[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))


def module_name(path: PurePosixPath) -> str:
    """`store/trees.py` is `syncd.store.trees`; `store/__init__.py` is `syncd.store`."""
    return ".".join(("syncd", *path.with_suffix("").parts)).removesuffix(".__init__")


def broken(source: Source) -> list[str]:
    """Every way in which the module breaks the law, in words."""
    rules = (_imports, _purity, _sizes, _words)
    return [f"syncd/{source.path}: {why}" for rule in rules for why in rule(source)]


def _imports(source: Source) -> Iterator[str]:
    for line, name in _imported(source):
        why = _against_ours(source, name) if name.split(".")[0] == "syncd" else _against_library(source, name)
        if why:
            yield f"line {line}: {why}"


def _imported(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that is imported; one that is taken from its package counts by its own name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module_name(source.path.parent / "__init__.py").split(".")
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                below = f"{module}.{alias.name}"
                yield node.lineno, below if below in source.modules else module


def _against_library(source: Source, name: str) -> str:
    top = name.split(".", maxsplit=1)[0]
    if source.room == "core" and top not in PURE:
        return f"core is pure and imports {name}"
    rooms = LIBRARY_ROOMS.get(top)
    return f"{name} belongs to {' and '.join(sorted(rooms))}" if rooms and source.room not in rooms else ""


def _against_ours(source: Source, name: str) -> str:
    target = name.split(".")[1:]
    if not target:
        return ""  # the package itself holds the version only
    if source.room == target[0]:
        return _against_kinds(source, name) if source.room == "remotes" else ""
    if source.room in OUTERMOST:
        return f"imports the insides of engine: {name}" if target[0] == "engine" and len(target) > 1 else ""
    if source.room not in MAY_IMPORT:
        return f"{source.room} is no room of the house"
    allowed = (each.split(".") for each in MAY_IMPORT[source.room])
    return "" if any(target[: len(each)] == each for each in allowed) else f"{source.room} imports {name}"


def _against_kinds(source: Source, name: str) -> str:
    """Inside remotes: only the registry names the kinds, and what kinds share knows none of them."""
    here = source.path.parts[1].removesuffix(".py")
    target = name.split(".")[2:3]
    free = here == "registry" or not target or target[0] in SHARED_BY_KINDS | {here}
    return "" if free else f"{here} imports another kind or the registry: {name}"


def _purity(source: Source) -> Iterator[str]:
    if source.room != "core":
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        reaches_out = isinstance(called, ast.Name) and called.id in IMPURE_CALLS
        tells_time = isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS
        if reaches_out or tells_time:
            yield f"line {node.lineno}: core is pure and calls {ast.unparse(called)}"


def _sizes(source: Source) -> Iterator[str]:
    if (lines := len(source.text.splitlines())) > MODULE_LINES:
        yield f"has {lines} lines, and {MODULE_LINES} are the most"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if size > BODY_LINES:
                yield f"line {node.lineno}: the body of {node.name} has {size} lines, and {BODY_LINES} are the most"


def _words(source: Source) -> Iterator[str]:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "does not open with what it is for"
