"""Every reason for a missed bound belongs to rows that there are."""

from __future__ import annotations

from tests.bench.missed import WHY, sections


def test_a_section_is_what_stands_below_its_heading() -> None:
    assert sections("Words.\n\n## rescan\n\nIt reads\neach row.\n\n## upload\nTwo.\n") == {
        "rescan": "It reads each row.",
        "upload": "Two.",
    }


def test_no_reason_is_empty() -> None:
    assert WHY
    assert all(len(reason.split()) > 10 for reason in WHY.values())
