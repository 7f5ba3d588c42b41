"""What every test has: hypothesis profiles, and the seed of this run in the head of the report."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# The shared machines are slow and uneven: what a test takes is pytest-timeout's to judge, not hypothesis' per example.
settings.register_profile("quick", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2000)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile; `--hypothesis-profile` still wins. And let Ctrl-C reach what the tests start: a shell has its
    background jobs ignore it, and that is inherited."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to run the same random cases again; a failing one prints its own @reproduce_failure besides."""
    seed = config.getoption("--hypothesis-seed", None)
    return f"hypothesis: seed {seed}" if seed else "hypothesis: random seed; --hypothesis-seed=N fixes it"
