"""`python -m tests.paper` writes docs/configuration.md, docs/commands.md and docs/man/syncd.1 (`make docs`)."""

from __future__ import annotations

from tests.paper.files import written

if __name__ == "__main__":
    for path, text in written().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
