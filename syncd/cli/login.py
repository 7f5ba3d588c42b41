"""`syncd login` and `syncd logout`: tokens come and go."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.options import AsJson, MirrorName, duration, invocation
from syncd.cli.output import print_document, say
from syncd.core.errors import Misconfigured, SyncdError

if TYPE_CHECKING:
    from syncd.config import MirrorSettings
    from syncd.core.token import Token
    from syncd.store.tokens import TokenFile


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(login)
    app.command()(logout)


def login(
    context: typer.Context,
    mirror: MirrorName = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address; read the answer.")] = False,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Import tokens instead, as `syncd serve --token-file` writes.")
    ] = None,
    redirect: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where the browser comes back to, as you registered it with the server."),
    ] = None,
    wait: Annotated[str, typer.Option(metavar="DURATION", help="How long the browser is waited for.")] = "5m",
    keyring: Annotated[
        bool | None,
        typer.Option("--keyring/--no-keyring", help="Keep the tokens in the desktop's keyring, or in a file (0600)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let syncd into a stash: in the browser, or with a file of tokens."""
    from syncd.cli.settings import one_mirror, settings
    from syncd.daemon.credentials import tokens_of

    seconds = duration(wait)
    found = settings(invocation(context))
    chosen = one_mirror(found, mirror)
    tokens = _Kept(tokens_of(chosen), keyring)
    if token_file is not None:
        _import(tokens, token_file)
    else:
        way = _Way(browser=not no_browser, redirect=redirect, seconds=seconds)
        _travel(chosen, tokens, way)
    if as_json:
        print_document({"login": {"mirror": chosen.name, "server": chosen.server}})
    else:
        say(f"Logged in: {chosen.name} at {chosen.server}. `syncd sync` mirrors it to {chosen.folder}.")


def logout(context: typer.Context, mirror: MirrorName = None, as_json: AsJson = False) -> None:
    """Revoke the tokens and forget them."""
    from syncd.cli.settings import one_mirror, settings
    from syncd.daemon.credentials import tokens_of

    found = settings(invocation(context))
    chosen = one_mirror(found, mirror)
    tokens = tokens_of(chosen)
    had, problem = tokens.is_there(), None
    if had:
        with tokens.lock():  # no refresh in between, which would make the revoked token the old one
            problem = _revoke(chosen, tokens)
            tokens.forget()
    if as_json:
        print_document({"logout": {"mirror": chosen.name, "revoked": had and problem is None}})
        return
    say(f"Logged out: {chosen.name}." if had else f"{chosen.name} was not logged in.")
    if problem is not None:
        say(f"  The server did not revoke the tokens ({problem.message}); they are forgotten here.")


@dataclass(frozen=True, slots=True)
class _Way:
    """How to log in: by a browser here or by hand, back to which address, and how long a browser is waited for."""

    browser: bool
    redirect: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """The tokens of a mirror, kept where the person wants them: in a keyring, in the file, or where they were."""

    file: TokenFile
    in_keyring: bool | None

    def load(self) -> Token | None:
        """The newest token."""
        return self.file.load()

    def save(self, token: Token) -> None:
        """Durable before it returns."""
        keep = {True: self.file.keep_in_keyring, False: self.file.keep_in_file, None: self.file.save}[self.in_keyring]
        keep(token)

    def lock(self) -> AbstractContextManager[None]:
        """Held while the tokens change."""
        return self.file.lock()


def _import(tokens: _Kept, file: Path) -> None:
    from syncd.store.tokens import parse_token

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}", remedy="Name a readable file of tokens.") from error
    token = parse_token(text, str(file))
    with tokens.lock():
        tokens.save(token)


def _travel(mirror: MirrorSettings, tokens: _Kept, way: _Way) -> None:
    from syncd.cli.journey import REDIRECT, by_browser, by_hand
    from syncd.cli.wiring import remote_settings
    from syncd.remotes import registry

    if not mirror.client_id:
        raise Misconfigured(
            f"mirror.{mirror.name}.client_id is not set, and a login needs it",
            remedy=f"Register an application with the server, with {REDIRECT} as its redirect address, "
            "and set its client_id; or use --token-file.",
        )
    login = registry.login(mirror.kind, remote_settings(mirror), tokens)
    redirect = way.redirect or REDIRECT
    try:
        if way.browser:
            journey, code = by_browser(login.application, redirect, seconds=way.seconds)
        else:
            journey, code = by_hand(login.application, redirect)
        login.keeper.exchange(journey, code)
    finally:
        login.client.close()


def _revoke(mirror: MirrorSettings, tokens: TokenFile) -> SyncdError | None:
    """Asks the server to revoke; answers what went wrong, since the tokens are to be forgotten all the same."""
    from syncd.cli.wiring import remote_settings
    from syncd.remotes import registry

    way = registry.login(mirror.kind, remote_settings(mirror), tokens)
    try:
        way.keeper.revoke()
    except SyncdError as error:
        return error
    finally:
        way.client.close()
    return None
