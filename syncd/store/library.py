"""sqlite-utils, without what it would bring along: it imports numpy and pandas where it finds them, only to name types
of columns that nobody here has. None in `sys.modules` says that a module is not to be had; afterwards it is again."""

from __future__ import annotations

import sys

_UNWANTED = [name for name in ("numpy", "pandas") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNWANTED))  # type: ignore[arg-type]

from sqlite_utils import Database, Migrations  # noqa: E402 - this is what the line above is for

for _name in _UNWANTED:
    del sys.modules[_name]

__all__ = ["Database", "Migrations"]
