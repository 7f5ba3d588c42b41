"""Where the tokens of a mirror are, from its settings: whatever opens, shows or logs into a mirror asks here."""

from __future__ import annotations

from syncd.config import MirrorSettings
from syncd.store.tokens import Seed, TokenFile


def tokens_of(settings: MirrorSettings) -> TokenFile:
    """The tokens of this mirror, with the one that came from outside if one did. Nothing is read yet."""
    text = settings.seed.get_secret_value()
    return TokenFile(settings.state, Seed(text, settings.seed_origin) if text else None)
