"""Tokens that come from outside: a systemd credential, or else the environment.

They are no settings, and nothing here looks into them; what they mean beside `token.json` is `syncd.store.tokens`'.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from syncd.config.paths import Paths
from syncd.config.sections import MirrorSettings
from syncd.config.sources import plain_name

VARIABLE = "SYNCD_TOKEN_"


def seeded(mirror: MirrorSettings, paths: Paths, environ: Mapping[str, str], mistakes: list[str]) -> MirrorSettings:
    """The mirror with the token that the credential `<mirror>.token` or the variable SYNCD_TOKEN_<MIRROR> gives it, the
    first that exists. What cannot be read is added to the mistakes."""
    if paths.credentials is not None:
        file = paths.credentials / f"{mirror.name}.token"
        try:
            return _with(mirror, file.read_text(encoding="utf-8"), f"the credential {file.name}")
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(f"mirror.{mirror.name}: the credential {file} cannot be read: {type(error).__name__}")
    for variable, text in environ.items():
        is_token = variable.upper().startswith(VARIABLE) and bool(text)
        if is_token and plain_name(variable[len(VARIABLE) :]) == plain_name(mirror.name):
            return _with(mirror, text, variable)
    return mirror


def _with(mirror: MirrorSettings, text: str, origin: str) -> MirrorSettings:
    return mirror.model_copy(update={"seed": SecretStr(text), "seed_origin": origin})
