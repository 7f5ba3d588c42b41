"""The sections of the configuration file: every key, its type, its default and the values that it may have.

config.example.toml says the same to people; tests/test_config.py holds the two together.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import pathspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from syncd.core.model import Direction, Keep

DAY_SECONDS = 86_400
YEAR_HOURS = 366 * 24


class Dialect(StrEnum):
    """The generation of the Sta.sh API that a server speaks."""

    V1 = "v1"
    DRAFT15 = "draft15"
    DRAFT10 = "draft10"


def _home_expanded(value: Any) -> Any:
    if not isinstance(value, str | Path):
        return value
    if not str(value).strip():
        raise ValueError("must name a folder")
    if "\0" in str(value):
        raise ValueError("must name a folder that can exist")
    try:
        folder = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("begins with ~ and a user who has no home here") from None
    if not folder.is_absolute():
        raise ValueError("must begin with / or ~")
    return folder


def _web_address(value: str) -> str:
    no_address = ValueError("must be an http:// or https:// address")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise no_address from None
    if not usable or not value.isprintable() or " " in value:
        raise no_address
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be an address without user, query or fragment")
    return value.rstrip("/")


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    usable = bool(re.fullmatch(r"\[[0-9A-Fa-f:.]+\]|[\w.-]+", host)) and port.isascii() and port.isdigit()
    if value and not (usable and 0 < int(port) < 65536):
        raise ValueError("must be host:port, or empty for none")
    return value


def _version_word(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z._-]*", value):
        raise ValueError("must be a version such as 20200519, or empty")
    return value


def _pattern(value: str) -> str:
    try:
        pathspec.GitIgnoreSpec.from_lines([value])
    except (ValueError, re.error):
        raise ValueError("must be a pattern as in .gitignore") from None
    return value


def _header_safe(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isprintable():
        raise ValueError("must have no control characters")
    return value


Folder = Annotated[Path, BeforeValidator(_home_expanded)]
Count = Annotated[int, Field(ge=0, le=2**53)]


class Section(BaseModel):
    """What all sections share: frozen, no key beyond those named, no guessing of types, no infinite numbers."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True, hide_input_in_errors=True
    )


class DaemonSettings(Section):
    """[daemon]: the process that serves all mirrors of a user."""

    poll_seconds: float = Field(60, ge=0.1, le=DAY_SECONDS)
    poll_max_seconds: float = Field(300, ge=0.1, le=DAY_SECONDS)
    full_scan_hours: float = Field(6, gt=0, le=YEAR_HOURS)
    transfers: int = Field(8, ge=1, le=64)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"
    dashboard: Annotated[str, AfterValidator(_host_and_port)] = ""

    @field_validator("poll_max_seconds")
    @classmethod
    def _interval_grows(cls, value: float, found: ValidationInfo) -> float:
        if value < found.data.get("poll_seconds", 0):
            raise ValueError("must not be below poll_seconds")
        return value


class MirrorSection(Section):
    """[mirror.NAME]: one remote paired with one local folder. Percentages are whole, sizes in KiB and MiB as named."""

    kind: str = "stash"
    folder: Folder = Path("~/Stash")
    server: Annotated[str, AfterValidator(_web_address)] = "https://www.deviantart.com"
    dialect: Dialect = Field(Dialect.V1, strict=False)
    minor_version: Annotated[str, AfterValidator(_version_word)] = ""
    client_id: str = ""
    client_secret: Annotated[SecretStr, AfterValidator(_header_safe)] = SecretStr("")
    direction: Direction = Field(Direction.TWO_WAY, strict=False)
    settle_seconds: float = Field(2.0, ge=0, le=3600)
    conflict: Keep = Field(Keep.BOTH, strict=False)
    ignore: Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], NoDecode] = Field((), strict=False)
    max_delete_percent: int = Field(20, ge=0, le=100)
    max_delete_count: Count = 10
    min_free_mib: Count = 200
    trash_days: int = Field(30, ge=0, le=36_500)
    upload_kib_per_second: Count = 0
    download_kib_per_second: Count = 0


class MirrorSettings(MirrorSection):
    """One mirror, validated: its section, its name, and the folder of its own state."""

    name: str
    state: Path


class Document(BaseSettings):
    """The whole file, as pydantic sees it; it reads nothing by itself: syncd.config.sources does."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", strict=True, env_prefix="SYNCD_", env_nested_delimiter="__", case_sensitive=False
    )

    daemon: DaemonSettings = DaemonSettings()
    mirror: dict[str, MirrorSection] = {}

    @classmethod
    def settings_customise_sources(  # the signature is pydantic's
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in."""
        return (init_settings,)


# The keys that each section knows, by the section's name; '' is the file itself.
SECTIONS: dict[str, tuple[str, ...]] = {
    "": tuple(Document.model_fields),
    "daemon": tuple(DaemonSettings.model_fields),
    "mirror": tuple(MirrorSection.model_fields),
}
