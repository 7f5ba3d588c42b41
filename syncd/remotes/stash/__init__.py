"""The remote of the kind `stash`: DeviantArt's Sta.sh and whatever speaks its API."""

from __future__ import annotations

from syncd.core.errors import Misconfigured
from syncd.remotes.http import Client, Clock
from syncd.remotes.oauth import Application
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash

DIALECTS = ("v1", "draft15", "draft10")


def application(server: str, dialect: str, client_id: str, client_secret: str) -> Application:
    """Where and as whom to log in; each draft has tokens of its own (stash-api.md, section 3)."""
    base = f"{server.rstrip('/')}/oauth2" if dialect == "v1" else f"{server.rstrip('/')}/oauth2/{dialect}"
    return Application(
        client_id=client_id,
        secret=client_secret,
        authorize=f"{base}/authorize",
        token=f"{base}/token",
        revoke=f"{server.rstrip('/')}/oauth2/revoke",
        scope="basic stash user" if dialect == "v1" else "basic",
    )


def build(client: Client, server: str, dialect: str, clock: Clock) -> DraftStash | V1Stash:
    """The remote for a dialect. Raises Misconfigured for one that there is not."""
    match dialect:
        case "v1":
            return V1Stash(client, server, clock)
        case "draft10" | "draft15":
            return DraftStash(client, server, dialect, clock)
        case _:
            raise Misconfigured(f"There is no dialect {dialect!r}; there are {', '.join(DIALECTS)}.")
