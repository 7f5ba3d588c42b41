"""What may stand between syncd and the server: TLS that nobody vouches for, proxies, captive portals."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from syncd.core.errors import OutcomeUnknown, SyncdError, Unreachable
from syncd.core.model import AtRoot, Changes
from syncd.remotes.faces import Space, Token
from syncd.remotes.http import Clock, MemoryBackoff, connections
from syncd.remotes.registry import RemoteSettings, Surroundings, build
from syncd.remotes.stash.draft import DraftStash
from syncd.remotes.stash.v1 import V1Stash
from tests.remotes.fakes import ACCESS, REFRESH, MemoryTokens, nothing, snapshot
from tests.remotes.sockets import HTML, Server, says, served, told

DIALECTS = ("v1", "draft15")
# A certificate of our own for 127.0.0.1, and its key: secret to nobody, vouched for by nobody.
IMPOSTOR = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN/IizPN+T/mWo4Et
KKt2oc3DC+QtymTgGc+R/x7Ur1+hRANCAAT5ShKjf3CRD++ouQ9BLGsqrD6HmsRn
0efzyVpJgSI0nUFkAntuut5zECGzkN/2ZGa0Ns9aVQc8+zla2dkJfYP6
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBkjCCATigAwIBAgIUemAoobWhih324EAmPdZKMwF9WBAwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKc3Rhc2gudGVzdDAgFw0yNjExMjEyMzU0MjZaGA8yMTI2MTAy
ODIzNTQyNlowFTETMBEGA1UEAwwKc3Rhc2gudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABPlKEqN/cJEP76i5D0EsayqsPoeaxGfR5/PJWkmBIjSdQWQCe266
3nMQIbOQ3/ZkZrQ2z1pVBzz7OVrZ2Ql9g/qjZDBiMB0GA1UdDgQWBBTVXxuep2ua
jaYGgmGch67ne2rT0jAfBgNVHSMEGDAWgBTVXxuep2uajaYGgmGch67ne2rT0jAP
BgNVHRMBAf8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSAAw
RQIhAOxm+7f6j/jdpRzgtf+d22I7zYHTEgh3BAuIpQVjE/LAAiAx6vNDlhY1Tfmf
usp+9QX6CmDK7l2C2CIqEwzarSDAqQ==
-----END CERTIFICATE-----
"""
Remote = V1Stash | DraftStash
CALLS: dict[str, Callable[[Remote, Path], object]] = {
    "read": lambda remote, _: remote.space(),
    "edit": lambda remote, _: remote.edit(7, Changes(title="Fox")),
    "submit": lambda remote, tmp: remote.submit(snapshot(tmp), "Fox", AtRoot("x"), nothing),
}


@contextmanager
def remote_of(server: str, dialect: str) -> Iterator[Remote]:
    """A remote with httpx's own transport, so that the environment's proxies and certificates count."""
    tokens = MemoryTokens(Token(ACCESS, REFRESH, 2e9))
    around = Surroundings(clock=Clock(sleep=lambda _: None))
    remote = build("stash", RemoteSettings(server=server, dialect=dialect), tokens, MemoryBackoff(), around)
    assert isinstance(remote, Remote)
    try:
        yield remote
    finally:
        remote.close()


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one function for each connection; gives its port."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                connection.settimeout(10)
                with connection, suppress(OSError):
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def impostor(certificate: Path) -> ssl.SSLContext:
    """What a server shows whose certificate is the one written to this file."""
    certificate.write_text(IMPOSTOR)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_nobody_vouches_for_gets_nothing(call: str, dialect: str, tmp_path: Path) -> None:
    context = impostor(tmp_path / "impostor.pem")
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(65_536))

    with (
        listening(serve) as port,
        remote_of(f"https://127.0.0.1:{port}", dialect) as remote,
        pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        CALLS[call](remote, tmp_path)
    assert b"".join(heard) == b""


def test_a_server_for_which_the_system_vouches_gets_its_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "vouched.pem"
    context = impostor(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    connections._certificates.cache_clear()
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(65_536))
            secure.sendall(says({"available_space": 1, "total_space": 2}))

    try:
        with listening(serve) as port, remote_of(f"https://127.0.0.1:{port}", "v1") as remote:
            assert remote.space() == Space(1, 2)
    finally:
        connections._certificates.cache_clear()
    assert ACCESS.encode() in b"".join(heard)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_server_without_tls_where_tls_was_asked_for_gets_no_token(call: str, dialect: str, tmp_path: Path) -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heard.append(connection.recv(65_536))
        connection.sendall(told(HTML, 400, "text/html"))

    with (
        listening(serve) as port,
        remote_of(f"https://127.0.0.1:{port}", dialect) as remote,
        pytest.raises(Unreachable),
    ):
        CALLS[call](remote, tmp_path)
    assert heard
    assert ACCESS.encode() not in b"".join(heard)


PROXIED = "http://stash.test"


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Has the environment name a proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def use(port: int) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")

    return use


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_environments_proxy_is_used(dialect: str, through: Callable[[int], None]) -> None:
    with served(Server()) as server:
        through(int(server.address.rpartition(":")[2]))
        with remote_of(PROXIED, dialect) as remote:
            assert remote.space().total == 9
    ((_, asked),) = server.asked
    assert asked.header("host") == "stash.test"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("status", [403, 407, 502, 504, 200])
@pytest.mark.parametrize("call", CALLS)
def test_a_proxy_that_answers_itself_is_never_taken_for_the_server(
    call: str, status: int, dialect: str, tmp_path: Path, through: Callable[[int], None]
) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(told(HTML, status, "text/html"))

    with listening(serve) as port:
        through(port)
        with remote_of(PROXIED, dialect) as remote, pytest.raises(SyncdError) as raised:
            CALLS[call](remote, tmp_path)
    # The placebo comes before a submission, so the proxy's answer to that is what is met there.
    assert type(raised.value) is (OutcomeUnknown if call == "edit" else Unreachable)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 502 No\r\n\r\n", b""]
)
@pytest.mark.parametrize("call", CALLS)
def test_a_proxy_that_opens_no_tunnel_hears_no_token_and_nothing_was_sent(
    call: str, answer: bytes, dialect: str, tmp_path: Path, through: Callable[[int], None]
) -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heard.append(connection.recv(65_536))
        connection.sendall(answer)

    with listening(serve) as port:
        through(port)
        with remote_of("https://stash.test", dialect) as remote, pytest.raises(Unreachable):
            CALLS[call](remote, tmp_path)
    assert all(each.startswith(b"CONNECT stash.test:443") and ACCESS.encode() not in each for each in heard)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_captive_portal_that_takes_every_name_gets_no_token(dialect: str) -> None:
    """It redirects to its own host; the token stays with the server's, and what comes back is no answer."""
    portal_heard: list[bytes] = []

    def welcome(connection: socket.socket) -> None:
        portal_heard.append(connection.recv(65_536))
        connection.sendall(told(HTML, 200, "text/html"))

    with listening(welcome) as portal:

        def redirect(connection: socket.socket) -> None:
            connection.recv(65_536)
            location = f"Location: http://127.0.0.1:{portal}/login?next=/"
            connection.sendall(told(HTML, 302, "text/html", location))

        with (
            listening(redirect) as port,
            remote_of(f"http://127.0.0.1:{port}", dialect) as remote,
            pytest.raises(Unreachable, match="not the server's API"),
        ):
            remote.space()
    assert portal_heard
    assert ACCESS.encode() not in b"".join(portal_heard)
    assert b"uthorization" not in b"".join(portal_heard)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_that_waits_behind_informational_ones_is_heard(dialect: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        connection.sendall(says({"available_space": 5, "total_space": 9}))

    with listening(serve) as port, remote_of(f"http://127.0.0.1:{port}", dialect) as remote:
        assert remote.space().total == 9
