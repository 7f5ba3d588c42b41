"""What holds for every call: who may call, in whose name, from which version; throttling; the odd answers of submit."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from syncd.server import SubmitAnswer, log_in
from syncd.server.accounts import Accounts
from syncd.server.model import Submission
from tests.server.conftest import DRAFTS, V1, Make, Sta

ALL = (*DRAFTS, V1)
every_prefix = pytest.mark.parametrize("prefix", ALL)


def bare(sta: Sta, path: str, **headers: str) -> Any:
    """A call without the token that `sta` has."""
    return sta.http.request(
        "GET", path, bare=True, headers={"User-Agent": "test", "Accept-Encoding": "gzip", **headers}
    )


@every_prefix
def test_without_a_token_or_with_an_unknown_one_it_is_401(sta: Sta, prefix: str) -> None:
    response = bare(sta, f"{prefix}/stash/delta")
    assert response.status_code == 401
    assert response.json() == {
        "error": "invalid_request", "error_description": "Must provide an access_token to access this resource.",
        "status": "error",
    }  # fmt: skip
    response = bare(sta, f"{prefix}/stash/delta", Authorization="Bearer nonsense")
    assert response.status_code == 401
    assert response.json() == {"error": "invalid_token", "error_description": "Invalid token.", "status": "error"}


@every_prefix
def test_an_expired_token_is_told_so(sta: Sta, prefix: str) -> None:
    sta.clock.now += 3600
    response = sta.http.get(f"{prefix}/placebo")
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_token"
    assert response.json()["error_description"].startswith("Expired oAuth2 user token.")


@every_prefix
def test_the_token_may_also_be_a_field(sta: Sta, prefix: str) -> None:
    token, headers = sta.login.access_token, {"User-Agent": "test", "Accept-Encoding": "gzip"}
    assert bare(sta, f"{prefix}/placebo?access_token={token}").status_code == 200
    posted = {"access_token": token}
    response = sta.http.request("POST", f"{prefix}/placebo", bare=True, headers=headers, data=posted)
    assert response.json() == {"status": "success"}


def test_the_clients_own_token_is_good_for_placebo_only(sta: Sta) -> None:
    grant = Accounts(sta.vault).grant(sta.login.client_id, None, "basic")
    header = f"Bearer {grant.access_token}"
    assert bare(sta, f"{V1}/placebo", Authorization=header).status_code == 200
    response = bare(sta, f"{V1}/stash/delta", Authorization=header)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")
    assert response.json()["error_description"].startswith("Expired oAuth2 user token.")


@pytest.mark.parametrize(("scope", "missing"), [("user", "stash"), ("stash", "publish")])
def test_a_missing_scope_is_named(sta: Sta, scope: str, missing: str) -> None:
    grant = Accounts(sta.vault).grant(sta.login.client_id, "artist", scope)
    header = {"Authorization": f"Bearer {grant.access_token}"}
    response = sta.http.post(f"{V1}/stash/publish", data={"itemid": 1}, headers=header)
    assert (response.status_code, response.json()["error"]) == (403, "insufficient_scope")
    assert missing in response.json()["scope"].split()


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "gzip"},
        {"User-Agent": "test"},
        {"User-Agent": "test", "Accept-Encoding": "identity"},
        {"User-Agent": "test", "Accept-Encoding": "gzip;q=0, br"},
    ],
)
@pytest.mark.parametrize("path", [f"{V1}/placebo", "/api/draft10/placebo", "/oauth2/token"])
def test_who_does_not_say_its_name_or_take_gzip_gets_html(sta: Sta, path: str, headers: dict[str, str]) -> None:
    response = sta.http.request("GET", path, bare=True, headers=headers)
    assert response.status_code == 403
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("offer", ["gzip", "br, gzip;q=0.5", "*", "GZIP, deflate"])
def test_json_comes_compressed(sta: Sta, offer: str) -> None:
    token = f"Bearer {sta.login.access_token}"
    response = bare(sta, f"{V1}/placebo", Authorization=token, **{"Accept-Encoding": offer})
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"status": "success"}


@pytest.mark.parametrize(
    "path", [f"{V1}/nope", f"{V1}/stash/item/x", "/api/draft15/stash/item/1", "/api/draft11/placebo"]
)
def test_an_unknown_endpoint_is_404(sta: Sta, path: str) -> None:
    response = sta.http.get(path)
    assert response.status_code == 404
    assert response.json() == {
        "error": "invalid_request", "error_description": "Api endpoint not found.", "status": "error",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "minor"),
    [
        ("/api/v1.test/oauth2/placebo", None),
        ("/api/v2/oauth2/placebo", None),
        (f"{V1}/placebo", "x"),
        (f"{V1}/placebo", "20140101"),
    ],
)
def test_an_unknown_version_is_404(sta: Sta, path: str, minor: str | None) -> None:
    response = sta.http.get(path, headers={} if minor is None else {"dA-minor-version": minor})
    assert (response.status_code, response.json()["error"]) == (404, "version_error")
    assert response.json()["error_description"].endswith("not supported")


@pytest.mark.parametrize("by_header", [True, False])
def test_the_reads_are_gone_since_20240701(make: Make, by_header: bool) -> None:
    sta = make(removed_reads=not by_header)
    sta.http.headers |= {"dA-minor-version": "20240701"} if by_header else {}
    answer = sta.post(f"{V1}/stash/submit", files={"a": ("a.txt", b"a")})
    assert answer["status"] == "success"
    for method, path in (("GET", "delta"), ("GET", f"item/{answer['itemid']}"), ("POST", "delete"), ("GET", "space")):
        response = sta.http.request(method, f"{V1}/stash/{path}")
        assert (response.status_code, response.json()["error_description"]) == (404, "Api endpoint not found.")
    assert sta.http.get(f"{V1}/placebo").status_code == 200
    assert sta.http.get("/api/draft15/stash/delta").status_code == (200 if by_header else 404)


def test_an_older_minor_version_still_reads(sta: Sta) -> None:
    assert sta.http.get(f"{V1}/stash/delta", headers={"dA-minor-version": "20210526"}).status_code == 200


@pytest.mark.parametrize(("whose", "retry_after"), [("user", None), ("application", 7)])
def test_too_many_requests_are_refused_until_the_window_has_passed(
    make: Make, whose: str, retry_after: int | None
) -> None:
    limit_is_the_applications = whose == "application"
    sta = make(
        requests_per_window=2, window_seconds=10.0, retry_after=retry_after,
        limit_is_the_applications=limit_is_the_applications,
    )  # fmt: skip
    for _ in range(2):
        assert sta.http.get(f"{V1}/placebo").status_code == 200
    draft = sta.http.get("/api/draft10/placebo")
    assert (draft.status_code, draft.json()["error"]) == (400, f"{whose}_api_threshold")
    response = sta.http.get(f"{V1}/placebo")
    assert (response.status_code, response.json()["error"]) == (429, f"{whose}_api_threshold")
    assert response.headers.get("retry-after") == (None if retry_after is None else "7")
    assert sta.http.get(f"{V1}/placebo", headers=sta.as_user("other")).status_code == 200
    sta.clock.now += 10
    assert sta.http.get(f"{V1}/placebo").status_code == 200


def test_errors_of_submit_may_come_as_a_padded_200(make: Make) -> None:
    sta = make(submit_answer=SubmitAnswer.PADDED_ERRORS)
    response = sta.http.post(f"{V1}/stash/submit", data={"itemid": 1, "title": "x"})
    assert response.status_code == 200
    assert response.text.startswith("    ")
    assert response.json()["error_code"] == 0
    assert sta.post(f"{V1}/stash/submit", files={"a": ("a.txt", b"a")})["status"] == "success"


def test_success_of_submit_may_come_blank(make: Make) -> None:
    sta = make(submit_answer=SubmitAnswer.BLANK_SUCCESS)
    response = sta.http.post(f"{V1}/stash/submit", files={"a": ("a.txt", b"a")})
    assert (response.status_code, response.text.strip()) == (200, "")
    assert len(sta.get(f"{V1}/stash/delta")["entries"]) == 2


def test_a_bug_is_a_server_error_in_json(sta: Sta) -> None:
    sta.vault.userids.clear()
    response = sta.http.get(f"{V1}/user/whoami")
    assert response.status_code == 500
    assert json.loads(response.text)["error"] == "server_error"


def test_an_empty_map_may_come_as_a_list(make: Make) -> None:
    sta = make(empty_map_as_list=True)
    with sta.vault.changing("artist") as stash:
        item = stash.submit(Submission(title="x", html="x"), 0).item
    assert sta.get(f"{V1}/stash/item/{item.id}", params={"ext_camera": "1"})["camera"] == []


def test_users_do_not_see_each_other(sta: Sta) -> None:
    log_in(sta.vault, "other", "http://testserver")
    sta.post(f"{V1}/stash/submit", files={"a": ("a.txt", b"a")})
    assert len(sta.get(f"{V1}/stash/delta")["entries"]) == 2
    assert sta.get(f"{V1}/stash/delta", headers=sta.as_user("other"))["entries"] == []


def test_the_answer_is_what_gzip_says(sta: Sta) -> None:
    from syncd.server.wire import answer

    assert json.loads(gzip.decompress(answer({"title": "é"}).body)) == {"title": "é"}


@pytest.mark.parametrize(("prefix", "error"), [(V1, "invalid_request"), (DRAFTS[1], "internal_error_file_corruption")])
@pytest.mark.parametrize("kept", [-4, -200])
def test_an_upload_that_ends_too_early_is_no_item(sta: Sta, prefix: str, error: str, kept: int) -> None:
    head = b'--limit\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\n'
    whole = head + b"x" * 1000 + b"\r\n--limit--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    response = sta.http.post(f"{prefix}/stash/submit", content=whole[:kept], headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert sta.get(f"{V1}/stash/delta")["entries"] == []
    assert sta.post(f"{prefix}/stash/submit", content=whole, headers=headers)["status"] == "success"


def test_a_form_without_a_boundary_is_a_server_error(sta: Sta) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    assert sta.http.post(f"{V1}/stash/submit", content=b"x", headers=headers).status_code == 500
