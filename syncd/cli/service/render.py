"""`syncd service` for people."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.cli.output import plain
from syncd.cli.service.places import Place, unseen
from syncd.daemon import Document


def lines(document: Document, where: Place, *, installed: bool) -> str:
    """How the unit stands; after an installation also what to do next."""
    told = [*_standing(document), *(_next_steps(document, where) if installed else ())]
    return "\n".join(plain(line) for line in told)


def _standing(document: Document) -> Iterator[str]:
    unit = document["unit"]
    if not document["installed"]:
        yield f"{unit} is not installed. `syncd service install` writes, enables and starts it."
        return
    enabled = "enabled" if document["enabled"] else "not enabled"
    yield f"{unit}: {document['active']} ({document['state']}), {enabled}"
    if document["status"]:
        yield f"  {document['status']}"
    if document["active"] == "failed":
        yield f"  It ended with {document['exit_code']} ({document['result']}), after {document['restarts']} restarts."


def _next_steps(document: Document, where: Place) -> Iterator[str]:
    if names := unseen():
        yield f"  Not seen by it, as these are variables of this shell only: {', '.join(names)}."
        yield "  Put them into the configuration, or secrets into files of its folder `credentials`."
    if where.manager.for_system:
        state, run = f"/var/lib/syncd/{where.user}", f"/run/syncd/{where.user}"
        yield f"  Commands reach it as {where.user} with SYNCD_STATE_DIR={state} and SYNCD_RUNTIME_DIR={run},"
        yield "  `syncd login` among them."
        yield f"  Its log: journalctl -u {where.unit}"
        return
    if not document["linger"]:
        yield "  It ends when you log out; `syncd service install --linger` keeps it running."
    yield f"  Its log: journalctl --user -u {where.unit}"
