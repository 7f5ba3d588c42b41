"""The only room that speaks HTTP to a remote."""

import sys

# httpx tries to import a command line of its own, and with it rich, its lexers and click: a third of its import. None
# is the import system's word for what is not to be had, and httpx then does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
