"""docs/commands.md, from what the commands themselves say: every command with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from typer.main import get_command

from syncd.cli.app import tree

HEAD = """# Commands

*Made by `make docs` from what `syncd --help` says; do not edit it here.*

`syncd [--config FILE] [--verbose] COMMAND`. What may be left out stands in brackets. MIRROR is a mirror's name, and may
be left out where there is only one; PATH is absolute or relative to the working directory, and means the mirror whose
folder contains it. Every command that reports takes `--json`: one document on stdout, whatever happens, with paths
relative to the mirrored folder, times in Unix seconds and sizes in bytes. While a daemon holds a mirror, commands go
through its socket; without one they do the same by themselves.
"""
EXITS = {
    0: "done, and settled",
    1: "done, but something is held, in conflict or failing; or what was asked could not be done",
    2: "usage: the command line makes no sense",
    69: "the server cannot be reached",
    70: "a bug; the traceback is in the file that is named",
    73: "the mirrored folder is missing, or is not ours",
    75: "try again later: throttled, or another syncd is at work here",
    77: "log in",
    78: "the configuration, or a database from a newer version",
    130: "interrupted by Ctrl-C",
    141: "nobody reads the output any more",
    143: "ended by SIGTERM",
}
COMPLETION = """
## Completion

syncd completes its commands and options in bash, zsh and fish:

```
syncd --install-completion      # for the shell that you are in; open a new one afterwards
syncd --show-completion         # print the script instead, to put it where you like
```
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument or option; `written`: how it stands in a usage line, `names`: the option's own, none for an
    argument."""

    written: str
    names: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `path` is `syncd held confirm`."""

    path: str
    meaning: str
    parameters: tuple[Parameter, ...]
    is_group: bool

    @property
    def usage(self) -> str:
        """Its usage line."""
        last = ["COMMAND ..."] if self.is_group else []
        shown = [parameter.written for parameter in self.parameters if "--help" not in parameter.names]
        return " ".join([self.path, *shown, *last])


def every_command() -> list[Command]:
    """All commands, each before those below it."""
    return list(_below(get_command(tree()), "syncd"))


def _below(command: Any, path: str) -> Iterator[Command]:
    children = dict(getattr(command, "commands", {}))
    parameters = tuple(_parameter(each) for each in command.params if not getattr(each, "hidden", False))
    meaning = " ".join((command.help or "").split())
    yield Command(path, meaning, parameters, bool(children) and not getattr(command, "invoke_without_command", False))
    for name, child in children.items():
        if not child.hidden:
            yield from _below(child, f"{path} {name}")


def _parameter(parameter: Any) -> Parameter:
    meaning = " ".join((getattr(parameter, "help", None) or "").split())
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name.upper()
        return Parameter(name if parameter.required else f"[{name}]", (), meaning)
    names = (*parameter.opts, *parameter.secondary_opts)
    value = "" if parameter.is_flag else f" {_value(parameter)}"
    written = f"{max(parameter.opts, key=len)}{value}"
    default = parameter.default
    if default not in (None, False, "", ()) and not parameter.is_flag and not callable(default):
        meaning = f"{meaning} Default: {default}."
    return Parameter(written if parameter.required else f"[{written}]", names, meaning)


def _value(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    kind = parameter.type_descriptor.annotation
    if issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    return "NUMBER" if issubclass(kind, int | float) else "TEXT"


def commands_page() -> str:
    """The page."""
    lines = [HEAD]
    for command in every_command():
        lines += [f"## `{command.path}`\n", f"{command.meaning}\n", f"```\n{command.usage}\n```\n"]
        rows = [(_named(parameter), parameter.meaning) for parameter in command.parameters]
        if rows:
            lines += ["| | |", "|---|---|", *(f"| {name} | {_cell(meaning)} |" for name, meaning in rows), ""]
    lines += ["## Exit codes\n", "| code | means |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXITS.items()]
    lines += ["", "Of several the first in 78, 73, 77, 69, 75, 1, 0.", COMPLETION.rstrip("\n"), ""]
    return "\n".join(lines)


def _named(parameter: Parameter) -> str:
    if parameter.names:
        return ", ".join(f"`{name}`" for name in parameter.names)
    return f"`{parameter.written.strip('[]')}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
