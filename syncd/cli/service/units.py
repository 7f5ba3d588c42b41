"""The units of this installation: those of `systemd/`, with its paths and the mirrors of its configuration filled in.

Law: pure text in, text out, but for `template`, which reads our own files. What a person wrote (a path, a name) is
quoted, so that it can never be read as another directive or specifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from syncd import __version__

WRITTEN = "# Written by `syncd service install`"
USER_UNIT = "syncd.service"
SYSTEM_UNIT = "syncd@.service"
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""What ProtectHome=tmpfs hides (systemd.exec(5))."""
RELOADING_TYPE_SINCE = 253
SLOWER_RESTARTS_SINCE = 254
SLOWER_RESTARTS = ("RestartSteps=6", "RestartMaxDelaySec=5min")


@dataclass(frozen=True, slots=True)
class Installation:
    """What a unit must know. `command`: the absolute path of a program, and its arguments. `folders`: the mirrored
    ones. `credentials`: the name of each, and its file. `programs`: folders that the program is in. `manager`:
    systemd's version. `linger`: whether lingering is ours to end."""

    command: Sequence[str]
    folders: Sequence[Path]
    manager: int
    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Sequence[tuple[str, Path]] = ()
    programs: Sequence[Path] = ()
    configuration: Path | None = None
    linger: bool = False


def template(name: str) -> str:
    """A unit as it travels with syncd: in the wheel inside the package, in a checkout beside it."""
    package = resources.files("syncd")
    inside = package / "systemd"
    folder = inside if inside.is_dir() else package / ".." / "systemd"
    return (folder / name).read_text(encoding="utf-8")


def user_unit(installation: Installation) -> str:
    """The whole unit of a user's own manager."""
    own = [*_environment(installation), *_credentials(installation)]
    return _filled(USER_UNIT, installation, own)


def system_unit(installation: Installation) -> str:
    """The template for the whole system: the same for every user who has an instance."""
    return _filled(SYSTEM_UNIT, installation, [])


def drop_in(installation: Installation) -> str:
    """What belongs to one user's instance of the template: the folders, the credentials, the configuration."""
    mounts = [f"RequiresMountsFor={_quoted(str(folder))}" for folder in installation.folders]
    seen = [*installation.programs, *([installation.configuration.parent] if installation.configuration else [])]
    lines = [
        _head(installation),
        "[Unit]",
        *mounts,
        "",
        "[Service]",
        *(_opened(folder) for folder in installation.folders),
        *(f"BindReadOnlyPaths={_quoted(str(folder))}" for folder in _hidden(seen)),
        *_environment(installation),
        *_credentials(installation),
    ]
    return "\n".join(lines) + "\n"


def is_ours(text: str) -> bool:
    """Whether `syncd service install` wrote it, so that it may be replaced and removed."""
    return text.startswith(WRITTEN)


def ends_linger(text: str) -> bool:
    """Whether the unit says that its installation began the lingering."""
    return "\n# linger\n" in text


def _filled(name: str, installation: Installation, own: Sequence[str]) -> str:
    lines = [_head(installation), *(line for line in template(name).splitlines() if not line.startswith("#"))]
    filled: list[str] = []
    for line in lines:
        if line == "ExecStart=syncd run":
            filled += [f"ExecStart={' '.join(_argument(each) for each in installation.command)}", *own]
        elif installation.manager >= RELOADING_TYPE_SINCE and line == "Type=notify":
            filled.append("Type=notify-reload")
        elif installation.manager >= SLOWER_RESTARTS_SINCE and line.startswith("RestartSec="):
            filled += [line, *SLOWER_RESTARTS]
        elif installation.manager < RELOADING_TYPE_SINCE or not line.startswith("ExecReload="):
            filled.append(line)
    return "\n".join(filled) + "\n"


def _head(installation: Installation) -> str:
    linger = "\n# linger" if installation.linger else ""
    return f"{WRITTEN} of syncd {__version__}; `syncd service uninstall` removes it.{linger}"


def _opened(folder: Path) -> str:
    """A folder that hidden homes hold is bound back; elsewhere it is made writable."""
    word = "BindPaths" if _hidden([folder]) else "ReadWritePaths"
    return f"{word}={_quoted(str(folder))}"


def _hidden(folders: Sequence[Path]) -> list[Path]:
    """Those that ProtectHome hides, each once."""
    return sorted({folder for folder in folders if any(folder.is_relative_to(home) for home in HIDDEN)})


def _environment(installation: Installation) -> Iterator[str]:
    for name, value in installation.environment.items():
        yield f"Environment={_quoted(f'{name}={value}')}"


def _credentials(installation: Installation) -> Iterator[str]:
    for name, file in installation.credentials:
        yield f"LoadCredential={_escaped(name)}:{_escaped(str(file))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """As one word of a directive (systemd.syntax(7))."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{_escaped(inner)}"'


def _argument(text: str) -> str:
    """As one argument of a command line, in which $ means a variable too."""
    return _quoted(text.replace("$", "$$"))
