"""`syncd`: from arguments to an exit code.

Law: every failure ends here and nowhere else: ours with its message, its remedy and its code; a usage error with 2; a
bug with 70 and its traceback in a file. With `--json` there is one document on stdout whatever happens.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from syncd.cli.app import tree
from syncd.cli.exits import Exit
from syncd.cli.failing import bug, failed, misused
from syncd.cli.output import PipeClosed
from syncd.core.errors import SyncdError

# typer's own name for its base of usage errors is private, and has moved between versions.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def run(arguments: Sequence[str]) -> int:
    """Carries out one command line; answers its exit code and raises nothing."""
    try:
        return _run(list(arguments))
    except PipeClosed:
        return Exit.BROKEN_PIPE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    finally:
        _flush()


def _run(arguments: list[str]) -> int:
    try:
        code = get_command(tree(arguments))(args=arguments, prog_name="syncd", standalone_mode=False)
    except UsageError as error:
        misused(arguments, error)
        return Exit.USAGE
    except typer.Abort:
        return Exit.INTERRUPTED
    except SyncdError as error:
        return failed(arguments, error)
    except PipeClosed:
        raise
    except Exception as error:  # noqa: BLE001 - the one handler of bugs: it logs, and ends with 70
        bug(arguments, error)
        return Exit.BUG
    return code if isinstance(code, int) else Exit.DONE


def _flush() -> None:
    """Writes what is left now, where a closed pipe can still be met, and not while the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
