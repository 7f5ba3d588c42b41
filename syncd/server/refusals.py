"""What the stash refused, in the words of each generation: the drafts' slugs, v1's error codes."""

from __future__ import annotations

from syncd.server import errors
from syncd.server.wire import WireError, quota_text, server_error


def to_draft(refusal: errors.StashError) -> WireError:
    """The drafts' error for what the stash refused."""
    match refusal:
        case errors.UnknownItem() | errors.AlreadyPublished():
            return _slug("invalid_stashid", "This stashid does not exist")
        case errors.UnknownStack():
            return _slug("invalid_folderid", "Unable to get folder with that folderid for stash item")
        case errors.NotYours(kind="item"):
            return _slug("invalid_access_author", "Cannot modify this deviation, it does not belong to this user)")
        case errors.NotYours():
            return _slug("invalid_access_folder", "Folder with that folderid does not belong to this user")
        case errors.QuotaExceeded(total=total, used=used):
            return _slug("quota_exceeded", quota_text(total, used))
        case errors.TooLarge():
            return _slug("internal_error_file_too_large", "File provided is too large")
        case errors.MissingMetadata():
            return _slug("internal_error_missing_metadata", "Unable to load metadata for folder")
        case errors.CorruptFile():
            return _slug("internal_error_file_corruption", "Corrupt or incomplete file")
        case errors.TooManyRequests(of_application=of_application):
            whose = "application" if of_application else "user"
            text = f"The {whose} has sent a very excessive amount of API calls and is temporarily blocked"
            return _slug(f"{whose}_api_threshold", text)
        case errors.DuplicateTitle():
            text = "Unable to create or get folder for stash item (duplicate entry)"
            return _slug("internal_error_missing_folder", text)
        case errors.InvalidRequest(details=details) if "file" in details:
            return _slug("internal_error_upload_failure", "File upload failed")
        case _:
            return _slug("internal_error_item", "Unable to create or update stash item")


def to_v1(refusal: errors.StashError, unknown_status: int) -> WireError:
    """v1's error for what the stash refused. The codes are those known of the endpoints; the texts are ours."""
    match refusal:
        case errors.UnknownItem() | errors.NotYours(kind="item"):
            return WireError(unknown_status, "invalid_request", "Item not found.", code=0)
        case errors.UnknownStack() | errors.NotYours():
            return WireError(unknown_status, "invalid_request", "Stack not found.", code=0)
        case errors.InvalidTarget():
            return WireError(400, "invalid_request", "Invalid target stack.", code=1)
        case errors.DuplicateTitle():
            text = "Duplicate entry: each stack must have a unique name."
            return WireError(400, "invalid_request", text, details={"title": "duplicate entry"})
        case errors.QuotaExceeded(total=total, used=used):
            return WireError(400, "invalid_request", quota_text(total, used), code=2)
        case errors.TooLarge():
            return WireError(400, "invalid_request", "File provided is too large", code=2)
        case errors.CorruptFile():
            return WireError(400, "invalid_request", "Corrupt or incomplete file")
        case errors.TooManyRequests(of_application=True):
            return WireError(429, "application_api_threshold", "Client request limit reached.")
        case errors.TooManyRequests():
            return WireError(429, "user_api_threshold", "User request limit reached.")
        case errors.AlreadyPublished():
            return WireError(400, "invalid_request", "Deviation already published.", code=9)
        case errors.InvalidRequest(details=details):
            return WireError(400, "invalid_request", " ".join(details.values()), details=details)
        case _:
            return server_error()


def _slug(error: str, description: str) -> WireError:
    return WireError(400, error, description)
