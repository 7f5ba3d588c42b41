"""From closing a file to the request that submits it, less the quiet time: with a daemon that watches the folder.

When the request began to arrive is nginx's word (its clock is the system's, in milliseconds). One file at a time, each
after the one before has arrived and the daemon has come to rest.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.bench.daemon import running, until, until_settled
from tests.bench.front import Front
from tests.bench.options import Options
from tests.bench.row import Found, Row, at_most, percentile
from tests.bench.rows.upload import emptied
from tests.bench.world import World

QUIET = 0.5
FILES = 200


def closing(options: Options) -> Iterator[Found]:
    """The half and the slowest of a hundred."""
    made, files = emptied("closing", "v1"), options.items(FILES)
    with made.fronted() as nginx:
        made.configure(nginx.quick, settle=QUIET)
        with running(made):
            until_settled(made)
            _submitted(made, nginx, 0)
            took = [_submitted(made, nginx, number) - QUIET for number in range(1, files + 1)]
    milliseconds = [seconds * 1000 for seconds in took]
    note = f"{files} files, quiet time {QUIET} s; least {min(milliseconds):.0f}, most {max(milliseconds):.0f}"
    for share, bound in ((50, 15), (99, 250)):
        yield Row(
            name=f"from close to submit: p{share}",
            unit="ms",
            ours=(percentile(milliseconds, share),),
            bound=at_most(bound),
            note=note,
        )


def _submitted(made: World, nginx: Front, number: int) -> float:
    """Writes a file; seconds from its closing until its submission began to arrive."""
    before = len(_submissions(nginx))
    with (made.stash / f"File {number:04}.txt").open("wb") as file:
        file.write(random.Random(number).randbytes(1000))
    closed = time.time()
    until(lambda: len(_submissions(nginx)) > before, pause=0.05)
    time.sleep(0.3 + random.random() / 5)
    return _submissions(nginx)[before] - closed


def _submissions(nginx: Front) -> list[float]:
    return [at for at, method, path in nginx.requests() if method == "POST" and path.endswith("/stash/submit")]
