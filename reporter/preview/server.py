"""The preview's pages on loopback: who may ask, and for what."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from reporter.errors import MachineError
from reporter.preview.current import Answer, Current
from reporter.preview.proof import Wanted

LOOPBACK = "127.0.0.1"
BEAT = 15  # seconds after which a silent connection is tried, so that those of closed pages end


def serve(wanted: Wanted, port: int, ready: Callable[[str], None]) -> None:
    """Serves the preview until Ctrl-C or SIGTERM; `ready` is told the address.

    `port` 0 takes a free one. Raises MachineError where the port cannot be had.
    """
    try:
        server = _Server(Current(wanted), port)
    except OSError as error:
        raise MachineError(
            f"port {port}: {error.strerror or error}; `--port 0` takes one that is free"
        ) from None
    stop = threading.Event()
    watcher = threading.Thread(target=server.current.follow, args=[stop], daemon=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end it by KeyboardInterrupt
    try:
        watcher.start()
        ready(server.address)
        server.serve_forever()
    except KeyboardInterrupt:
        pass  # how a preview ends
    finally:
        stop.set()
        server.server_close()
        watcher.join(timeout=2)


class _Server(ThreadingHTTPServer):
    def __init__(self, current: Current, port: int) -> None:
        self.current = current
        super().__init__((LOOPBACK, port), _Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}
        self.address = f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a browser that went away is no news
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "reporter", ""

    def do_GET(self) -> None:
        # a foreign site may point its own name at this machine; its pages must not read ours
        if self.headers.get("Host") not in self.server.hosts:
            return self._say(403, "only this machine's own address is answered")
        current, path = self.server.current, urlsplit(self.path).path
        match path.strip("/").split("/"):
            case ["events"]:
                return self._events()
            case ["last", code]:
                answer = current.last_page(code)
            case [name] if name.endswith(".pdf"):
                answer = current.pdf(name.removesuffix(".pdf"))
            case [code] if code.isalpha() or not code:
                answer = current.page(code)
            case _:
                answer = None
        if answer is None:
            return self._say(404, "there is no such page; / shows the bulletin")
        return self._send(200 if answer.good else 503, answer)

    def _events(self) -> None:
        """Tells the number of the proof, now and at each change, as long as the browser listens."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(b"retry: 500\n")
        number = ""
        while True:
            seen, number = number, self.server.current.number_after(number, BEAT)
            self.wfile.write(b":\n\n" if number == seen else f"data: {number}\n\n".encode())

    def _refuse(self) -> None:
        self._say(405, "only GET is answered", allow="GET")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _say(self, status: int, words: str, **headers: str) -> None:
        self._send(status, Answer(f"{words}\n".encode(), media="text/plain; charset=utf-8"), **headers)

    def _send(self, status: int, answer: Answer, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", answer.media)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name.capitalize(), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the page itself tells what is wrong."""
