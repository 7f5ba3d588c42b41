"""What happens in a window: the acts of a person here and of somebody there that could meet what is under way."""

from __future__ import annotations

from tests.sim.windows.steps import here, submitted, there
from tests.sim.world import Step

Act = list[Step]


def here_at(path: str) -> list[Act]:
    """What a person does with the file of this path, each an act of its own."""
    other = "x.txt" if path != "x.txt" else "D/y.txt"
    edited, saved = here("write", path, text="v7"), here("save", path, text="v7")
    renamed = here("rename", path, to="k.txt")
    return [
        [edited],
        [saved],
        [renamed],
        [here("delete", path)],
        [here("rename", path, to="D/k.txt")],
        [here("rename", path, to="E/k.txt")],
        [renamed, here("write", "k.txt", text="v7")],
        [renamed, here("write", path, text="v7")],
        [saved, renamed],
        [here("swap", path, to=other)],
        [here("rename", other, to=path)],
        [here("copy", path, to="k.txt")],
        [here("hardlink", path, to="k.txt")],
        [here("recreate", path, text="v7")],
        [here("recreate", path, text="v1")],
        [here("turn", path, to="link")],
        [here("rename", "D", to="G")],
    ]


def elsewhere() -> list[Act]:
    """What somebody does on the website, to any of the items that a situation has."""
    replaced = [[there("replace", item=item, text="v8")] for item in ("v1", "v4", "v2")]
    retitled = [[there("retitle", item=item, title="t")] for item in ("v1", "v4")]
    deleted = [[there("delete", item=item)] for item in ("v1", "v4", "v2")]
    published = [[there("publish", item=item)] for item in ("v1", "v4")]
    moved = [[there("move", item="v1", into="D")], [there("move", item="v2")]]
    new = [[submitted("v9", name)] for name in ("x.txt", "n.txt", "r.txt")]
    folders = [[there("rename-folder", folder="D", title="H")], [there("drop-folder", folder="D")]]
    return [*replaced, *retitled, *deleted, *published, *moved, *new, *folders]
