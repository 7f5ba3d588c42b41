"""The server as a process and as a thread, over real HTTP: address, login, signals, and a kill at any moment."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncd.server import Login, serving
from syncd.server.run import _listen
from tests.server.conftest import V1

PROGRAM = """
import sys
from pathlib import Path
from syncd.server import run
run(Path(sys.argv[1]), "127.0.0.1", 0, "artist", Path(sys.argv[2]), announce=lambda address: print(address, flush=True))
"""


class Server:
    """`run` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", PROGRAM, str(folder / "data"), str(folder / "token.json")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.login = Login(**json.loads((folder / "token.json").read_text()))
        headers = {"Authorization": f"Bearer {self.login.access_token}"}
        self.http = httpx.Client(base_url=self.address, headers=headers, trust_env=False)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.http.close()
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(20)

    def items(self) -> dict[str, Any]:
        """Every item by title."""
        entries = self.http.get("/api/draft15/stash/delta").json()["entries"]
        return {entry["metadata"]["title"]: entry["metadata"] for entry in entries if "stashid" in entry}


def test_it_announces_its_address_writes_a_login_and_ends_on_sigterm(tmp_path: Path) -> None:
    server = Server(tmp_path)
    assert server.http.get(f"{V1}/user/whoami").json()["username"] == server.login.user == "artist"
    assert server.login.server == server.address
    assert (tmp_path / "token.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []
    first = server.login
    assert server.end(signal.SIGTERM) == 0
    again = Server(tmp_path)
    assert again.login.access_token != first.access_token
    assert again.login.client_secret == first.client_secret
    assert again.http.get(f"{V1}/placebo").status_code == 200
    assert again.end(signal.SIGINT) == 0


def test_a_kill_loses_no_acknowledged_submission(tmp_path: Path) -> None:
    server = Server(tmp_path)
    acknowledged: list[str] = []
    enough = threading.Event()

    def submit_for_ever(worker: int) -> None:
        with httpx.Client(base_url=server.address, headers=server.http.headers, trust_env=False) as http:
            for index in range(10**6):
                name = f"{worker} {index}"
                try:
                    answer = http.post("/api/draft15/stash/submit", files={"a": (f"{name}.txt", name.encode())})
                except httpx.TransportError:
                    return
                assert answer.json()["status"] == "success"
                acknowledged.append(name)
                if len(acknowledged) >= 30:
                    enough.set()

    workers = [threading.Thread(target=submit_for_ever, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    assert enough.wait(30)
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    for worker in workers:
        worker.join(20)
    again = Server(tmp_path)
    items = again.items()
    assert set(acknowledged) <= set(items)
    for name in acknowledged:
        assert again.http.get(httpx.URL(items[name]["files"]["original"]).raw_path.decode()).text == name
    again.end(signal.SIGTERM)


@pytest.fixture
def real(tmp_path: Path) -> Any:
    """A server in a thread, and a client of it over loopback."""
    with serving(tmp_path) as started:
        headers = {"Authorization": f"Bearer {started.login.access_token}"}
        with httpx.Client(base_url=started.server, headers=headers, trust_env=False) as http:
            yield started, http


def test_a_large_file_goes_up_and_down_over_real_http(real: Any) -> None:
    started, http = real
    content = bytes(range(256)) * 4096 * 9  # nine chunks of the blob store
    answer = http.post(f"{V1}/stash/submit", files={"f": ("big.bin", io.BytesIO(content))}).json()
    source = http.get(f"{V1}/stash/item/{answer['itemid']}").json()["files"][-1]["src"]
    assert source.startswith(started.server)
    assert http.get(source).content == content
    assert http.get(source, headers={"Range": f"bytes={len(content) - 65536}-"}).content == content[-65536:]


def test_callers_at_once_each_get_their_own_item(real: Any) -> None:
    started, http = real
    answers: list[int] = []

    def submit(index: int) -> None:
        with httpx.Client(base_url=started.server, headers=http.headers, trust_env=False) as own:
            answer = own.post(f"{V1}/stash/submit", files={"f": (f"{index}.txt", b"x")}, data={"stack": "All"})
            answers.append(answer.json()["itemid"])

    threads = [threading.Thread(target=submit, args=(index,)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 16
    (folder,) = http.get("/api/draft10/stash/delta").json()["entries"][:1]
    assert (folder["metadata"]["title"], folder["metadata"]["size"]) == ("All", 16)


def test_a_taken_port_is_an_error(real: Any, tmp_path: Path) -> None:
    started, _ = real
    port = int(started.server.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), serving(tmp_path / "other", port=port):
        pass


def test_answers_do_not_wait_for_acknowledgements() -> None:
    listener, address = _listen("127.0.0.1", 0)
    with listener:
        assert listener.proto == socket.IPPROTO_TCP  # else asyncio leaves TCP_NODELAY off
        assert address == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_address_of_ipv6_is_bracketed() -> None:
    try:
        listener, address = _listen("::1", 0)
    except OSError:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert address.startswith("http://[::1]:")
