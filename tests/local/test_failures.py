"""Failures: each error of the system becomes one of core's, with plain words and a remedy."""

from __future__ import annotations

import errno

import pytest

from syncd.core.errors import DiskFailed, FileChanged
from syncd.local.failures import ADVICE, CHANGED, failures


@pytest.mark.parametrize("number", sorted(CHANGED))
def test_a_path_that_is_not_what_it_was_means_look_again(number: int) -> None:
    with pytest.raises(FileChanged) as told, failures("a/x"):
        raise OSError(number, "as the system says")
    assert told.value.path == "a/x"


@pytest.mark.parametrize("number", sorted(ADVICE))
def test_a_disk_that_fails_comes_with_a_remedy(number: int) -> None:
    with pytest.raises(DiskFailed) as told, failures("a/x"):
        raise OSError(number, "as the system says")
    assert "a/x" in told.value.message
    assert told.value.remedy != ""
    assert told.value.path == "a/x"


def test_what_nobody_foresaw_is_told_in_the_systems_words() -> None:
    with pytest.raises(DiskFailed, match="Cannot send after"), failures(None):
        raise OSError(errno.ESHUTDOWN, "")
    with pytest.raises(DiskFailed, match="odd"), failures(None):
        raise OSError("odd")
