"""The words of the improviser: names, titles and acts, each as often as it is likely, and the seams that it likes."""

from __future__ import annotations

from functools import cache

from tests.sim.faults import CHANGES
from tests.sim.faults import RARE as RARE_SEAMS

DIRECTORIES = ("", "", "", "D", "D", "E", "D/F", "d", "Sta.sh Uploads 2", "A / B")
NAMES = (
    "a.txt",
    "a.txt",
    "b.txt",
    "c.png",
    "A.txt",
    "a",
    "e\u0301.txt",
    "\u00e9.txt",
    "x.tmp",
    ".dot",
    "a (b).txt",
    "n.md",
)
HERE_NAMES = (*NAMES, "\udcff.txt")
"""Names on the disk need not be UTF-8."""
TITLES = (
    "a",
    "a",
    "b",
    "A",
    "c",
    "a.txt",
    "x/y",
    "..",
    "",
    "untitled",
    "\u00e9",
    "e\u0301",
    "CON",
    "L" * 300,
    ".syncd",
    "%2F",
    "q\x00",
)
FOLDERS = ("D", "D", "E", "F", "d", "A / B", "..", "x/y", "D / F")
FURNITURE = (2, 6)
"""How many items a world is furnished with, at least, and the number that is too many."""
NEAR = ("place.", "move.", "throw.", "snapshot.", "receive.", "remote.", "intent.")
"""Seams right beside what cannot be undone: the adversary likes to act there."""

HOT = {
    "place.synced-bytes": True,
    "place.armed": True,
    "place.checked": True,
    "snapshot.copied": False,
    "throw.synced": False,
}
"""Seams after which the engine relies on what it saw; whether it relies on the disk."""


HALF_WAY = {"place.exchanged": 8}
"""Seams at which the user's file is where ours was and nobody has looked at it yet; how much sooner a process dies."""


def weighted(text: str) -> tuple[str, ...]:
    """Words, each as often as the number behind it says."""
    words = text.split()
    return tuple(word for word, times in zip(words[::2], words[1::2], strict=True) for _ in range(int(times)))


HERE = weighted(
    "write 24 save 12 delete 12 rename 20 copy 8 swap 4 mkdir 4 touch 4 link 3 backdate 4"
    " undo 3 recreate 3 edit-copy 2 hardlink 1 fifo 1 turn 2"
)
THERE = weighted(
    "submit 6 replace 4 retitle 4 move 3 delete 3 publish 1 rename-folder 2 move-folder 1 comment 1"
    " undo 1 drop-folder 1",
)
RARE = weighted(
    "restart 6 lose-database 2 save-database 3 restore-database 3 corrupt-database 1 unmount 3 mount 3 clock 3 answer 3"
    " resolve 4 restore 6 phantom 3 overflow 2 suspend 2",
)
ENDS = {False: weighted("crash 6 terminate 1"), True: weighted("crash 2 power-loss 7 terminate 1")}
"""How a process ends at a seam; by whether it is known what a power loss would take."""


@cache
def weight(seam: str) -> float:
    """How much more often than elsewhere something happens at a seam; less at those that are passed all the time."""
    if seam in RARE_SEAMS:
        return 0.15
    if seam == "db.commit":
        return 0.4
    if seam == "disk.fsync":
        return 2
    if seam in CHANGES or seam == "remote.create":
        return 8
    return 4 if seam.startswith(NEAR) else 1
