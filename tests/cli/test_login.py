"""Logging in and out, against a server on the loopback."""

from __future__ import annotations

import io
import json
import re
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from syncd.cli.main import run
from syncd.server import serving
from syncd.server.run import Serving


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A server, and a configuration for it."""
    for name in ("STATE", "RUNTIME"):
        monkeypatch.setenv(f"SYNCD_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "config.toml"))
    with serving(tmp_path / "server") as serving_now:
        login = serving_now.login
        (tmp_path / "config.toml").write_text(
            f'[mirror.stash]\nfolder = "{tmp_path}/Stash"\nserver = "{login.server}"\n'
            f'client_id = "{login.client_id}"\nclient_secret = "{login.client_secret}"\n'
        )
        yield serving_now


def token(tmp_path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((tmp_path / "state" / "stash" / "token.json").read_text())
    return found


def consent(address: str) -> str:
    """What somebody does in the browser; answers where the server sends it."""
    with httpx.Client(trust_env=False) as http:
        page = http.get(address).text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
        answer = http.post(address.partition("?")[0], data={**fields, "user": "artist", "answer": "allow"})
        return answer.headers["location"]


def accepted(served: Serving, access: str) -> bool:
    headers = {"Authorization": f"Bearer {access}", "User-Agent": "test", "Accept-Encoding": "gzip"}
    return httpx.get(f"{served.server}/api/v1/oauth2/placebo", headers=headers, trust_env=False).status_code == 200


def test_a_file_of_tokens_is_imported(served: Serving, tmp_path: Path) -> None:
    served.login.write(tmp_path / "token.json")
    assert run(["login", "--token-file", str(tmp_path / "token.json")]) == 0
    assert token(tmp_path)["access_token"] == served.login.access_token
    assert (tmp_path / "state" / "stash" / "token.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["{", "[]", '{"access_token": ""}', '{"access_token": "x"}', '{"refresh_token": "x"}'])
def test_a_file_that_is_no_token_is_78_and_changes_nothing(served: Serving, tmp_path: Path, text: str) -> None:
    (tmp_path / "token.json").write_text(text)
    code = run(["login", "--token-file", str(tmp_path / "token.json")])
    assert code == (0 if text == '{"access_token": "x"}' else 78)
    assert (tmp_path / "state" / "stash" / "token.json").exists() is (code == 0)
    assert run(["login", "--token-file", str(tmp_path / "nowhere.json")]) == 78


def test_in_the_browser(served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(address: str) -> bool:
        back = consent(address)
        threading.Thread(target=httpx.get, args=(back,), kwargs={"trust_env": False}, daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", opened)
    assert run(["login"]) == 0
    assert accepted(served, token(tmp_path)["access_token"])


@pytest.mark.parametrize("whole", [True, False])
def test_without_a_browser_the_address_or_its_code_is_pasted(
    served: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], whole: bool
) -> None:
    class Person(io.StringIO):
        def readline(self, _size: int = -1) -> str:  # type: ignore[override]
            (address,) = re.findall(r"(http://\S+/authorize\S+)", capsys.readouterr().err)
            back = consent(address)
            return (back if whole else parse_qs(urlsplit(back).query)["code"][0]) + "\n"

    monkeypatch.setattr("sys.stdin", Person())
    assert run(["login", "--no-browser"]) == 0
    assert accepted(served, token(tmp_path)["access_token"])


def test_no_answer_is_77(served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(["login", "--no-browser"]) == 77


def test_logging_out_revokes_and_forgets(served: Serving, tmp_path: Path) -> None:
    served.login.write(tmp_path / "token.json")
    run(["login", "--token-file", str(tmp_path / "token.json")])
    assert accepted(served, served.login.access_token)
    assert run(["logout"]) == 0
    assert not accepted(served, served.login.access_token)
    assert not (tmp_path / "state" / "stash" / "token.json").exists()
    assert run(["logout"]) == 0
