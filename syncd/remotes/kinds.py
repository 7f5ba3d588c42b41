"""The words for every kind of remote, for whoever has to know them and nothing else: `registry` makes them."""

from __future__ import annotations

KINDS = ("stash",)
