"""From a word and settings to a remote."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from syncd.core.errors import Misconfigured
from syncd.remotes.http import MemoryBackoff, origin
from syncd.remotes.registry import RemoteSettings, build, kinds
from tests.remotes.fakes import SERVER, MemoryTokens


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("stush", {"server": SERVER}),
        ("stash", {"server": SERVER, "dialect": "v2"}),
        ("stash", {"server": "stash.test"}),
        ("stash", {"server": "ftp://stash.test"}),
        ("stash", {"server": "https://me:secret@stash.test"}),
        ("stash", {"server": "https://stash.test:port"}),
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_the_configuration(kind: str, settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        build(kind, RemoteSettings(**settings), MemoryTokens(None), MemoryBackoff())  # type: ignore[arg-type]


def test_building_a_remote_sends_nothing_and_is_quick() -> None:
    began = time.perf_counter()
    for _ in range(100):
        build("stash", RemoteSettings(server=SERVER), MemoryTokens(None), MemoryBackoff()).close()
    assert time.perf_counter() - began < 1.0


def test_a_kind_is_imported_only_when_it_is_built() -> None:
    program = (
        "import sys, syncd.remotes.registry as r; assert r.kinds(); "
        "sys.exit(any(name.startswith('syncd.remotes.stash') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
    assert kinds() == ("stash",)


@pytest.mark.parametrize(
    ("server", "link"),
    [
        ("https://www.deviantart.com", "https://sta.sh/018bxsl3dm4o"),
        ("https://deviantart.com/", "https://sta.sh/018bxsl3dm4o"),
        ("https://notdeviantart.com", "https://notdeviantart.com/018bxsl3dm4o"),
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765/018bxsl3dm4o"),
    ],
)
def test_a_short_link_is_the_servers_own(server: str, link: str) -> None:
    remote = build("stash", RemoteSettings(server=server), MemoryTokens(None), MemoryBackoff())
    assert remote.link(4502318545176648) == link


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Stash.Test/a?b#c", ("https", "stash.test", 443)),
        ("http://stash.test:8080", ("http", "stash.test", 8080)),
        ("http://[::1]/", ("http", "::1", 80)),
        ("//stash.test/", None),
        ("http:///x", None),
        ("http://[::1", None),
        ("http://x:99999/", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_an_origin_is_scheme_host_and_port_of_http(url: str, expected: tuple[str, str, int] | None) -> None:
    assert origin(url) == expected
