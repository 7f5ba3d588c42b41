"""One cycle of one mirror: look, plan, act, record. Knows abilities, and no kind of remote by name."""

from syncd.engine.cycle import cycle
from syncd.engine.decide import answer_hold, edit, resolve_conflict, restore
from syncd.engine.difference import Difference
from syncd.engine.eyes import Eyes
from syncd.engine.mirror import Clock, Mirror, Policy
from syncd.engine.opening import open_mirror
from syncd.engine.outlook import Outlook, outlook
from syncd.engine.report import Report, ignored
from syncd.engine.settle import Run, settle
from syncd.engine.trashing import expire
from syncd.engine.verify import verify
from syncd.engine.why import Why, why

__all__ = [
    "Clock",
    "Difference",
    "Eyes",
    "Mirror",
    "Outlook",
    "Policy",
    "Report",
    "Run",
    "Why",
    "answer_hold",
    "cycle",
    "edit",
    "expire",
    "ignored",
    "open_mirror",
    "outlook",
    "resolve_conflict",
    "restore",
    "settle",
    "verify",
    "why",
]
