"""`syncd doctor`: looks at everything that syncd relies on, and says what to do about what it finds.

Law: it takes no lock and changes nothing but for a trial below `.syncd`, so it works beside a daemon and without one.
One check that cannot be made keeps no other from being made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from syncd.cli.options import AsJson, MirrorName, invocation
from syncd.cli.output import plain, print_document, say

if TYPE_CHECKING:
    from syncd.cli.doctor.findings import Finding
    from syncd.config import MirrorSettings, Settings
    from syncd.daemon import Document, Wiring


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(doctor)


def doctor(context: typer.Context, mirror: MirrorName = None, as_json: AsJson = False) -> None:
    """Look at everything that syncd relies on; each finding says what to do."""
    from syncd.cli.doctor import machine
    from syncd.cli.settings import chosen, settings
    from syncd.cli.wiring import wiring
    from syncd.config import ConfigError
    from syncd.daemon import worst

    try:
        found = settings(invocation(context))
    except ConfigError as error:
        findings = [*machine.mistakes(error), machine.service()]
    else:
        mirrors = chosen(found, mirror) if found.mirrors else ()
        findings = list(_examined(found, mirrors, wiring()))
    if as_json:
        print_document({"doctor": [each.document for each in findings]})
    else:
        say(lines(findings))
    raise typer.Exit(worst(each.code for each in findings))


def _examined(settings: Settings, mirrors: Sequence[MirrorSettings], wiring: Wiring) -> Iterator[Finding]:
    from syncd.cli.doctor import machine

    yield machine.configuration(settings)
    running, served = machine.daemon(settings)
    yield running
    yield machine.service()
    for mirror in mirrors:
        yield from _of_mirror(mirror, wiring, served.get(mirror.name))


def _of_mirror(mirror: MirrorSettings, wiring: Wiring, served: Document | None) -> Iterator[Finding]:
    from syncd.cli.doctor import disk, server
    from syncd.cli.doctor.findings import About
    from syncd.core.errors import SyncdError
    from syncd.local import probing

    def watching() -> Finding:
        watched = served is not None and served.get("watching") == "inotify"
        return disk.watching(mirror, probing.directories(mirror.folder), probing.watches(), watched=watched)

    checks: list[tuple[str, Callable[[], Finding | list[Finding]]]] = [
        ("folder", lambda: disk.folder(mirror)),
        ("space", lambda: disk.space(mirror)),
        ("database", lambda: disk.database(mirror)),
        ("secrets", lambda: disk.secrets(mirror)),
        ("clock", lambda: server.clock(mirror)),
        ("login", lambda: server.login(mirror, wiring)),
    ]
    if (mirror.folder / ".syncd").is_dir():
        checks[1:1] = [
            ("file-system", lambda: disk.abilities(mirror, probing.offers(mirror.folder))),
            ("watches", watching),
        ]
    for name, check in checks:
        try:
            found = check()
        except SyncdError as error:
            found = About(name, mirror.name).of(error)
        yield from found if isinstance(found, list) else [found]


def lines(findings: list[Finding]) -> str:
    """For people: one line each, and a remedy where there is one."""
    marks = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
    told = []
    for each in findings:
        where = f"{each.mirror}: " if each.mirror else ""
        told.append(plain(f"{marks[each.level.value]}  {each.check:13} {where}{each.message}"))
        if each.remedy:
            told.append(f"{'':24}{plain(each.remedy)}")
    return "\n".join(told)
