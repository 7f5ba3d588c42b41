"""nginx in front of the embedded server: it gives out the files itself, and passes all else on.

An address of a file (`/f/UUID/NAME`) is a name in a folder of links to the server's blobs; of a file that came later
there is no link, and the server behind is asked. The second door waits before it answers: nginx's echo module sleeps
without a thread, so that the wait is the only thing that it costs.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.server.addresses import Addresses
from syncd.server.vault import Vault
from tests.bench.peers import NotInstalled, peer

ECHO = "/usr/lib/nginx/modules/ngx_http_echo_module.so"
PATIENCE = 10.0
_DOOR = """
  server {{
    listen 127.0.0.1:{port};
    root "{root}";
    autoindex on;
    location / {{ {first} }}
    location @files {{ try_files $uri $uri/ @stash; }}
    location @stash {{
      proxy_pass http://stash;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }}
  }}
"""
_CONFIGURATION = """
{modules}
daemon off;
{user}
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format times '$msec $request_time $request_method $uri';
  access_log access.log times;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  client_body_buffer_size 1m;
  sendfile on; tcp_nodelay on; keepalive_requests 1000000; keepalive_timeout 600; client_max_body_size 0;
  types {{ image/png png; }}
  default_type application/octet-stream;
  upstream stash {{ server 127.0.0.1:{behind}; keepalive 32; keepalive_requests 1000000; }}
  {doors}
}}
"""


@dataclass(frozen=True, slots=True)
class Front:
    """An nginx that runs: its address without a wait, and (`late`) the one that waits before each answer, if it can."""

    quick: str
    late: str | None
    log: Path

    @property
    def slow(self) -> str:
        """The address that waits. NotInstalled if this nginx cannot."""
        if self.late is None:
            raise NotInstalled("not installed: nginx's echo module (Debian: nginx-light has it)")
        return self.late

    def requests(self) -> list[tuple[float, str, str]]:
        """What was asked so far: when it began to arrive (Unix time), method and path."""
        lines = (line.split(" ", 3) for line in self.log.read_text().splitlines())
        return [(float(end) - float(took), method, path) for end, took, method, path in lines]


@contextmanager
def front(folder: Path, root: Path, behind: int, *, wait: float) -> Iterator[Front]:
    """Runs nginx in a folder of its own while the body runs: files from `root`, all else from the port `behind`.

    `wait`: seconds before each answer at the second door. Raises NotInstalled.
    """
    nginx = peer("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "access.log").write_bytes(b"")
    ports = free_ports(2)
    can_wait = Path(ECHO).exists()
    at_once = "try_files $uri $uri/ @stash;"
    later = f"echo_read_request_body; echo_sleep {wait}; echo_exec @files;" if can_wait else "return 501;"
    text = _CONFIGURATION.format(
        modules=f"load_module {ECHO};" if can_wait else "",
        user="user root;" if os.geteuid() == 0 else "",
        behind=behind,
        doors="".join(_DOOR.format(port=p, root=root, first=f) for p, f in zip(ports, (at_once, later), strict=True)),
    )
    (folder / "nginx.conf").write_text(text)
    with subprocess.Popen([nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]) as process:
        try:
            _until_open(ports[0], process)
            quick, slow = (f"http://127.0.0.1:{port}" for port in ports)
            yield Front(quick, slow if can_wait else None, folder / "access.log")
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens at."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(listener.getsockname()[1]) for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.02)


def link_files(vault: Vault, user: str, root: Path) -> list[str]:
    """Gives each file of a user a name below `root`, that of its address, unless it has one; answers the paths."""
    addresses, paths = Addresses(vault, ""), []
    with vault.reading(user) as stash:
        for item in stash.tree.items.values():
            if item.blob is not None:
                paths.append(addresses.lasting(item))
                link = root / paths[-1].lstrip("/")
                if not link.exists():
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.hardlink_to(vault.blobs.path(item.blob.key))
    return paths
