"""OAuth: consent, codes with PKCE, single-use refresh tokens, revocation, and DeviantArt's own error texts."""

from __future__ import annotations

import base64
import html
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from syncd.server.accounts import challenge_of
from tests.server.conftest import V1, Sta

VERIFIER = "v" * 64
HERE = "http://127.0.0.1:5555/callback"


def asked(sta: Sta, **changed: str) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": sta.login.client_id, "redirect_uri": HERE, "scope": "stash user",
        "state": "s<1>", "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256", **changed,
    }  # fmt: skip


def consent(sta: Sta, fields: dict[str, str], answer: str = "allow", prefix: str = "/oauth2") -> httpx.Response:
    """Open the consent page and press one of its buttons."""
    page = sta.http.get(f"{prefix}/authorize", params=fields)
    hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    form = {name: html.unescape(value) for name, value in hidden} | {"user": "artist", "answer": answer}
    return sta.http.post(f"{prefix}/authorize?{urlencode(fields)}", data=form)


def told(response: httpx.Response) -> dict[str, str]:
    """What the application hears at its redirect address."""
    assert response.status_code == 302
    assert response.headers["location"].startswith(HERE)
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def token(sta: Sta, grant_type: str, path: str = "/oauth2/token", **fields: str) -> httpx.Response:
    client = {"client_id": sta.login.client_id, "client_secret": sta.login.client_secret}
    return sta.http.post(path, data={"grant_type": grant_type, **client, **fields})


def redeem(sta: Sta, granted: str, **fields: str) -> httpx.Response:
    return token(
        sta, "authorization_code", **{"code": granted, "redirect_uri": HERE, "code_verifier": VERIFIER, **fields}
    )


@pytest.mark.parametrize("prefix", ["/oauth2", "/oauth2/draft10", "/oauth2/draft15"])
def test_a_code_becomes_tokens_that_work(sta: Sta, prefix: str) -> None:
    heard = told(consent(sta, asked(sta), prefix=prefix))
    assert heard["state"] == "s<1>"
    grant = token(
        sta, "authorization_code", f"{prefix}/token", code=heard["code"], redirect_uri=HERE, code_verifier=VERIFIER
    )
    answer = grant.json()
    assert (answer["status"], answer["token_type"], answer["expires_in"], answer["scope"]) == (
        "success", "Bearer", 3600, "stash user",
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert sta.get(f"{V1}/user/whoami", headers=headers)["username"] == "artist"


@pytest.mark.parametrize(
    "wrong", [{"code": "x"}, {"redirect_uri": HERE + "x"}, {"code_verifier": "w" * 64}, {"code_verifier": ""}]
)
def test_a_wrong_code_address_or_verifier_is_refused_and_spends_the_code(sta: Sta, wrong: dict[str, str]) -> None:
    code = told(consent(sta, asked(sta)))["code"]
    response = redeem(sta, code, **wrong)
    assert response.status_code == 400
    assert response.json()["error_description"] == "Incorrect authorization code."
    if "code" not in wrong:
        assert redeem(sta, code).status_code == 400


def test_a_code_works_once_and_for_ten_minutes(sta: Sta) -> None:
    code = told(consent(sta, asked(sta)))["code"]
    assert redeem(sta, code).status_code == 200
    assert redeem(sta, code).status_code == 400
    late = told(consent(sta, asked(sta)))["code"]
    sta.clock.now += 601
    assert redeem(sta, late).status_code == 400


def test_denying_is_told_to_the_application(sta: Sta) -> None:
    assert told(consent(sta, asked(sta), "deny"))["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "stash everything"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_a_bad_request_for_consent_is_told_to_the_application(sta: Sta, changed: dict[str, str], error: str) -> None:
    assert told(sta.http.get("/oauth2/authorize", params=asked(sta, **changed)))["error"] == error


@pytest.mark.parametrize(
    "changed", [{"client_id": "1"}, {"redirect_uri": "https://elsewhere.example/"}, {"redirect_uri": ""}]
)
def test_a_stranger_is_never_sent_on(sta: Sta, changed: dict[str, str]) -> None:
    assert sta.http.get("/oauth2/authorize", params=asked(sta, **changed)).status_code == 400


def test_a_consent_that_no_page_asked_for_does_nothing(sta: Sta) -> None:
    response = sta.http.post("/oauth2/authorize", data={**asked(sta), "user": "artist", "answer": "allow"})
    assert response.status_code == 400


def test_a_refresh_token_works_once_and_gives_a_new_one(sta: Sta) -> None:
    first = token(sta, "refresh_token", refresh_token=sta.login.refresh_token).json()
    assert first["refresh_token"] != sta.login.refresh_token
    again = token(sta, "refresh_token", refresh_token=sta.login.refresh_token)
    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_request", "error_description": "The refresh_token is invalid.", "status": "error",
    }  # fmt: skip
    assert token(sta, "refresh_token", refresh_token=first["refresh_token"]).status_code == 200


def test_refresh_tokens_end_after_three_months(sta: Sta) -> None:
    sta.clock.now += 91 * 86400
    assert token(sta, "refresh_token", refresh_token=sta.login.refresh_token).status_code == 400


def test_the_client_may_name_itself_by_basic(sta: Sta) -> None:
    pair = base64.b64encode(f"{sta.login.client_id}:{sta.login.client_secret}".encode()).decode()
    data = {"grant_type": "client_credentials"}
    answer = sta.http.post("/oauth2/token", data=data, headers={"Authorization": f"Basic {pair}"}).json()
    assert set(answer) == {"expires_in", "status", "access_token", "token_type"}


@pytest.mark.parametrize("header", ["Basic !!!", "Basic eA==", None])
def test_an_unknown_client_is_401(sta: Sta, header: Any) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = sta.http.post("/oauth2/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_an_unknown_grant_type_is_refused(sta: Sta) -> None:
    assert token(sta, "password").json()["error_description"] == "Unknown grant_type"


@pytest.mark.parametrize("only", [False, True])
def test_revoking_ends_all_tokens_of_that_user_or_the_refresh_tokens(sta: Sta, only: bool) -> None:
    fields = {"token": sta.login.refresh_token, **({"revoke_refresh_only": "true"} if only else {})}
    assert sta.post("/oauth2/revoke", data=fields) == {"status": "success"}
    assert sta.http.get(f"{V1}/placebo").status_code == (200 if only else 401)
    assert token(sta, "refresh_token", refresh_token=sta.login.refresh_token).status_code == 400
    assert sta.http.post("/oauth2/revoke", data=fields).status_code == 400


def test_no_token_is_kept_in_the_clear(sta: Sta) -> None:
    stored = b"".join(path.read_bytes() for path in sta.vault.data.glob("server.db*"))
    assert sta.login.access_token.encode() not in stored
    assert sta.login.refresh_token.encode() not in stored
