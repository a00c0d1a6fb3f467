"""A web server on this machine, whose every path may misbehave in a way of its own."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Visit = BaseHTTPRequestHandler
Answer = Callable[[Visit], None]


@dataclass
class Site:
    """Answers by path, and what was asked: (path with its query, headers).

    `closing` is set when the server goes, so that an answer may wait for it instead of sleeping.
    """

    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    scheme: str = "http"

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked == path for asked, _ in self.asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Keeps quiet about readers that hang up, which is what they are tested for."""


@contextmanager
def serving(site: Site, certificate: Path | None = None) -> Iterator[Site]:
    """Serves a site at a free port, over TLS where there is a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            self.close_connection = True
            site.pages.get(self.path.partition("?")[0], missing)(self)

        def log_message(self, *_: object) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            site.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            server.shutdown()
            thread.join()


def page(data: bytes, status: int = 200, **headers: str) -> Answer:
    """Yields an answer with its length; `Content_Type` names a header."""

    def answer(visit: Visit) -> None:
        visit.send_response(status)
        visit.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            visit.send_header(name.replace("_", "-"), value)
        visit.end_headers()
        visit.wfile.write(data)

    return answer


def missing(visit: Visit) -> None:
    page(b"not here", 404)(visit)


def redirect(target: str, status: int = 302) -> Answer:
    return page(b"", status, Location=target)


def in_turn(*answers: Answer) -> Answer:
    """Yields an answer that is another at each visit, the last one for all that follow."""
    left = list(answers)

    def answer(visit: Visit) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(visit)

    return answer


def hang_up(visit: Visit) -> None:
    """Closes the connection without a word."""


def cut_short(visit: Visit) -> None:
    """Promises more than it sends."""
    visit.send_response(200)
    visit.send_header("Content-Length", "1000")
    visit.end_headers()
    visit.wfile.write(b"instrument,date\n")


def files(folder: Path) -> dict[str, Answer]:
    """Yields the files of a folder as answers."""
    return {f"/{file.name}": page(file.read_bytes()) for file in folder.iterdir() if file.is_file()}


def certificate(folder: Path, name: str) -> Path:
    """Yields a new key with a certificate for a name, signed by itself."""
    file, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -addext subjectAltName=DNS:{name}"
    subprocess.run(
        ["openssl", *words.split(), "-keyout", str(key), "-out", str(file)], check=True, capture_output=True
    )
    file.write_text(file.read_text() + key.read_text())
    return file
