"""The few HTML pages of the embedded server: consent, an item, a stack, a message. Everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}}
img{{max-width:100%}}</style></head><body><h1>{title}</h1>{body}</body></html>
"""


def message(text: str) -> str:
    """A page that says one thing."""
    return _PAGE.format(title=escape(text), body="")


def consent(client: str, asked: Mapping[str, str], users: Iterable[str], seal: str) -> str:
    """The page that asks whether an application may use a user's stash; the embedded server has no passwords."""
    fields = {**asked, "seal": seal}
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
    options = "".join(f"<option>{escape(user)}</option>" for user in users)
    scope = escape(asked.get("scope") or "basic")
    body = (
        f'<form method="post"><p><b>{escape(client)}</b> asks for: {scope}.</p>{hidden}'
        f'<p><label>As <select name="user">{options}</select></label></p>'
        '<p><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button>'
        "</p></form>"
    )
    return _PAGE.format(title="Authorize", body=body)


def item(title: str, picture: str | None, download: str | None, text: str | None) -> str:
    """An item: its picture, a link to its file, or a Writer item's text, which is shown as source."""
    body = f'<p><img src="{escape(picture)}" alt=""></p>' if picture else ""
    body += f'<p><a href="{escape(download)}">Download</a></p>' if download else ""
    body += f"<pre>{escape(text)}</pre>" if text is not None else ""
    return _PAGE.format(title=escape(title) or "untitled", body=body)


def stack(title: str, held: Iterable[tuple[str, str]]) -> str:
    """A stack: links to what it holds, as pairs of address and title."""
    links = "".join(f'<li><a href="{escape(link)}">{escape(name) or "untitled"}</a></li>' for link, name in held)
    return _PAGE.format(title=escape(title) or "untitled", body=f"<ul>{links}</ul>")
