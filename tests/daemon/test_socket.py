"""The control socket: whose it is, who gets an answer, and what of a dead daemon is replaced."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.core.errors import Busy
from syncd.daemon.address import claimed, connected
from syncd.daemon.control import serving
from tests.daemon.home import Home, home, until
from tests.daemon.test_signals import process
from tests.daemon.wire import ask

NOBODY = 65534


@pytest.fixture
def open_home() -> Iterator[Home]:
    """A home in a folder that every user of the machine can reach."""
    with tempfile.TemporaryDirectory(prefix="syncd-") as name:
        Path(name).chmod(0o755)
        with home(Path(name)) as found:
            yield found


def as_nobody(path: Path) -> subprocess.CompletedProcess[str]:
    """Asks for the status as another user."""
    curl = shutil.which("curl")
    if os.geteuid() != 0 or curl is None:
        pytest.skip("only root can become somebody else, and curl is needed")
    command = [curl, "-sS", "-m", "10", "--unix-socket", str(path), "http://syncd/v1/status"]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/"
    )


def test_socket_and_folder_are_for_their_user_only(open_home: Home) -> None:
    with open_home.running():
        path = open_home.settings.paths.socket
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        told = as_nobody(path)
        assert told.returncode == 7  # curl: failed to connect
        assert not told.stdout


def test_even_a_socket_that_was_given_away_answers_nobody_else(open_home: Home) -> None:
    with open_home.running():
        path = open_home.settings.paths.socket
        path.parent.chmod(0o755)
        path.chmod(0o666)
        told = as_nobody(path)
        assert json.loads(told.stdout) == {"message": "this socket belongs to another user", "errors": []}
        assert ask(path, "GET", "/v1/status")[0] == 200


def test_who_is_neither_us_nor_root_gets_no_answer(open_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_home.running():
        path = open_home.settings.paths.socket
        for peer, status in ((os.geteuid() + 1, 403), (None, 403), (os.geteuid(), 200), (0, 200)):
            monkeypatch.setattr(serving, "peer_of", lambda _connection, found=peer: found)
            assert ask(path, "GET", "/v1/status")[0] == status


def test_the_kernel_says_who_connects() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert serving.peer_of(ours) == os.geteuid()
    with socket.socket(socket.AF_INET) as other:
        assert serving.peer_of(other) in (None, 2**32 - 1, -1)


def test_a_killed_daemons_socket_is_replaced_and_a_live_ones_never(at_home: Home) -> None:
    path = at_home.settings.paths.socket
    with process(at_home) as daemon:
        until(at_home.daemon.is_running, "it listens")
        inode = path.stat().st_ino
        with pytest.raises(Busy), claimed(path):
            pass
        assert path.stat().st_ino == inode
        assert at_home.daemon.status()["daemon"] == "running"
        daemon.kill()
        daemon.wait(20)
    assert path.exists()
    with pytest.raises(ConnectionRefusedError):
        connected(path, 5)
    with at_home.running():
        assert ask(path, "GET", "/v1/status")[0] == 200


def test_a_link_in_place_of_the_socket_is_not_followed(at_home: Home) -> None:
    mine = at_home.path / "mine.txt"
    mine.write_text("mine")
    path = at_home.settings.paths.socket
    path.parent.mkdir()
    path.symlink_to(mine)
    with at_home.running():
        assert path.is_socket()
        assert mine.read_text() == "mine"
