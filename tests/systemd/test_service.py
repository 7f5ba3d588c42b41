"""The units under a real systemd: installed from the wheel, syncing, killed, stopped, reloaded, hardened, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.systemd.machine import Machine, Unit, until

pytestmark = [pytest.mark.systemd, pytest.mark.timeout(1800)]
CONFIGURATION = """
[daemon]
poll_seconds = 0.5
poll_max_seconds = 1
[mirror.{name}]
server = "{server}"
folder = "{folder}"
client_id = "{client_id}"
client_secret = "{client_secret}"
settle_seconds = 0.2
min_free_mib = 1
upload_kib_per_second = {upload}
"""
ITEMS = """
import json, sys
from syncd.cli.website import Website
login = json.load(open("/srv/token.json"))
with Website(login["server"], login["access_token"]) as site:
    print(json.dumps(sorted(shown.title for shown in site.items().values())))
"""


class World:
    """A Sta.sh inside the machine, and what is on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.run("mkdir", "-p", "/srv/sta.sh")
        serve = ("/opt/syncd/bin/syncd", "serve", "--data", "/srv/sta.sh", "--token-file", "/srv/token.json")
        machine.run("systemd-run", "--quiet", "--unit=sta-sh", *serve)
        until(lambda: machine.run("test", "-s", "/srv/token.json", check=False).returncode == 0, "the server runs")
        machine.run("chmod", "644", "/srv/token.json")
        self.login: dict[str, Any] = json.loads(machine.run("cat", "/srv/token.json").stdout)

    def titles(self) -> list[str]:
        found: list[str] = json.loads(self.machine.run("/opt/syncd/bin/python", "-c", ITEMS).stdout)
        return found

    def configuration(self, name: str, folder: str, upload: int = 0) -> str:
        known = {key: self.login[key] for key in ("server", "client_id", "client_secret")}
        return CONFIGURATION.format(name=name, folder=folder, upload=upload, **known)


@pytest.fixture(scope="session")
def world(machine: Machine) -> World:
    return World(machine)


def logged_in(world: World, name: str, *, by_credential: bool = False) -> Unit:
    """A user with a configuration and a login, or a credential instead; and the unit that is to be."""
    machine = world.machine
    machine.add_user(name)
    machine.write(f"/home/{name}/.config/syncd/config.toml", world.configuration("stash", "~/My Stash"), name)
    if by_credential:
        file = f"/home/{name}/.config/syncd/credentials/stash.token"
        machine.write(file, machine.run("cat", "/srv/token.json").stdout, name)
    else:
        machine.run("syncd", "login", "--token-file", "/srv/token.json", user=name)
    return Unit(machine, "syncd.service", name)


@pytest.fixture(scope="module")
def ada(world: World) -> Iterator[Unit]:
    """Her service, installed and settled."""
    unit = logged_in(world, "ada")
    world.machine.run("syncd", "service", "install", user="ada")
    until(lambda: unit.shows("StatusText") == "stash: settled", "settled")
    yield unit
    world.machine.run("syncd", "service", "uninstall", user="ada", check=False)


def put(unit: Unit, name: str, size: int = 3) -> None:
    path = f"/home/{unit.user}/My Stash/{name}.txt"
    unit.machine.run("sh", "-c", 'head -c "$1" /dev/urandom > "$0"', path, str(size), user=unit.user)


def restarted(unit: Unit, before: int) -> None:
    until(lambda: unit.shows("ActiveState") == "active" and unit.pid not in (0, before), "started anew")
    until(lambda: unit.shows("StatusText") == "stash: settled", "settled")


def test_it_is_installed_enabled_and_syncs(world: World, ada: Unit) -> None:
    status = world.machine.json("syncd", "service", "status", user="ada")["service"]
    assert (status["installed"], status["enabled"], status["active"], status["pid"]) == (True, True, "active", ada.pid)
    put(ada, "Fox")
    until(lambda: "Fox" in world.titles(), "the file is on the server")
    assert "event=action-done" in ada.log()
    assert "Traceback" not in ada.log()


def test_it_is_ready_and_ends_in_time(ada: Unit) -> None:
    ada.systemctl("restart")
    until(lambda: ada.shows("StatusText") == "stash: settled", "settled")
    start = ada.seconds("InactiveExitTimestamp", "ActiveEnterTimestamp")
    ada.systemctl("stop")
    stop = ada.seconds("ActiveExitTimestamp", "InactiveEnterTimestamp")
    assert (ada.shows("Result"), ada.shows("ExecMainStatus")) == ("success", "0")
    ada.systemctl("start")
    print(f"start to READY {start:.2f} s, SIGTERM to exit {stop:.2f} s")
    assert start < 20
    assert stop < 10


def test_killed_it_is_started_anew_and_doubles_nothing(world: World, ada: Unit) -> None:
    before, count = ada.pid, int(ada.shows("NRestarts"))
    ada.systemctl("kill", "--signal=KILL")
    restarted(ada, before)
    assert int(ada.shows("NRestarts")) == count + 1
    put(ada, "Owl")
    until(lambda: "Owl" in world.titles(), "it goes on")
    assert world.titles().count("Fox") == 1


@pytest.fixture
def short(ada: Unit) -> Iterator[Unit]:
    """A watchdog of 4 s."""
    folder = f"/home/{ada.user}/.config/systemd/user/syncd.service.d"
    ada.machine.write(f"{folder}/test.conf", "[Service]\nWatchdogSec=4s\nRestartSec=100ms\n", ada.user)
    ada.machine.run("systemctl", "--user", "daemon-reload", user=ada.user)
    ada.systemctl("restart")
    yield ada
    ada.machine.run("rm", "-r", folder)
    ada.machine.run("systemctl", "--user", "daemon-reload", user=ada.user)
    ada.systemctl("restart")


def test_stopped_it_is_started_anew_by_the_watchdog(short: Unit) -> None:
    before = short.pid
    short.systemctl("kill", "--signal=STOP")
    restarted(short, before)
    assert "Watchdog timeout" in short.log()


def test_a_long_upload_that_moves_is_left_alone(world: World, short: Unit) -> None:
    slow = world.configuration("stash", "~/My Stash", upload=30)
    short.machine.write("/home/ada/.config/syncd/config.toml", slow, "ada")
    short.systemctl("restart")
    before, count = short.pid, short.shows("NRestarts")
    put(short, "Long", 400_000)
    until(lambda: "Long" in world.titles(), "it is on the server", 120)
    assert (short.pid, short.shows("NRestarts")) == (before, count)


def test_it_reloads_and_keeps_the_old_configuration_if_the_new_one_is_wrong(world: World, ada: Unit) -> None:
    before = ada.pid
    ada.machine.write(
        "/home/ada/.config/syncd/config.toml", world.configuration("stash", "~/My Stash") + "x = 1\n", "ada"
    )
    ada.systemctl("reload")
    until(lambda: "mirror.stash.x" in ada.log(), "the mistake is in the journal")
    ada.machine.write("/home/ada/.config/syncd/config.toml", world.configuration("stash", "~/My Stash"), "ada")
    ada.systemctl("reload")
    put(ada, "Cat")
    until(lambda: "Cat" in world.titles(), "it goes on")
    assert (ada.pid, ada.shows("ActiveState")) == (before, "active")


def test_a_configuration_that_cannot_be_used_is_not_tried_again(world: World, ada: Unit) -> None:
    ada.systemctl("stop")
    ada.machine.write("/home/ada/.config/syncd/config.toml", "[daemon]\ncolour = 1\n", "ada")
    assert ada.systemctl("start", check=False).returncode != 0
    assert (ada.shows("ActiveState"), ada.shows("ExecMainStatus"), ada.shows("NRestarts")) == ("failed", "78", "0")
    ada.machine.write("/home/ada/.config/syncd/config.toml", world.configuration("stash", "~/My Stash"), "ada")
    ada.systemctl("start")
    until(lambda: ada.shows("StatusText") == "stash: settled", "settled")


def test_the_filters_of_the_user_unit_are_in_force(ada: Unit) -> None:
    status = ada.machine.run("cat", f"/proc/{ada.pid}/status").stdout
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_the_doctor_is_content(ada: Unit) -> None:
    findings = ada.machine.json("syncd", "doctor", user="ada")["doctor"]
    bad = [each for each in findings if each["state"] == "problem"]
    assert bad == []
    assert {each["check"] for each in findings} >= {"service", "daemon", "watches", "login", "server", "file-system"}
    (service,) = (each for each in findings if each["check"] == "service")
    assert service["message"] == "syncd.service runs and starts by itself"


def test_an_instance_of_the_system_sees_only_its_folder_and_uses_a_credential(world: World) -> None:
    machine, name = world.machine, "bob"
    home = f"/home/{name}"
    folder = f"{home}/A Stash 100%"
    machine.run("useradd", "--create-home", name)
    machine.run("runuser", "-u", name, "--", "mkdir", folder)
    machine.write(f"{home}/private.txt", "private")
    named = world.configuration("bobs", "~/A Stash 100%").replace("127.0.0.1", "sta.test")
    machine.write("/etc/hosts", "127.0.0.1 localhost sta.test\n")  # a name, to be resolved inside the sandbox
    machine.write("/etc/syncd/bob/config.toml", named)
    machine.run("install", "-D", "-m", "600", "/srv/token.json", "/etc/syncd/bob/credentials/bobs.token")
    machine.run("syncd", "service", "install", "--system", "--user", "bob")
    unit = Unit(machine, "syncd@bob.service")
    until(lambda: unit.shows("StatusText") == "bobs: settled", "settled")
    machine.run("runuser", "-u", "bob", "--", "sh", "-c", 'echo bob > "$0/Bee.txt"', folder)
    until(lambda: "Bee" in world.titles(), "the file is on the server")
    seen = machine.run("nsenter", "--target", str(unit.pid), "--mount", "--", "ls", "/home", home).stdout.split("\n")
    assert [line for line in seen if line and not line.endswith(":")] == ["bob", "A Stash 100%"]
    status = machine.run("cat", f"/proc/{unit.pid}/status").stdout
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "Seccomp:\t2" in status
    security = machine.run("systemd-analyze", "security", "--no-pager", "--threshold=13", unit.name, check=False)
    assert security.returncode == 0, security.stdout[-200:]
    verified = machine.run("systemd-analyze", "verify", unit.name)
    assert (verified.stdout, verified.stderr) == ("", "")
    before = unit.pid
    unit.systemctl("kill", "--signal=KILL")
    until(lambda: unit.pid not in (0, before) and unit.shows("StatusText") == "bobs: settled", "started anew")
    machine.run("syncd", "service", "uninstall", "--system", "--user", "bob")
    assert (
        machine.run("sh", "-c", "ls -d /etc/systemd/system/syncd* /run/syncd/bob 2>/dev/null", check=False).stdout == ""
    )
    assert machine.run("cat", f"{folder}/Bee.txt").stdout == "bob\n"


def test_a_user_with_a_credential_needs_no_login_and_uninstalling_leaves_nothing(world: World) -> None:
    eve = logged_in(world, "eve", by_credential=True)
    home = f"/home/{eve.user}"
    machine = world.machine
    machine.run("loginctl", "disable-linger", "eve")
    machine.run("systemctl", "start", "user@" + machine.run("id", "-u", "eve").stdout.strip())
    machine.run("syncd", "service", "install", "--linger", user="eve")
    until(lambda: eve.shows("StatusText") == "stash: settled", "settled")
    assert machine.run("ls", "/var/lib/systemd/linger").stdout.split() == ["ada", "eve"]
    pid = eve.pid
    uid = machine.run("id", "-u", "eve").stdout.strip()
    machine.run("syncd", "service", "uninstall", user="eve")
    until(lambda: machine.run("test", "-e", f"/proc/{pid}", check=False).returncode != 0, "it has ended")
    assert "eve" not in machine.run("ls", "/var/lib/systemd/linger").stdout
    left = machine.run("find", f"{home}/.config/systemd", f"/run/user/{uid}/syncd", "-type", "f,l,s", check=False)
    assert left.stdout == ""
    assert machine.run("ls", f"{home}/My Stash").returncode == 0
