"""docs/man/syncd.1, from the same commands and settings, in the macros of man(7)."""

from __future__ import annotations

import re

from syncd import __version__
from tests.paper.commands import EXITS, Command, every_command
from tests.paper.settings import Key, daemon_keys, mirror_keys

NAME = "keeps a Sta.sh and a local folder the same, both ways"
DESCRIPTION = (
    "syncd mirrors a Sta.sh, the private storage of DeviantArt, in a local folder: what is drawn, renamed, moved or "
    "deleted on one side arrives on the other. Nothing is ever lost: what a deletion or a conflict takes away is in a "
    "trash that is plain files. `syncd run` is the daemon; every other command works with it or without it."
)
FILES = {
    "~/.config/syncd/config.toml": "The configuration.",
    "~/.local/state/syncd/MIRROR/": "The database, the tokens and the lock of a mirror.",
    "$XDG_RUNTIME_DIR/syncd/control.sock": "The daemon's control socket.",
    "FOLDER/.syncd/": "The marker, the stage and the trash of a mirrored folder; never synced.",
    "FOLDER/.syncignore": "What is left alone, as in .gitignore.",
}
VARIABLES = {
    "SYNCD_CONFIG": "The configuration file.",
    "SYNCD_STATE_DIR": "The folder of databases, tokens and locks.",
    "SYNCD_RUNTIME_DIR": "The folder of the control socket.",
}


def manual_page() -> str:
    """The page, as roff."""
    commands = every_command()
    lines = [
        '.\\" Made by `make docs` from the commands and the settings; do not edit it here.',
        f'.TH SYNCD 1 "" "syncd {__version__}" "User Commands"',
        *_section("NAME", f"syncd \\- {_escaped(NAME)}"),
        *_section("SYNOPSIS", _escaped(commands[0].usage)),
        *_section("DESCRIPTION", _text(DESCRIPTION)),
        ".SH OPTIONS",
        *_parameters(commands[0]),
        ".SH COMMANDS",
        *(line for command in commands[1:] for line in _command(command)),
        ".SH CONFIGURATION",
        ".SS [daemon]",
        *(line for key in daemon_keys() for line in _key(key)),
        ".SS [mirror.NAME]",
        *(line for key in mirror_keys() for line in _key(key)),
        ".SH ENVIRONMENT",
        _text("Each key of the configuration, as named with it; the environment wins."),
        *(line for name, meaning in VARIABLES.items() for line in _tagged(name, meaning)),
        ".SH FILES",
        *(line for name, meaning in FILES.items() for line in _tagged(name, meaning)),
        ".SH EXIT STATUS",
        *(line for code, meaning in EXITS.items() for line in _tagged(str(code), meaning)),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, *paragraphs: str) -> list[str]:
    return [f".SH {title}", *paragraphs]


def _command(command: Command) -> list[str]:
    return [f".SS {_escaped(command.usage)}", _text(command.meaning), *_parameters(command)]


def _parameters(command: Command) -> list[str]:
    """The options, each with its value, and the arguments that need a word."""
    lines = []
    for parameter in command.parameters:
        names = ", ".join(parameter.names) or parameter.written.strip("[]")
        lines += _tagged(names, parameter.meaning)
    return lines


def _key(key: Key) -> list[str]:
    values = f" {key.values}." if key.values else ""
    return _tagged(f"{key.name} = {key.default}", f"{key.meaning}{values} Environment: `{key.variable}`.")


def _tagged(tag: str, text: str) -> list[str]:
    return [".TP", f"\\fB{_escaped(tag)}\\fR", _text(text)]


def _text(text: str) -> str:
    """A paragraph: `code` becomes bold, *words* italic."""
    escaped = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", _escaped(text))
    escaped = re.sub(r"\*(\w+)\*", r"\\fI\1\\fR", escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
