"""What makes a document wrong: first key by key (pydantic), then what only shows when keys are seen together.

Every check runs whatever the others found, so that one run tells all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from syncd.config.mistakes import Key, worded
from syncd.config.paths import Paths
from syncd.config.sections import DaemonSettings, Document, MirrorSection, MirrorSettings
from syncd.config.sources import plain_name
from syncd.config.values import Folder

NAME = re.compile(r"(?!.*__)[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
FOLDER: TypeAdapter[Path] = TypeAdapter(Folder)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a document came to; `daemon` is None when there are mistakes."""

    daemon: DaemonSettings | None
    mirrors: tuple[MirrorSettings, ...]
    mistakes: tuple[str, ...]


def check(raw: dict[str, Any], paths: Paths, kinds: Collection[str], origins: Mapping[Key, str]) -> Checked:
    """Validate a raw document; `kinds` are the kinds of remote that exist."""
    mistakes: list[str] = []
    document: Document | None = None
    try:
        document = Document(**raw)
    except ValidationError as error:
        mistakes += [worded(each, origins) for each in error.errors(include_url=False, include_context=False)]
    sections = _sections(raw)
    mistakes += _names(list(sections))
    mistakes += _kinds(sections, kinds)
    mistakes += _folders({name: folder for name, part in sections.items() if (folder := _folder(part))}, paths)
    if document is None or mistakes:
        return Checked(None, (), tuple(mistakes))
    mirrors = tuple(
        MirrorSettings(**dict(section), name=name, state=paths.mirror_state(name))
        for name, section in document.mirror.items()
    )
    return Checked(document.daemon, mirrors, ())


def _sections(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The mirrors' sections that are sections at all; the others are pydantic's to name."""
    mirrors = raw.get("mirror", {})
    if not isinstance(mirrors, dict):
        return {}
    return {name: part for name, part in mirrors.items() if isinstance(part, dict)}


def _names(names: list[str]) -> Iterator[str]:
    for name in names:
        if not NAME.fullmatch(name):
            yield (
                f"mirror.{name}: a mirror's name must be letters, digits, - and single _, "
                f"beginning with a letter or digit, at most 64"
            )
    for one, other in combinations(names, 2):
        if plain_name(one) == plain_name(other):
            yield f"mirror.{other}: too like the name of mirror.{one}: an environment variable could mean both"


def _kinds(sections: Mapping[str, Mapping[str, Any]], kinds: Collection[str]) -> Iterator[str]:
    for name, section in sections.items():
        kind = section.get("kind", MirrorSection.model_fields["kind"].default)
        if isinstance(kind, str) and kind not in kinds:
            yield f"mirror.{name}.kind: must be {_either(sorted(kinds))}, not {kind!r}"


def _either(words: list[str]) -> str:
    return " or ".join(repr(word) for word in words)


def _folder(section: Mapping[str, Any]) -> Path | None:
    """The folder that a section means, with links followed, or None when pydantic has already named its mistake."""
    try:
        folder = FOLDER.validate_python(section.get("folder", MirrorSection.model_fields["folder"].default))
    except ValidationError:
        return None
    return Path(os.path.realpath(folder))


def _folders(folders: Mapping[str, Path], paths: Paths) -> Iterator[str]:
    """No folder may hold another mirror's or our own state: each would send the other's files."""
    for (one, first), (other, second) in combinations(folders.items(), 2):
        if first == second:
            yield f"mirror.{other}.folder: is the folder of mirror.{one} too: {second}"
        elif first in second.parents or second in first.parents:
            yield f"mirror.{other}.folder: {second} and mirror.{one}'s {first} are one inside the other"
    state = Path(os.path.realpath(paths.state))
    for name, folder in folders.items():
        if folder == state or folder in state.parents or state in folder.parents:
            yield f"mirror.{name}.folder: {folder} and syncd's own state in {state} are one inside the other"
