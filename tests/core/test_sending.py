"""Targets: each folder is made once, a chain as one."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.model import AtRoot, Into, Make
from syncd.core.sending import Targets
from tests.core.single import house
from tests.core.world import ALL, DRAFT


def test_targets_of_directories() -> None:
    targets = Targets(house().world())
    assert targets.target("A") == Into(51)
    assert targets.target("A/New/Deep") == Make("New / Deep", 51)
    assert targets.target("A/New") is None and targets.target("A/New/Deep/er") is None
    assert [targets.target(""), targets.target("")] == [AtRoot("Sta.sh Uploads 1"), AtRoot("Sta.sh Uploads 2")]


def test_without_nested_folders_a_chain_is_one_title_and_stands_alone() -> None:
    targets = Targets(replace(house().world(), abilities=DRAFT))
    assert targets.target("A/New") == Make("A / New", None)
    assert targets.target("A/New/Deep") == Make("A / New / Deep", None)
    assert targets.target("A/New") is None
    assert ALL.nested
