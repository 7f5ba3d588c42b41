"""Every way syncd can fail, named by what can be done about it.

    SyncdError
    ├── RetryLater            the world is in the way: the same request may succeed later
    │   ├── Unreachable       no connection, an answer 5xx, or something that is not the remote's API
    │   ├── Throttled         the remote asks us to slow down
    │   ├── Busy              another instance of syncd is at work here
    │   ├── DatabaseFailed    syncd's own database cannot be used now (locked, its disk full)
    │   └── Stopped           syncd is ending, and began nothing more
    ├── OutcomeUnknown        a changing request was sent and may or may not have been applied
    ├── ItemFailed            one item failed, the rest goes on
    │   ├── Refused           the remote does not take this item as it is (quota, too large, invalid)
    │   ├── NotThere          the remote has no such item or folder
    │   ├── FileChanged       the file moved under our hands: look again
    │   └── DiskFailed        the disk does not do what was asked (full, read-only, no permission, broken)
    ├── PersonNeeded          only a person can go on
    │   ├── LoginNeeded       no usable token
    │   └── FolderMissing     the mirrored folder is missing, or is not ours
    ├── Unsupported           the remote does not offer this (any more)
    ├── NoProgress            work is pending, nothing is waited for, and nothing moves
    └── Misconfigured         the configuration, or a database from a newer version
        └── NewerDatabase

The command line maps these to exit codes (cli), the engine decides what is retried (engine.cycle); nobody else does.
"""

from __future__ import annotations

AGAIN = "syncd tries again by itself."
"""How a remedy ends where whoever mends the cause has nothing else to do."""


class SyncdError(Exception):
    """A failure that a user may see: what happened, to which item, and what to do about it.

    `message` is one plain sentence without secrets. `path` is relative to the mirrored folder. `retry_at` is a Unix
    time in seconds before which trying again is pointless.
    """

    remedy = "Report this as a bug, with the log."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        path: str | None = None,
        itemid: int | None = None,
        retry_at: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy if remedy is not None else type(self).remedy
        self.path = path
        self.itemid = itemid
        self.retry_at = retry_at

    @property
    def code(self) -> str:
        """The error's name in JSON: its class in kebab case, `not-there` for NotThere."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class RetryLater(SyncdError):
    """The same request may succeed later, unchanged."""

    remedy = f"Nothing to do: {AGAIN}"


class Unreachable(RetryLater):
    """No connection, an answer 5xx, or an answer that is not the remote's API (a captive portal, a proxy)."""

    remedy = f"Check the network and the server's address; {AGAIN}"


class Throttled(RetryLater):
    """The remote asks us to slow down; holds for the whole account."""


class Busy(RetryLater):
    """Another instance holds the lock."""

    remedy = "Wait for the other syncd to end, or stop it."


class DatabaseFailed(RetryLater):
    """The mirror's database cannot be used now; what was not committed is undone."""

    remedy = f"Free space on the disk of the state folder, or mend its permissions; {AGAIN}"


class Stopped(RetryLater):
    """syncd is ending: the work was left at a point where the next run takes it up."""

    remedy = "Nothing to do: the next run goes on."


class OutcomeUnknown(SyncdError):
    """A changing request was sent and may or may not have been applied (guarantees W1, W3)."""

    remedy = "Nothing to do: syncd looks what became of it before it sends anything again."


class ItemFailed(SyncdError):
    """One item failed; the rest goes on."""


class Refused(ItemFailed):
    """The remote does not take this item as it is."""

    remedy = "Change the file as the message says, or free space on the server."


class NotThere(ItemFailed):
    """The remote knows no such item or folder."""

    remedy = "Nothing to do: syncd looks again."


class FileChanged(ItemFailed):
    """The file moved under our hands; the next look sees what became of it."""

    remedy = "Nothing to do: syncd looks again when the file is quiet."


class DiskFailed(ItemFailed):
    """The disk does not do what was asked."""

    remedy = f"Free space, or mend the permissions or the disk; {AGAIN}"


class PersonNeeded(SyncdError):
    """Only a person can go on."""


class LoginNeeded(PersonNeeded):
    """There is no usable token."""

    remedy = "Run `syncd login`."


class FolderMissing(PersonNeeded):
    """The mirrored folder is missing, or is not the one this database belongs to."""

    remedy = "Mount or restore the folder; syncd goes on by itself once it is back."


class Unsupported(SyncdError):
    """The remote does not offer this, or no longer."""

    remedy = "Use another server or another way; see the README's table of what each server offers."


class NoProgress(SyncdError):
    """Work is pending, nothing that has a name is waited for, and nothing moves: a bug, or a server that lies."""

    remedy = "See `syncd status` and `syncd why PATH`; run `syncd sync --full`, and report it if it stays."


class Misconfigured(SyncdError):
    """The configuration cannot be used as it is."""

    remedy = "Correct the configuration file."


class NewerDatabase(Misconfigured):
    """The database was written by a newer syncd."""

    remedy = "Install that version of syncd, or a later one."
