"""The list of all named points: wherever the engine has an effect, or is about to, a kill can be placed.

`syncd.local.points` names those of the disk; the simulator adds the system calls between them, both sides of every
commit and of every request. Right before a request's arrival and right after its answer are two points.
"""

from __future__ import annotations

from syncd.local.points import POINTS
from tests.sim import faults

INTENT = ("intent.open", "intent.answered")
DATABASE = ("db.begin", "db.commit", "db.committed")
CALLS = tuple(f"disk.{word}" for word in "listed open read write fsync mkdir rename unlink".split())
WIRE = (*faults.ASKED, *(f"{seam}.answered" for seam in faults.ASKED), "remote.original", "remote.chunk")
"""Every kind of request; `create` is a submission, `submit` a change of an item, an original comes in chunks."""

EVERY = (*POINTS, *INTENT, *DATABASE, *CALLS, *WIRE)
