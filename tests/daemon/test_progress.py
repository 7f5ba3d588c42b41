"""Pending work that does not move is told, and by how long; nothing else is."""

from __future__ import annotations

from syncd.daemon.progress import Progress


def test_without_pending_work_nothing_stands() -> None:
    progress = Progress()
    assert [progress.standing(now) for now in (0.0, 100.0, 10_000.0)] == [0.0, 0.0, 0.0]


def test_work_that_does_not_move_stands_longer_and_longer() -> None:
    progress = Progress()
    progress.pending(True)
    assert [progress.standing(now) for now in (50.0, 60.0, 90.0)] == [0.0, 10.0, 40.0]


def test_what_moves_does_not_stand() -> None:
    progress = Progress()
    progress.pending(True)
    progress.standing(0.0)
    progress.moved(65_536)
    assert [progress.standing(now) for now in (30.0, 35.0)] == [0.0, 5.0]
    progress.moved(0)
    assert progress.standing(40.0) == 10.0


def test_work_that_ended_and_began_anew_counts_from_its_beginning() -> None:
    progress = Progress()
    progress.pending(True)
    progress.standing(0.0)
    progress.pending(False)
    progress.pending(True)
    assert [progress.standing(now) for now in (500.0, 501.0)] == [0.0, 1.0]
    progress.pending(True)
    assert progress.standing(510.0) == 10.0
