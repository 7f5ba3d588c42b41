"""The checks of the server: its clock, the login, and what it offers.

Law: nothing is changed there. A back-off that the server asked for is kept, so that looking never makes it worse.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from syncd import __version__
from syncd.cli.doctor.findings import About, Finding
from syncd.cli.output import moment, size
from syncd.config import MirrorSettings
from syncd.core.errors import LoginNeeded, SyncdError
from syncd.core.model import Abilities
from syncd.daemon import Wiring
from syncd.daemon.credentials import tokens_of
from syncd.remotes.faces import Remote
from syncd.store.keyring import KeyringUnavailable
from syncd.store.store import StoredBackoff

MOST_SECONDS = 120.0
PATIENCE_SECONDS = 15.0
NEEDED = ("list", "read", "fetch", "submit", "replace", "edit", "move", "delete")
WITHOUT = {
    "list": "changes there are not noticed, so only a mirror that pushes works",
    "read": "an item cannot be looked at again before it is replaced",
    "fetch": "originals cannot be downloaded",
    "submit": "new files cannot be sent",
    "replace": "changed files cannot be sent",
    "edit": "titles cannot be changed",
    "move": "items cannot be moved",
    "delete": "items cannot be deleted",
}


def clock(
    mirror: MirrorSettings, transport: httpx.BaseTransport | None = None, now: Callable[[], float] = time.time
) -> Finding:
    """This machine's clock agrees with the server's Date. Also tells whether anything answers at all."""
    about = About("clock", mirror.name)
    headers = {"User-Agent": f"syncd/{__version__}", "Accept-Encoding": "gzip"}
    before = now()
    try:
        with httpx.Client(transport=transport, timeout=PATIENCE_SECONDS, headers=headers) as client:
            told = client.head(mirror.server).headers.get("date", "")
    except httpx.HTTPError as error:
        return about.problem(
            f"{mirror.server} does not answer: {type(error).__name__}",
            "Check the network, a proxy (HTTPS_PROXY) and `server` in the configuration.",
            69,
        )
    theirs = _seconds(told)
    if theirs is None:
        return about.warning(f"{mirror.server} tells no date", "Nothing to do; the clock could not be compared.")
    ahead = (before + now()) / 2 - theirs
    if abs(ahead) > MOST_SECONDS:
        return about.warning(
            f"this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the server's",
            "Set it by the network: `sudo timedatectl set-ntp true`.",
        )
    return about.fine("this machine's clock agrees with the server's")


def _seconds(date: str) -> float | None:
    try:
        found: datetime = parsedate_to_datetime(date)
    except ValueError:
        return None
    return found.timestamp()


def login(mirror: MirrorSettings, wiring: Wiring) -> list[Finding]:
    """There is a token that the server takes; then also what the server offers. Two requests."""
    about, tokens = About("login", mirror.name), tokens_of(mirror)
    try:
        token = tokens.load()
        if token is None:
            return [about.of(LoginNeeded("nobody is logged in", remedy=f"Run `syncd login {mirror.name}`."))]
        backoff = StoredBackoff(mirror.state)
        with closing(wiring.build_remote(mirror, tokens, backoff)) as remote:
            remote.account()
            room = remote.space()
            token = tokens.load() or token  # renewed on the way, perhaps
            valid = f"it is good until {moment(token.expires_at)}" if token.expires_at else "it tells no end"
            renewable = "" if token.refresh else ", and cannot be renewed after that"
            server = offers(mirror, remote, f"{size(room.available)} of {size(room.total)} free")
            return [about.fine(f"the server takes the token; {valid}{renewable}"), server]
    except (KeyringUnavailable, LoginNeeded) as error:
        return [about.of(error)]
    except SyncdError as error:
        return [About("server", mirror.name).of(error)]


def offers(mirror: MirrorSettings, remote: Remote, room: str) -> Finding:
    """What the server's dialect can do."""
    about = About("server", mirror.name)
    found: Abilities = remote.abilities
    lacking = [name for name in NEEDED if not getattr(found, name)]
    extra = [
        each.name.replace("_", " ") for each in fields(found) if each.name not in NEEDED and getattr(found, each.name)
    ]
    told = f"{mirror.server} speaks {mirror.dialect.value}; {room}"
    if lacking:
        why = "; ".join(WITHOUT[name] for name in lacking)
        return about.warning(f"{told}; without {', '.join(lacking)}: {why}", "Set another `dialect`, or a `direction`.")
    return about.fine(f"{told}; offers all that is needed{', and ' + ', '.join(extra) if extra else ''}")
