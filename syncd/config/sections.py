"""The sections of the configuration file: every key, its type, its default, the values that it may have, and what it is
for.

docs/configuration.md is made from here (`make docs`); config.example.toml says the same shorter, and
tests/test_config.py holds the two together.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from syncd.config.values import (
    Address,
    Command,
    Count,
    Events,
    Folder,
    HostAndPort,
    Hours,
    Pattern,
    Secret,
    VersionWord,
)
from syncd.core.events import ATTENTION
from syncd.core.model import Direction, Keep

DAY_SECONDS = 86_400
YEAR_HOURS = 366 * 24


class Dialect(StrEnum):
    """The generation of the Sta.sh API that a server speaks."""

    V1 = "v1"
    DRAFT15 = "draft15"
    DRAFT10 = "draft10"


class Section(BaseModel):
    """What all sections share: frozen, no key beyond those named, no guessing of types, no infinite numbers."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True, hide_input_in_errors=True
    )


class DaemonSettings(Section):
    """[daemon]: the process that serves all mirrors of a user."""

    poll_seconds: float = Field(
        60,
        ge=0.1,
        le=DAY_SECONDS,
        description="How often the remote is asked for changes, in seconds, while things change.",
    )
    poll_max_seconds: float = Field(
        300, ge=0.1, le=DAY_SECONDS, description="When nothing changes, the interval grows up to this many seconds."
    )
    full_scan_hours: float = Field(
        6,
        gt=0,
        le=YEAR_HOURS,
        description="Every so many hours a true-up: a full look at both sides that trusts neither cursor nor watcher.",
    )
    transfers: int = Field(8, ge=1, le=64, description="How many files travel at once, in each mirror.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is logged: this level and those above it."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto",
        description="How it is logged; `auto`: console lines on a terminal, fields in systemd's journal, "
        "plain lines elsewhere.",
    )
    dashboard: HostAndPort = Field("", description="host:port of the local page; empty for none.")
    on_event: Command = Field(
        (),
        strict=False,
        description="A command that is run for each event of `on_events`, with the event as JSON on its standard "
        "input: a list of words, or a text that is split like one; no shell. Empty: none. See docs/control-api.md.",
    )
    on_events: Events = Field(
        ATTENTION, strict=False, description="The events that `on_event` is run for, by their names."
    )
    notifications: bool = Field(
        True,  # noqa: FBT003 - pydantic's way
        description="Holds, conflicts and a wanted login are shown by the desktop, where there is one. Needs "
        "`syncd[desktop]`.",
    )

    @field_validator("poll_max_seconds")
    @classmethod
    def _interval_grows(cls, value: float, found: ValidationInfo) -> float:
        if value < found.data.get("poll_seconds", 0):
            raise ValueError("must not be below poll_seconds")
        return value


class MirrorSection(Section):
    """[mirror.NAME]: one remote paired with one local folder. Percentages are whole, sizes in KiB and MiB as named."""

    kind: str = Field("stash", description="The kind of remote; today there is one.")
    folder: Folder = Field(
        Path("~/Stash"),
        description="The mirrored folder, absolute or with ~. No two mirrors may have the same one, or one "
        "inside the other.",
    )
    server: Address = Field("https://www.deviantart.com", description="The server's address.")
    dialect: Dialect = Field(
        Dialect.V1, strict=False, description="The generation of the Sta.sh API that the server speaks."
    )
    minor_version: VersionWord = Field(
        "", description="Sent as `dA-minor-version` with every request when set (v1 only), such as 20200519."
    )
    client_id: str = Field("", description="Of the application that you registered with the server.")
    client_secret: Secret = Field(
        SecretStr(""),
        description="Of the same application. Better than in the file: the environment, or a systemd credential named "
        "`NAME.client_secret`.",
    )
    direction: Direction = Field(
        Direction.TWO_WAY,
        strict=False,
        description="`pull`: the remote is never changed. `push`: the folder is never changed.",
    )
    settle_seconds: float = Field(
        2.0, ge=0, le=3600, description="A file must be quiet for so many seconds before it is uploaded."
    )
    conflict: Keep = Field(
        Keep.BOTH,
        strict=False,
        description="Which version stays when both sides changed a file; what goes is in the trash.",
    )
    ignore: tuple[Pattern, ...] = Field(
        (),
        strict=False,
        description="Patterns of what is left alone, as in .gitignore, besides those in `.syncignore`.",
    )
    max_delete_percent: int = Field(
        20, ge=0, le=100, description="The brake: more deletions within an hour than this share of all items, *and* ..."
    )
    max_delete_count: Count = Field(10, description="... more than this number, wait for a person: see `syncd held`.")
    min_free_mib: Count = Field(200, description="The disk is never filled further than until this many MiB are free.")
    trash_days: int = Field(30, ge=0, le=36_500, description="For how many days a deletion can be undone.")
    upload_kib_per_second: Count = Field(0, description="How fast files go up, all together; 0: no limit.")
    download_kib_per_second: Count = Field(0, description="How fast files come down, all together; 0: no limit.")
    limit_hours: Hours = Field(
        "", description="The two limits hold in these hours only, such as `08:00-18:00`; empty: always."
    )
    active: Hours = Field(
        "",
        description="The daemon syncs in these hours of the day only, such as `22:00-07:00`; empty: always. "
        "`syncd sync` works at any time.",
    )
    pause_on_metered: bool = Field(
        False,  # noqa: FBT003 - pydantic's way
        description="The daemon rests while NetworkManager calls the connection metered. Needs `syncd[desktop]`.",
    )


class MirrorSettings(MirrorSection):
    """One mirror, validated: its section, its name, the folder of its own state, and the token that came from outside,
    as text, if one did, with where it came from."""

    name: str
    state: Path
    seed: SecretStr = SecretStr("")
    seed_origin: str = ""


class Document(BaseModel):
    """The whole file, as pydantic sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    daemon: DaemonSettings = DaemonSettings()
    mirror: dict[str, MirrorSection] = {}


# The keys that each section knows, by the section's name; '' is the file itself.
SECTIONS: dict[str, tuple[str, ...]] = {
    "": tuple(Document.model_fields),
    "daemon": tuple(DaemonSettings.model_fields),
    "mirror": tuple(MirrorSection.model_fields),
}
