"""`python -m tests.bench.plots DOCS`: curves of what something costs against the number of items, as SVG beside the
page that shows them; from docs/benchmarks.json."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.bench.row import Point

SIZE = (5.5, 3.4)
OURS, YARDSTICK = "#1f5fa8", "#b3541e"


def curves(points: Iterable[Point]) -> dict[str, list[Point]]:
    """The points of each curve, by size; of several with one size the last."""
    found: dict[str, dict[int, Point]] = defaultdict(dict)
    for point in points:
        found[point.curve][point.items] = point
    return {name: [by_size[size] for size in sorted(by_size)] for name, by_size in found.items() if len(by_size) > 1}


def file_of(curve: str) -> str:
    """The file of a curve's plot."""
    return f"benchmark-{re.sub('[^a-z0-9]+', '-', curve.lower()).strip('-')}.svg"


def draw(docs: Path) -> None:
    """Draws each curve of docs/benchmarks.json into a file beside it. Says so where matplotlib is not installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("no plots were drawn: this Python has no matplotlib; `make bench` has one for them")
        return
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "syncd", "font.size": 9, "svg.fonttype": "none"})
    families = json.loads((docs / "benchmarks.json").read_text()).values()
    points = [Point(**point) for family in families for point in family["points"]]
    for name, along in curves(points).items():
        _draw_one(name, along, docs / file_of(name))


def _draw_one(name: str, along: list[Point], file: Path) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=SIZE, layout="constrained")
    sizes = [point.items for point in along]
    axes.plot(sizes, [point.ours for point in along], marker="o", color=OURS, label="syncd")
    beside = {point.items: point.yardstick for point in along if point.yardstick is not None}
    if beside:
        label = along[0].against
        axes.plot(list(beside), list(beside.values()), marker="s", linestyle="--", color=YARDSTICK, label=label)
    axes.set(xscale="log", yscale="log", xlabel="items", ylabel=f"{along[0].unit}, median", title=name)
    axes.grid(visible=True, which="both", linewidth=0.3)
    axes.legend()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
