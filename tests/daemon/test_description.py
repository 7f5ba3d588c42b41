"""The API's description: every route is in it, and real answers are what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from syncd import __version__
from syncd.core.events import EventName
from syncd.daemon.control import Control
from syncd.daemon.control.api import NAMES
from syncd.daemon.control.described import DESCRIBED
from syncd.daemon.feed import Feed
from syncd.daemon.metrics import Metrics
from syncd.daemon.opening import REAL_CLOCK
from tests.daemon.home import Home, until
from tests.daemon.wire import ask, followed

DOCS = Path(__file__).parents[2] / "docs" / "control-api.md"
POST = "/v1/mirrors/stash/"


@pytest.fixture
def described(at_home: Home) -> dict[str, Any]:
    with at_home.running():
        status, answer, _ = ask(at_home.settings.paths.socket, "GET", "/v1/openapi.json")
    assert status == 200
    return dict(answer)


def routes(at_home: Home) -> set[tuple[str, str]]:
    with at_home.running() as worker:
        control = Control([worker], Feed(REAL_CLOCK), Metrics())  # type: ignore[arg-type] # none of it is asked
        return {(route.path, method) for route in control.routes() for method in route.methods or ()}


def test_routes_and_description_are_the_same(at_home: Home, described: dict[str, Any]) -> None:
    told = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    assert told == routes(at_home)
    assert set(DESCRIBED) == set(NAMES)
    assert (described["openapi"], described["info"]["version"]) == ("3.1.0", "1.0")
    assert __version__ in described["info"]["description"]


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    wanted: set[str] = set()
    each_node(described, lambda node: wanted.add(node["$ref"]) if "$ref" in node else None)
    assert wanted == {f"#/components/schemas/{name}" for name in schemas}


def test_a_path_names_its_parameters(described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert named == ({"mirror"} if "{mirror}" in path else set()), path
            assert operation["summary"].endswith(".")


def test_real_answers_are_what_is_described(at_home: Home, described: dict[str, Any]) -> None:
    at_home.poll = at_home.poll_max = 3600
    at_home.more = "max_delete_percent = 0\nmax_delete_count = 0\n"
    asked: set[str] = set()

    def done(name: str, code: int = 0, **arguments: Any) -> Any:
        asked.add(name)
        answer = post(at_home, described, name, arguments)
        assert answer["exit_code"] == code, answer
        return answer["document"]

    with at_home.running():
        until(at_home.is_settled, "settled")
        done("pause", **{"for": 600})
        at_home.write("Art/Fox.txt", b"the fox")
        at_home.write("Owl.txt", b"the owl")
        at_home.write("Elk.txt", b"the elk")
        (at_home.folder / "link").symlink_to("Owl.txt")
        assert done("sync", dry_run=True)["actions"]
        assert done("sync")["counts"] == {"upload": 3}
        make_conflict_and_hold(at_home)
        left = done("sync", code=1, full=True)
        assert left["conflicts"] and left["held"]
        assert done("held")["held"] == left["held"]
        done("status")
        done("verify", code=1, content=True)
        done("why", path="Art/Fox.txt")
        done("why", path="nowhere")
        for name in ("show", "link"):
            done(name, path="Art/Fox.txt")
        done("edit", path="Art/Fox.txt", comments="a fox", keywords=["fox"])
        assert {row["kind"] for row in done("ls")["ls"]} == {"folder", "item"}
        done("ls", folder="Art")
        assert done("history", limit=2)["history"]
        done("space")
        (conflict,) = done("conflicts")["conflicts"]
        done("conflicts-resolve", path=conflict["path"], keep="local")
        holds = [row["id"] for row in left["held"]]
        done("held-confirm", id=holds[0])
        done("sync")
        trash = done("trash")["trash"]
        done("trash-restore", id=trash[0]["id"])
        done("trash-empty", older_than=0)
        done("held-reject", code=1, id="nothing")
        done("resume")
    assert asked == set(NAMES)


def test_the_other_answers_are_what_is_described(at_home: Home, described: dict[str, Any]) -> None:
    with at_home.running():
        path = at_home.settings.paths.socket
        for target, template in (("/v1/status", "/v1/status"), ("/v1/mirrors/stash", "/v1/mirrors/{mirror}")):
            until(lambda: at_home.status()["last_poll"], "polled")
            hold(described, described["paths"][template]["get"], 200, ask(path, "GET", target)[1])
        for name in ("pause", "resume"):
            hold(
                described,
                described["paths"][f"/v1/mirrors/{name}"]["post"],
                200,
                ask(path, "POST", f"/v1/mirrors/{name}")[1],
            )
        refused = ask(path, "GET", "/v1/mirrors/nowhere")
        hold(described, described["paths"]["/v1/mirrors/{mirror}"]["get"], "4XX", refused[1])
        for target in ("/metrics", "/v1/metrics"):
            _, text, response = ask(path, "GET", target)
            assert response.headers["content-type"].startswith(tuple(content(described, target)))
            assert b"\nsyncd_items" in text
        with followed(path):
            assert content(described, "/v1/events") == ["text/event-stream"]


def test_a_wrong_answer_would_be_found(described: dict[str, Any]) -> None:
    operation = described["paths"][POST.replace("stash", "{mirror}") + "space"]["post"]
    hold(described, operation, 200, {"document": {"available": 1, "total": 2}, "exit_code": 0})
    for wrong in ({"available": "1", "total": 2}, {"available": 1}, {"available": 1, "total": 2, "more": 3}):
        with pytest.raises(ValidationError):
            hold(described, operation, 200, {"document": wrong, "exit_code": 0})


def test_the_page_names_every_route_and_every_event(described: dict[str, Any]) -> None:
    page = DOCS.read_text()
    missing = [
        path for path in described["paths"] if f"`{path}`" not in page and f"`{path.rpartition('/')[2]}`" not in page
    ]
    assert not missing
    assert not [name for name in EventName if f"`{name.value}`" not in page]


# --- how


def post(at_home: Home, described: dict[str, Any], name: str, arguments: dict[str, Any]) -> Any:
    """Asks for an operation; both what is given and what is answered are held against the description."""
    operation = described["paths"][f"/v1/mirrors/{{mirror}}/{name}"]["post"]
    given = operation["requestBody"]["content"]["application/json"]["schema"]
    whole(described, given).validate(arguments)
    status, answer, _ = ask(at_home.settings.paths.socket, "POST", POST + name, arguments)
    assert status == 200, answer
    hold(described, operation, 200, answer)
    if answer["exit_code"] == 0:
        done = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["document"][
            "anyOf"
        ][0]
        whole(described, done).validate(answer["document"])
    return answer


def hold(described: dict[str, Any], operation: dict[str, Any], status: int | str, answer: Any) -> None:
    """Holds an answer against the description."""
    whole(described, operation["responses"][str(status)]["content"]["application/json"]["schema"]).validate(answer)


def whole(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator that finds what the schema refers to."""
    return Draft202012Validator({**schema, "components": described["components"]})


def content(described: dict[str, Any], path: str) -> list[str]:
    return list(described["paths"][path]["get"]["responses"]["200"]["content"])


def each_node(node: Any, look: Callable[[dict[str, Any]], object]) -> None:
    if isinstance(node, dict):
        look(node)
        for value in node.values():
            each_node(value, look)
    elif isinstance(node, list):
        for value in node:
            each_node(value, look)


def make_conflict_and_hold(at_home: Home) -> None:
    """Changes one item on both sides, and deletes one here, which the brake holds."""
    items = {item.title: number for number, item in at_home.stash().tree.items.items()}
    at_home.overwrite(items["Owl"], b"their owl")
    at_home.write("Owl.txt", b"our owl")
    (at_home.folder / "Elk.txt").unlink()
