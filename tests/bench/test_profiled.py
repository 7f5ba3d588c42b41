"""The profiler follows every thread, and counts work instead of waiting."""

from __future__ import annotations

import hashlib
import threading
import time

from tests.bench.options import QUICK, Options
from tests.bench.profiled import CHECKOUT, Profilers, _named


def work() -> None:
    for _ in range(20):
        hashlib.sha256(b"x" * 100_000).hexdigest()


def wait() -> None:
    time.sleep(0.2)


def test_what_a_thread_does_counts_and_what_it_waits_for_does_not() -> None:
    profilers = Profilers()
    threading.setprofile(profilers.follow)
    try:
        threads = [threading.Thread(target=work), threading.Thread(target=wait)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.setprofile(None)
    own = {line.function.rpartition(" ")[2]: line.own for line in profilers.lines()}
    hashing = sum(line.own for line in profilers.lines() if "sha256" in line.function)
    assert hashing > 0
    assert own.get("sleep", 0.0) < 0.1


def test_a_function_is_named_without_what_is_particular_to_this_machine() -> None:
    assert _named(f"{CHECKOUT}/syncd/core/plan.py", 7, "plan") == "syncd/core/plan.py:7 plan"
    assert _named("/usr/lib/python3.11/ssl.py", 3, "wrap") == "ssl.py:3 wrap"
    assert _named("~", 0, "<method 'x' of 'y' object at 0x7f00>") == "<method 'x' of 'y'>"


def test_a_quick_run_has_fewer_items_unless_told_how_many() -> None:
    assert Options().items(10_000) == 10_000
    assert Options(quick=True).items(10_000) == 10_000 // QUICK
    assert Options(quick=True, only=70).items(10_000) == 70
