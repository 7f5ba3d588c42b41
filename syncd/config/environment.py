"""pydantic-settings' reading of one environment variable; imported only where there is one, as it costs a tenth of a
second."""

from __future__ import annotations

from typing import Any, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from syncd.config.sections import DaemonSettings, MirrorSection


def part_of(variable: str, value: str) -> dict[str, Any] | None:
    """The part of the document that a variable of ours gives, such as `{"daemon": {"transfers": "4"}}`; None if its
    value should be JSON and is not."""
    try:
        return _Environment(variable, value)()
    except SettingsError:
        return None


class _Document(BaseSettings):
    """The sections, under the names that they have in the environment."""

    model_config = SettingsConfigDict(env_prefix="SYNCD_", env_nested_delimiter="__", case_sensitive=False, strict=True)

    daemon: DaemonSettings = DaemonSettings()
    mirror: dict[str, MirrorSection] = {}


class _Environment(EnvSettingsSource):
    """Reads a mapping of one variable instead of the process's own environment."""

    def __init__(self, variable: str, value: str) -> None:
        super().__init__(_Document)
        self.env_vars = {variable.lower(): value}

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """A list stays the text that it is: its own field says how that is read."""
        if field is not None and get_origin(field.annotation) is tuple:
            return value
        return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]
