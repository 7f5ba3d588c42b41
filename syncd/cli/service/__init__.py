"""`syncd service`: the systemd unit comes, goes, and tells how it stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from syncd.cli.options import AsJson, invocation
from syncd.cli.output import print_document, say

if TYPE_CHECKING:
    from syncd.cli.service.places import Place

service_app = typer.Typer(
    help="The systemd unit: install, uninstall, status.", rich_markup_mode=None, no_args_is_help=True
)
ForSystem = Annotated[bool, typer.Option("--system", help="The system's manager, not your own: needs root.")]
User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="With --system: whose mirrors.")]
Linger = Annotated[
    bool | None,
    typer.Option("--linger/--no-linger", help="Run from boot on, without a session; otherwise you are asked."),
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(service_app, name="service")


@service_app.command("install")
def install(
    context: typer.Context, system: ForSystem = False, user: User = None, linger: Linger = None, as_json: AsJson = False
) -> None:
    """Write the unit for the mirrors of the configuration, enable it and start it; again after each change of them."""
    from syncd.cli.options import Invocation
    from syncd.cli.service import manager, places, units, work
    from syncd.cli.settings import settings

    where = places.place(for_system=system, user=user)
    invoked = invocation(context)
    with places.at_home(where):
        found = settings(Invocation(places.named_configuration(where, invoked.config), invoked.verbose))
    found.require_mirrors()
    was_ours = where.file.exists() and units.ends_linger(where.file.read_text(encoding="utf-8", errors="replace"))
    begins = not system and _wants_linger(linger, where.user)
    if begins:  # before the unit says so, as that has the removal end it
        where.manager.require()
        manager.linger(where.user, on=True)
    work.install(where, places.installation(where, found, linger=begins or was_ours), found)
    _tell(where, as_json, installed=True)


@service_app.command("uninstall")
def uninstall(system: ForSystem = False, user: User = None, as_json: AsJson = False) -> None:
    """End the service and remove the unit; the mirrored folder, its state and the configuration stay."""
    from syncd.cli.service import places, work

    where = places.place(for_system=system, user=user)
    there = work.uninstall(where)
    if as_json:
        print_document({"service": {"unit": where.unit, "removed": there}})
    else:
        say(f"Removed {where.unit}." if there else f"{where.unit} is not installed.")


@service_app.command("status")
def status(system: ForSystem = False, user: User = None, as_json: AsJson = False) -> None:
    """Whether the unit is installed, enabled and running, and what it says."""
    from syncd.cli.service import places

    _tell(places.place(for_system=system, user=user), as_json, installed=False)


def _wants_linger(answer: bool | None, user: str) -> bool:
    """Whether lingering is to begin now; a person at a terminal is asked."""
    from syncd.cli.service import manager

    if answer is False or manager.lingers(user):
        return False
    if answer is None and sys.stdin.isatty():
        return typer.confirm("Keep syncd running while you are logged out (loginctl enable-linger)?", err=True)
    return answer is True


def _tell(where: Place, as_json: bool, *, installed: bool) -> NoReturn:
    from syncd.cli.service import render, work

    document = work.standing(where)
    if as_json:
        print_document({"service": document})
    else:
        say(render.lines(document, where, installed=installed))
    raise typer.Exit
