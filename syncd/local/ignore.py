"""What is not mirrored: the built-in rules, the mirror's own, and those of `.syncignore`, in gitignore syntax.

Law: as in git, the last line that matches decides, a line without an inner slash matches names and any other the path
from the top, and nothing inside an ignored directory comes back. Rules that cannot be understood are an error, never
no rules.

pathspec translates the globs. Its GitIgnoreSpec is not used to decide: version 1.1.1 lets `!keep.log` bring back
`build/keep.log` from an ignored `build` (cpburnz/python-pathspec#129) and takes `d/**` for the directory `d` (#137).
Each line is matched against one path component or one whole path here, so that neither question comes up.
"""

from __future__ import annotations

import hashlib
import re
import stat as mode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from syncd.core.errors import Misconfigured, SyncdError
from syncd.local.descent import INNER
from syncd.local.failures import failures
from syncd.local.kernel import Spot
from syncd.local.root import Root

IGNORE_FILE = ".syncignore"
LIMIT = 1 << 20
BUILT_IN = (
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "*~",
    ".#*",
    "\\#*#",
    "*.swp",
    "*.swx",
    "*.tmp",
    "*.part",
    "*.crdownload",
    ".~lock.*#",
    "~$*",
)
ALWAYS = (INNER, IGNORE_FILE)
"""These come last, so that nothing brings them back."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One rule. `whole`: the expression must match to the end; otherwise it describes how the path begins."""

    ignores: bool
    directories_only: bool
    anchored: bool
    whole: bool
    expression: re.Pattern[str]

    def matches(self, path: str, name: str, *, directory: bool) -> bool:
        if self.directories_only and not directory:
            return False
        subject = path if self.anchored else name
        return (self.expression.fullmatch if self.whole else self.expression.search)(subject) is not None


def _parse(text: str) -> _Line | None:
    """One line of gitignore syntax; None for a blank one or a comment. ValueError if it is wrong."""
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    text = text.removesuffix("\r")
    stripped = text.rstrip(" ")
    if stripped.endswith("\\") and stripped != text:
        stripped += " "
    if not stripped or stripped.startswith("#"):
        return None
    glob = stripped.removeprefix("!")
    core = glob.removesuffix("/")
    if not core.strip("/"):
        raise ValueError("it matches nothing")
    anchored = "/" in core
    if core[0] in "#!":
        core = f"\\{core}"
    expression, _ = GitIgnoreSpecPattern.pattern_to_regex(core)
    if expression is None:
        raise ValueError("it matches nothing")
    return _Line(
        ignores=not stripped.startswith("!"),
        directories_only=glob.endswith("/"),
        anchored=anchored,
        whole=not (core.endswith("/**") or expression in (".", "/")),
        expression=re.compile(expression, re.DOTALL),
    )


def _parse_all(lines: Sequence[str], source: str) -> list[_Line]:
    parsed = []
    for number, text in enumerate(lines, start=1):
        try:
            if "\0" in text:
                raise ValueError("it contains a NUL")
            line = _parse(text)
        except (ValueError, re.error) as error:
            raise Misconfigured(
                f"{source}, line {number}: {text!r} is no gitignore pattern: {error}",
                remedy="Correct that line; nothing is synchronised meanwhile, lest ignored files be sent.",
                path=IGNORE_FILE if source == IGNORE_FILE else None,
            ) from error
        if line is not None:
            parsed.append(line)
    return parsed


class Rules:
    """A set of rules; immutable, and safe to use from several threads."""

    def __init__(self, patterns: Sequence[str], root_file_text: str) -> None:
        """`patterns` are the mirror's `ignore`, `root_file_text` is what `.syncignore` holds ("" without one).
        Misconfigured, naming the line, if one is wrong."""
        file_lines = root_file_text.removeprefix("\ufeff").split("\n")
        lines = _parse_all(BUILT_IN, "built in")
        lines += _parse_all(patterns, "ignore")
        lines += _parse_all(file_lines, IGNORE_FILE)
        lines += _parse_all(ALWAYS, "built in")
        self._lines = tuple(reversed(lines))
        everything = "\n".join((*BUILT_IN, "", *patterns, "", *file_lines))
        self.digest = hashlib.sha256(everything.encode(errors="surrogatepass")).hexdigest()
        self._prefilter = _union(lines)
        self._anchored = any(line.anchored and line.ignores for line in lines)

    def matches(self, path: str, directory: bool) -> bool:  # noqa: FBT001 - the engine's face, like isdir
        """Whether `path` is ignored: by itself, or because a directory on the way to it is."""
        ends = [index for index, letter in enumerate(path) if letter == "/"]
        if any(self.matches_itself(path[:end], directory=True) for end in ends):
            return True
        return bool(path) and self.matches_itself(path, directory=directory)

    def sieve(self, directory: str) -> Callable[[str], object]:
        """Asks quickly of the names of files in a directory that is not ignored: a false answer says that the file is
        not either, a true one that `matches_itself` has to be asked."""
        if not self._anchored:
            return self._prefilter.match
        above = f"{directory}/" if directory else ""
        return lambda name: self.matches_itself(above + name, directory=False)

    def matches_itself(self, path: str, *, directory: bool) -> bool:
        """The same for a path whose parents are known not to be ignored; quick, for listings."""
        name = path.rpartition("/")[2]
        if not self._anchored and self._prefilter.match(name) is None:
            return False
        for line in self._lines:
            if line.matches(path, name, directory=directory):
                return line.ignores
        return False


def _union(lines: Sequence[_Line]) -> re.Pattern[str]:
    """One expression that matches every name that some unanchored line ignores (and perhaps more)."""
    plain = [line.expression.pattern for line in lines if line.ignores and not line.anchored]
    parts = [re.sub(r"\(\?P<\w+>", "(?:", part).removeprefix("^(?:.+/)?") for part in plain]
    return re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL)


def load_rules(root: Root, patterns: Sequence[str]) -> Rules:
    """The rules of this folder now. DiskFailed if `.syncignore` is there but cannot be read, Misconfigured if it is
    no regular text file or a line is wrong; never silently none. May be repeated."""
    return _parsed(tuple(patterns), _read(root))


@lru_cache(maxsize=16)
def _parsed(patterns: tuple[str, ...], root_file_text: str) -> Rules:
    """Rules are immutable, and asked for at every look: those of one text are made once."""
    return Rules(patterns, root_file_text)


def _read(root: Root) -> str:
    with root.top() as top, failures(IGNORE_FILE):
        spot = Spot(top, IGNORE_FILE.encode())
        status = spot.lstat()
        if status is None:
            return ""
        if not mode.S_ISREG(status.st_mode) or status.st_size > LIMIT:
            raise _unusable("is no regular file of at most 1 MiB")
        content = spot.read(LIMIT)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise _unusable(f"is not UTF-8 in line {number}") from error


def _unusable(why: str) -> SyncdError:
    return Misconfigured(f"{IGNORE_FILE} {why}", remedy="Correct or remove it.", path=IGNORE_FILE)
