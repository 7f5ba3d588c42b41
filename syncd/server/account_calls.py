"""The calls that every dialect answers alike: placebo, whoami and space."""

from __future__ import annotations

from typing import Any

from syncd.server.wire import Call


def placebo(_: Call) -> dict[str, Any]:
    """A call that does nothing but check the token."""
    return {"status": "success"}


def whoami(call: Call) -> dict[str, Any]:
    """Who granted the token."""
    return {
        "userid": call.vault.userids[call.user],
        "username": call.user,
        "usericon": f"{call.addresses.app()}/avatar.png",
        "type": "regular",
    }


def space(call: Call) -> dict[str, Any]:
    """Bytes available and in total."""
    with call.vault.reading(call.user) as stash:
        available, total = stash.space()
    return {"available_space": available, "total_space": total}
