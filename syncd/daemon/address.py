"""Where the daemon listens: a Unix socket that only its user can reach.

Law: one daemon a socket, by a lock that goes with the process; what a dead one left is replaced. A path that is too
long for a socket address is reached through its directory.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from syncd.core.errors import Misconfigured
from syncd.local.lock import locked

LONGEST = 100
"""Bytes of a path that every system takes for a socket address."""
BACKLOG = 64


def connected(path: Path, timeout: float | None) -> socket.socket:
    """A connection to the daemon that listens at the path; OSError if none does."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.settimeout(timeout)
        with _address(path) as address:
            found.connect(address)
    except BaseException:
        found.close()
        raise
    return found


@contextmanager
def claimed(path: Path) -> Iterator[socket.socket]:
    """Listens at the path while the body runs: 0600, in a directory 0700. Busy if another daemon does already."""
    with _lock(path), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        draft = path.with_name(f".{path.name}.new")
        try:
            draft.unlink(missing_ok=True)
            with _address(draft) as address:
                listener.bind(address)
            draft.chmod(0o600)
            listener.listen(BACKLOG)
            draft.replace(path)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
    except OSError as error:
        raise _unusable(path, error) from error
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path.with_name("daemon.lock"), f"a daemon is running already, at {path}"))
        except OSError as error:
            raise _unusable(path, error) from error
        yield


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """An address by which the socket can be reached while the body runs."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def _unusable(path: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"the control socket {path} cannot be made: {error.strerror or error}",
        remedy="Mend the permissions of its folder, or name another one with SYNCD_RUNTIME_DIR.",
    )
