"""The daemon keeps a mirror in step, and heals from every outage by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.errors import Busy
from syncd.daemon.run import supervised
from tests.daemon.home import Home, until


def test_a_new_file_is_on_the_server_and_a_new_item_here_within_the_interval(at_home: Home) -> None:
    with at_home.running():
        until(at_home.folder.is_dir, "the folder is made")
        at_home.write("Fox.txt", b"the fox")
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        at_home.put("Owl", b"the owl")
        until(lambda: at_home.files() == {"Fox.txt": b"the fox", "Owl.txt": b"the owl"}, "downloaded")
        until(at_home.is_settled, "settled")


def test_it_goes_on_when_the_server_is_back(at_home: Home) -> None:
    with at_home.running():
        until(at_home.is_settled, "settled")
        at_home.down()
        until(lambda: at_home.status()["state"] == "offline", "offline is told")
        at_home.write("Fox.txt", b"the fox")
        at_home.up()
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        until(at_home.is_settled, "settled")


def test_it_goes_on_once_somebody_logs_in(at_home: Home) -> None:
    at_home.tokens.forget()
    at_home.poll_max = 3600
    with at_home.running():
        until(lambda: at_home.status()["state"] == "login-needed", "login-needed is told")
        at_home.log_in()
        until(at_home.is_settled, "settled")


def test_it_goes_on_once_the_folder_is_back_and_deletes_nothing_meanwhile(at_home: Home) -> None:
    at_home.write("Fox.txt", b"the fox")
    away = at_home.path / "unmounted"
    with at_home.running():
        until(lambda: at_home.titles() == ["Fox"], "uploaded")
        until(at_home.is_settled, "settled")
        at_home.folder.rename(away)
        until(lambda: at_home.status()["state"] == "folder-missing", "folder-missing is told")
        away.rename(at_home.folder)
        at_home.write("Owl.txt", b"the owl")
        until(lambda: at_home.titles() == ["Fox", "Owl"], "goes on")
        until(at_home.is_settled, "settled")


def test_a_second_daemon_is_refused(at_home: Home) -> None:
    with at_home.running(), pytest.raises(Busy), supervised(at_home.settings, at_home.wiring):
        pass


def test_a_dead_daemons_socket_is_replaced(at_home: Home) -> None:
    socket: Path = at_home.settings.paths.socket
    socket.parent.mkdir(parents=True)
    socket.touch()
    with at_home.running():
        assert at_home.daemon.is_running()
        assert socket.stat().st_mode & 0o777 == 0o600
    assert not socket.exists()
