"""What the pure Sta.sh refuses to do, and why; the wire modules give each refusal its generation's own shape.

StashError
├── UnknownItem        no such submission (v1: error_code 0, drafts: invalid_stashid)
├── UnknownStack       no such stack or folder (v1: error_code 0, drafts: invalid_folderid)
├── NotYours           it exists, but in another user's stash
├── InvalidTarget      a stack cannot be moved there (v1: error_code 1)
├── DuplicateTitle     a sibling has that title already ("duplicate entry")
├── InvalidRequest     a field is missing or impossible
├── TooLarge           one file is larger than any may be
├── QuotaExceeded      the user's space would not hold it
├── AlreadyPublished   the item left for the gallery before (publish: error_code 9)
├── MissingMetadata    a folder was asked for without saying which
├── CorruptFile        the upload ended too early
└── TooManyRequests    user or application must slow down (v1: 429, drafts: 400)
"""

from __future__ import annotations


class StashError(Exception):
    """The request was understood and refused; the state is as it was."""


class UnknownItem(StashError):
    """This user has no submission of that id."""


class UnknownStack(StashError):
    """This user has no stack of that id, or it is none that the asking dialect can see."""


class NotYours(StashError):
    """The id names something of another user; `kind` is "item" or "stack"."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class InvalidTarget(StashError):
    """A stack cannot go into itself or into what it contains."""


class DuplicateTitle(StashError):
    """Each stack must have a unique name within its parent."""


class InvalidRequest(StashError):
    """A field is missing or impossible; `details` maps its name to what is wrong."""

    def __init__(self, details: dict[str, str]) -> None:
        super().__init__("Request field validation failed.")
        self.details = details


class TooLarge(StashError):
    """The file is larger than the server takes at all."""


class QuotaExceeded(StashError):
    """The space of the user is `total` bytes, of which `used` are taken."""

    def __init__(self, total: int, used: int) -> None:
        super().__init__(f"{used} of {total} bytes used")
        self.total = total
        self.used = used


class AlreadyPublished(StashError):
    """The item is in the gallery already."""


class MissingMetadata(StashError):
    """Metadata was asked for without saying of what."""


class CorruptFile(StashError):
    """The upload ended before its own end."""


class TooManyRequests(StashError):
    """The user, or the whole application if `of_application`, asked too often."""

    def __init__(self, *, of_application: bool) -> None:
        super().__init__("application" if of_application else "user")
        self.of_application = of_application
