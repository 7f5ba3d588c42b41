"""`syncd login` and `syncd logout`: tokens come and go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.options import AsJson, MirrorName, invocation
from syncd.cli.output import print_document, say
from syncd.core.errors import Misconfigured, SyncdError, Unreachable

if TYPE_CHECKING:
    from syncd.config import DaemonSettings, MirrorSettings


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
    as_json: AsJson = False,
) -> None:
    """Let syncd into a stash: in the browser, or with a file of tokens."""
    from syncd.cli.settings import one_mirror, settings

    found = settings(invocation(context))
    chosen = one_mirror(found, mirror)
    if token_file is not None:
        _import(chosen, token_file)
    else:
        _travel(chosen, found.daemon, browser=not no_browser)
    if as_json:
        print_document({"login": {"mirror": chosen.name, "server": chosen.server}})
    else:
        say(f"Logged in: {chosen.name} at {chosen.server}. `syncd sync` mirrors it to {chosen.folder}.")


def logout(context: typer.Context, mirror: MirrorName = None, as_json: AsJson = False) -> None:
    """Revoke the tokens and forget them."""
    from syncd.cli.settings import one_mirror, settings
    from syncd.store.tokens import TokenFile

    found = settings(invocation(context))
    chosen = one_mirror(found, mirror)
    tokens = TokenFile(chosen.state)
    had = chosen.state.joinpath("token.json").exists()
    problem = _revoke(chosen, found.daemon) if had else None
    if had:
        tokens.forget()
    if as_json:
        print_document({"logout": {"mirror": chosen.name, "revoked": had and problem is None}})
        return
    say(f"Logged out: {chosen.name}." if had else f"{chosen.name} was not logged in.")
    if problem is not None:
        say(f"  The server did not revoke the tokens ({problem.message}); they are forgotten here.")


def _import(mirror: MirrorSettings, file: Path) -> None:
    from syncd.store.tokens import TokenFile, parse_token

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}", remedy="Name a readable file of tokens.") from error
    token = parse_token(text, str(file))
    tokens = TokenFile(mirror.state)
    with tokens.lock():
        tokens.save(token)


def _travel(mirror: MirrorSettings, daemon: DaemonSettings, *, browser: bool) -> None:
    from syncd.cli.journey import by_browser, by_hand
    from syncd.cli.wiring import remote_settings
    from syncd.remotes import registry
    from syncd.store.tokens import TokenFile

    if not mirror.client_id:
        raise Misconfigured(
            f"mirror.{mirror.name}.client_id is not set, and a login needs it",
            remedy="Register an application with the server and set its client_id; or use --token-file.",
        )
    way = registry.login(mirror.kind, remote_settings(mirror, daemon), TokenFile(mirror.state))
    try:
        journey, code = by_browser(way.application) if browser else by_hand(way.application)
        way.keeper.exchange(journey, code)
    finally:
        way.client.close()


def _revoke(mirror: MirrorSettings, daemon: DaemonSettings) -> SyncdError | None:
    """Asks the server to revoke; answers what went wrong, since the tokens are to be forgotten all the same."""
    from syncd.cli.wiring import remote_settings
    from syncd.remotes import registry
    from syncd.store.tokens import TokenFile

    way = registry.login(mirror.kind, remote_settings(mirror, daemon), TokenFile(mirror.state))
    try:
        way.keeper.revoke()
    except Unreachable as error:
        return error
    except SyncdError as error:
        return error
    finally:
        way.client.close()
    return None
