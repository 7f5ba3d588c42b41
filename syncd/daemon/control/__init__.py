"""The control API, version 1: one small HTTP API over a Unix socket (docs/control-api.md, /v1/openapi.json).

Law: it translates and decides nothing. Only the user that the daemon runs as, and root, get an answer.
"""

from syncd.daemon.control.api import Control
from syncd.daemon.control.serving import answering

__all__ = ["Control", "answering"]
