"""sqlite-utils, without what it would bring along: it imports numpy and pandas where it finds them, only to name types
of columns that nobody here has, and its command line's recipes, which read dates. None in `sys.modules` says that a
module is not to be had, an empty module that nothing is in it; afterwards they are again what they were."""

from __future__ import annotations

import sys
from types import ModuleType

_UNWANTED = {"numpy": None, "pandas": None, "sqlite_utils.recipes": ModuleType("sqlite_utils.recipes")}
_ABSENT = {name: found for name, found in _UNWANTED.items() if name not in sys.modules}
sys.modules.update(_ABSENT)  # type: ignore[arg-type]

from sqlite_utils import Database, Migrations  # noqa: E402 - this is what the line above is for

for _name in _ABSENT:
    del sys.modules[_name]

__all__ = ["Database", "Migrations"]
