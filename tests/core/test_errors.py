"""The tree of errors: what a user is told."""

from __future__ import annotations

import pytest

from syncd.core import errors


@pytest.mark.parametrize("error", [errors.SyncdError, *errors.SyncdError.__subclasses__(), errors.NotThere])
def test_every_error_has_a_remedy_and_a_code(error: type[errors.SyncdError]) -> None:
    raised = error("What happened.")
    assert str(raised) == raised.message == "What happened."
    assert raised.remedy == error.remedy
    assert raised.code.islower() and "_" not in raised.code


def test_an_error_names_its_item_and_its_own_remedy() -> None:
    raised = errors.NotThere("Gone.", remedy="Look.", path="Fox.png", itemid=9, retry_at=1.5)
    assert (raised.code, raised.remedy, raised.path, raised.itemid, raised.retry_at) == (
        "not-there",
        "Look.",
        "Fox.png",
        9,
        1.5,
    )
