"""Where settings come from: the file, the environment, systemd's credentials; gathered into one raw document.

The environment wins over the file; a credential fills in a secret that neither of them gives. Nothing is judged here
beyond what makes a source unreadable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.config.mistakes import Key, dotted, hint
from syncd.config.paths import Paths
from syncd.config.sections import SECTIONS

PREFIX = "SYNCD_"
# Variables of ours that are no setting: syncd.config.paths reads them.
PLACES = frozenset({"SYNCD_CONFIG", "SYNCD_STATE_DIR", "SYNCD_RUNTIME_DIR"})


@dataclass(slots=True)
class Gathered:
    """The raw document, the variable or file that each overridden key came from, and what could not be read."""

    document: dict[str, Any]
    origins: dict[Key, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def gather(paths: Paths, environ: Mapping[str, str]) -> Gathered:
    """Read all sources; the environment's names of mirrors are matched without regard to case."""
    gathered = Gathered({})
    gathered.document = _file(paths, gathered.mistakes)
    _add_environment(gathered, environ)
    if paths.credentials is not None:
        _add_credentials(gathered, paths.credentials)
    return gathered


def plain_name(mirror: str) -> str:
    """What two names of mirrors have in common that an environment variable cannot tell apart."""
    return mirror.casefold().replace("-", "_")


def _file(paths: Paths, mistakes: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(paths.config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if paths.config_named:
            mistakes.append(f"{paths.config}: there is no such file")
    except OSError as error:
        mistakes.append(f"{paths.config}: cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        mistakes.append(f"{paths.config}: is not UTF-8 (byte {error.start})")
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{paths.config}: is not TOML: {error}")
    return {}


def _add_environment(gathered: Gathered, environ: Mapping[str, str]) -> None:
    for variable, value in sorted(environ.items()):
        if not variable.upper().startswith(PREFIX) or variable.upper() in PLACES:
            continue
        key = tuple(variable[len(PREFIX) :].lower().split("__"))
        if key[0] not in SECTIONS[""]:
            if len(key) > 1:  # one word alone is somebody's own variable, and may be there for anything
                gathered.mistakes.append(f"{dotted(key)}: unknown key{hint(key[:1])} (from {variable})")
            continue
        from syncd.config.environment import part_of

        found = part_of(variable, value)
        if found is None:
            gathered.mistakes.append(f"{dotted(key)}: must be JSON (from {variable})")
            continue
        _merge(gathered, found, variable)


def _merge(gathered: Gathered, found: dict[str, Any], variable: str) -> None:
    """Lay one variable's part over the document, and remember the keys that it gave."""
    document = gathered.document
    mirrors = document.get("mirror")
    existing = {plain_name(name): name for name in mirrors} if isinstance(mirrors, dict) else {}
    if isinstance(found.get("mirror"), dict):
        found["mirror"] = {existing.get(plain_name(name), name): part for name, part in found["mirror"].items()}
    _lay_over(document, found, (), variable, gathered.origins)


def _lay_over(under: dict[str, Any], over: Mapping[str, Any], at: Key, variable: str, origins: dict[Key, str]) -> None:
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(under.setdefault(name, {}), dict):
            _lay_over(under[name], value, (*at, name), variable, origins)
        else:
            under[name] = value
            origins[*at, name] = variable


def _add_credentials(gathered: Gathered, folder: Path) -> None:
    """Give each mirror without a client_secret the one in `<mirror>.client_secret`, if there is such a file."""
    mirrors = gathered.document.get("mirror")
    for name, section in mirrors.items() if isinstance(mirrors, dict) else ():
        if not isinstance(section, dict) or section.get("client_secret", ""):
            continue
        file = folder / f"{Path(name).name}.client_secret"
        try:
            section["client_secret"] = file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, ValueError) as error:
            gathered.mistakes.append(f"mirror.{name}.client_secret: {file} cannot be read: {type(error).__name__}")
        gathered.origins["mirror", name, "client_secret"] = str(file)
