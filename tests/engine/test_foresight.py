"""What is pending is counted anew for each who asks, unless that takes its time."""

from __future__ import annotations

import pytest

from syncd.daemon import foresight
from syncd.daemon.foresight import SHARE, SLOW, Foresight
from syncd.engine import Mirror, Outlook, outlook
from tests.engine.desks import Desk


@pytest.mark.parametrize("slow", [False, True])
def test_a_slow_outlook_is_kept_as_long_as_it_is_worth(two: Desk, monkeypatch: pytest.MonkeyPatch, slow: bool) -> None:
    now, made = [100.0], []
    took = 2 * SLOW if slow else SLOW / 2

    def planned(mirror: Mirror) -> Outlook:
        now[0] += took
        made.append(outlook(mirror))
        return made[-1]

    monkeypatch.setattr(foresight, "outlook", planned)
    kept = Foresight(lambda: now[0])
    assert kept.outlook(two.mirror).pending == {}
    assert not made  # nothing is marked: there is nothing to plan
    two.write("Fox.txt", "fox")
    two.sync(dry_run=True)
    first = kept.outlook(two.mirror)
    assert first.pending == {"upload": 1}
    assert kept.outlook(two.mirror) == first
    assert len(made) == (1 if slow else 2)
    now[0] += SHARE * took
    kept.outlook(two.mirror)
    assert len(made) == (2 if slow else 3)
