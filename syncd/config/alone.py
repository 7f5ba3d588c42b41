"""No plugin of pydantic's sees our settings, and none is looked for, which reads the metadata of all that is installed.

pydantic asks the environment whether it may (PYDANTIC_DISABLE_PLUGINS), whenever a model is made. It is told so while
ours are, and what was there stands again before anybody else starts a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_SWITCH = "PYDANTIC_DISABLE_PLUGINS"


@contextmanager
def alone() -> Iterator[None]:
    """Models that are made in the body are made without plugins. Not for several threads at once."""
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before
