"""Tokens, signed addresses and client secrets appear in no log, no JSON, no error and no database of a noisy run."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kill.faults import Fault
from tests.kill.household import Household
from tests.kill.proxy import Request

NOISE = {
    Fault.NONE: 30.0,
    Fault.UNAUTHORISED: 4.0,
    Fault.ERROR_500: 3.0,
    Fault.ERROR_502: 2.0,
    Fault.PORTAL: 2.0,
    Fault.ANSWER_LOST: 2.0,
    Fault.ANSWER_CUT: 2.0,
    Fault.HALF_SENT: 1.0,
}
SENT = (
    rb"(?i)\r\nauthorization: bearer ([^\r\n]+)",
    rb"refresh_token=([^&\s]+)",
    rb"client_secret=([^&\s]+)",
    rb"downloadToken=([^&\s]+)",
)
COMMANDS = (
    ("status", "--json"), ("ls", "--json"), ("history", "--json"), ("verify", "--json"), ("space", "--json"),
    ("trash", "list", "--json"), ("doctor", "--json"), ("why", "Stash/There 1.png", "--json"),
    ("show", "Stash/There 1.png", "--json"), ("link", "Stash/There 1.png"), ("sync", "--dry-run", "--json"),
    ("dance",), ("login", "--token-file", "nowhere.json"),
)  # fmt: skip


class Ear:
    """Hears every request, and keeps the secrets in it."""

    def __init__(self, household: Household) -> None:
        self.secrets: set[str] = set()
        self._before = household.proxy.passing
        household.proxy.passing = self.passing

    def passing(self, request: Request, mark: int) -> None:
        for pattern in SENT:
            self.secrets |= {found.decode() for found in re.findall(pattern, request.head + b"\r\n" + request.body)}
        self._before(request, mark)


def told(household: Household) -> dict[str, bytes]:
    """Everything that syncd printed or wrote, but for where the secrets have their place."""
    files = [path for path in household.state.rglob("*") if path.is_file() and path.name != "token.json"]
    files += [*(household.base / "logs").iterdir(), *(household.base / "run").rglob("*.log")]
    return {str(path.relative_to(household.base)): path.read_bytes() for path in files}


@pytest.mark.timeout(300)
def test_no_secret_is_in_anything_that_syncd_says(tmp_path: Path) -> None:
    with ExitStack() as stack:
        household = Household(tmp_path / "mirror", stack, "v1", seed=7)
        ear = Ear(household)
        config = household.base / "config.toml"
        config.write_text(config.read_text().replace("[daemon]", '[daemon]\nlog_level = "debug"\nlog_format = "json"'))
        for number in range(6):
            household.worker.site.add(f"There {number}.png", household.worker.content(".png"))
            household.worker.write()
        household.weather.weights = NOISE
        household.weather.calm = False
        for _ in range(3):
            household.begin("--verbose", "sync", "--json").wait()
            household.worker.act()
        daemon = household.begin("--verbose", "run")
        assert not daemon.ends_within(2.5)
        daemon.kill()
        daemon.wait()
        household.weather.calm = True
        household.proxy.drain()
        for command in COMMANDS:
            household.begin("--verbose", *command).wait()
        household.weather.calm = False
        household.begin("--verbose", "sync", "--full", "--json").wait()
        token = json.loads((household.state / "stash" / "token.json").read_text())
        secrets = ear.secrets | {token["access_token"], token["refresh_token"], household.server.login["client_secret"]}
        everything = told(household)
    assert len([secret for secret in secrets if len(secret) >= 16]) >= 8
    assert sum(len(text) for text in everything.values()) > 10_000
    leaks = [(name, secret[:6]) for name, text in everything.items() for secret in secrets if secret.encode() in text]
    assert leaks == []
    signed = [name for name, text in everything.items() if re.search(rb"downloadToken=(?!<)[\w.-]{6}", text)]
    assert signed == []
