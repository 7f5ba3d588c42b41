"""What is kept in mind between two looks: when a file that is nowhere to be seen has been looked for everywhere."""

from __future__ import annotations

from syncd.engine.eyes import Eyes


def looked_everywhere(*, blind: bool = False) -> Eyes:
    """Eyes that have sought one file (device 1, inode 2), and then seen everything that can be listed."""
    eyes = Eyes()
    eyes.take(0.0)
    assert eyes.seeks(1, 2)
    assert eyes.take(0.0) is None
    eyes.note_blind(blind=blind)
    return eyes


def test_a_file_that_a_full_look_did_not_find_is_sought_no_more() -> None:
    eyes = looked_everywhere()
    assert not eyes.seeks(1, 2)
    assert eyes.take(0.0) == set()


def test_a_file_that_was_found_is_sought_anew_once_it_is_missed() -> None:
    eyes = looked_everywhere()
    eyes.found(1, 2)
    assert eyes.seeks(1, 2)
    assert eyes.take(0.0) is None


def test_a_file_may_turn_up_until_every_directory_was_listed() -> None:
    eyes = looked_everywhere(blind=True)
    assert eyes.seeks(1, 2)
    assert eyes.take(0.0) == set()
    eyes.note_blind(blind=False)
    assert eyes.seeks(1, 2)
    assert eyes.take(0.0) is None
