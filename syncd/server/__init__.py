"""The embedded Sta.sh server: a pure state, and the wires of draft10, draft15 and v1 over it.

Law: it knows nothing of the client, not even core, or both would share a mistake.

`Stash` is one user's state; `run` serves in the foreground, `serving` in a thread, `create_app` in process.
"""

from syncd.server.app import create_app
from syncd.server.choices import Choices, FilesRule, SubmitAnswer, TitleRule
from syncd.server.run import Login, Serving, log_in, run, serving
from syncd.server.stash import Stash
from syncd.server.vault import Settings, Vault

__all__ = [
    "Choices",
    "FilesRule",
    "Login",
    "Serving",
    "Settings",
    "Stash",
    "SubmitAnswer",
    "TitleRule",
    "Vault",
    "create_app",
    "log_in",
    "run",
    "serving",
]
