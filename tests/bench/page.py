"""docs/benchmarks.md, made from docs/benchmarks.json: table, method, machine, plots, profiles, and why bounds are
missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import plots
from tests.bench.missed import WHY
from tests.bench.profiled import Line
from tests.bench.row import Point, Profile, Row, Verdict
from tests.bench.table import bound, number, read_point, read_row

PROFILES = 3
METHOD = Path(__file__).with_name("method.md")


def write_page(families: Mapping[str, Any], order: Sequence[str], docs: Path) -> None:
    """Writes the page and its plots into the folder of the documents."""
    told = [families[name] for name in order if name in families]
    rows = [read_row(row) for family in told for row in family["rows"]]
    points = [read_point(point) for family in told for point in family["points"]]
    profiles = [read_profile(profile) for family in told for profile in family["profiles"]]
    parts = [
        METHOD.read_text(encoding="utf-8").rstrip(),
        "## The table",
        table(rows),
        "## Bounds that are missed, and why",
        *missed(rows),
        "## Cost against size",
        *(f"![{name}]({plots.file_of(name)})" for name in plots.curves(points)),
        *curve_tables(points),
        "## Where the time goes",
        *profiled(profiles),
        "## Machine and programs",
        *machines(families, order),
    ]
    (docs / "benchmarks.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def read_profile(document: dict[str, Any]) -> Profile:
    """A profile from its JSON."""
    return Profile(**{**document, "lines": tuple(Line(**line) for line in document["lines"])})


def table(rows: Iterable[Row]) -> str:
    """All rows as a table."""
    head = "| figure | ours | yardstick | | ratio | spread | turns | bound | |\n|---|---|---|---|---|---|---|---|---|"
    return "\n".join([head, *map(_row, rows)])


def _row(row: Row) -> str:
    judged = row.judged
    if judged is None:
        return f"| {row.name} | | | | | | | {bound(row.bound)} | not measured: {row.missing} |"
    name = f"{row.name}<br>{row.note}" if row.note else row.name
    theirs = f"{number(median(row.yardstick))} {row.unit}" if row.yardstick else ""
    ratio = f"**{judged.middle:.2f}x**" if row.yardstick else ""
    verdict = {Verdict.MISSED: "**missed**", Verdict.HELD: "held"}.get(row.verdict, "")
    cells = (
        name,
        f"{number(median(row.ours))} {row.unit}",
        theirs,
        row.against,
        ratio,
        f"{number(judged.least)} to {number(judged.most)}",
        str(len(row.ours)),
        bound(row.bound),
        verdict,
    )
    return f"| {' | '.join(cells)} |"


def missed(rows: Iterable[Row]) -> Iterator[str]:
    """A paragraph for each group of bounds that are missed."""
    names = [row.name for row in rows if row.verdict is Verdict.MISSED]
    explained: set[str] = set()
    for beginning, why in WHY.items():
        concerned = [name for name in names if name.startswith(beginning)]
        if concerned:
            explained.update(concerned)
            yield f"**{'; '.join(dict.fromkeys(concerned))}.** {why}"
    if left := [name for name in dict.fromkeys(names) if name not in explained]:
        yield f"Not explained yet: {'; '.join(left)}."
    if not names:
        yield "None."


def curve_tables(points: Iterable[Point]) -> Iterator[str]:
    """The figures of each plot."""
    for name, along in plots.curves(points).items():
        sizes = " | ".join(f"{point.items:,}" for point in along)
        lines = [f"| {name}, {along[0].unit} | {sizes} |", f"|---|{'---|' * len(along)}"]
        lines.append(f"| syncd | {' | '.join(number(point.ours) for point in along)} |")
        if any(point.yardstick is not None for point in along):
            theirs = ("" if point.yardstick is None else number(point.yardstick) for point in along)
            lines.append(f"| {along[0].against} | {' | '.join(theirs)} |")
        yield "\n".join(lines)


def profiled(profiles: Iterable[Profile]) -> Iterator[str]:
    """The work that costs the most for each item, function by function."""
    ordered = sorted(profiles, key=lambda profile: profile.each, reverse=True)
    if not ordered:
        return
    costs = "; ".join(f"{profile.work}: {profile.each:,.0f} us" for profile in ordered)
    yield f"What an item costs of the processor, whole process: {costs}. The three largest, function by function:"
    for profile in ordered[:PROFILES]:
        head = f"{profile.work}: {profile.cpu:.2f} s of the processor, {profile.wall:.2f} s in all"
        lines = [f"{'own':>6}{'own':>9}{'whole':>9}{'calls':>10}  function"]
        lines += [f"{x.share:5.1f}%{x.own:8.2f}s{x.whole:8.2f}s{x.calls:>10,}  {x.function}" for x in profile.lines]
        yield "\n".join(["```", head, *lines, "```"])


def machines(families: Mapping[str, Any], order: Sequence[str]) -> Iterator[str]:
    """What was measured when, with what load; and on which machine."""
    known = [name for name in order if name in families]
    if not known:
        return
    last = families[known[-1]]["machine"]
    yield "\n".join(f"- {key}: {value}" for key, value in last.items() if key != "load")
    times = "; ".join(f"{name} {families[name]['at']} (load {families[name]['machine']['load']})" for name in known)
    yield f"Measured: {times}."
