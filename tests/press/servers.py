"""Real servers for notices, each on a port of its own: mail in a process, web in a thread."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import needs

MAIL = """
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

port, folder, secure = int(sys.argv[1]), sys.argv[2], sys.argv[3]
told = open(folder + "/told", "a", buffering=1)

class Keep:
    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode()
        told.write(json.dumps({"to": envelope.rcpt_tos, "from": envelope.mail_from, "text": text}) + "\\n")
        return "250 kept"

def known(server, session, envelope, mechanism, data):
    told.write(json.dumps({"password": data.password.decode()}) + "\\n")
    return AuthResult(success=data.password == b"right")

context = None
if secure == "starttls":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder + "/server.pem", folder + "/server.key")

def made():
    return SMTP(Keep(), tls_context=context, require_starttls=context is not None,
                authenticator=known, auth_require_tls=context is not None)

async def main():
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(frozen=True)
class MailServer:
    """A mail server that keeps in `told` each password and each message that it is given."""

    port: int
    folder: Path

    def told(self) -> list[dict[str, Any]]:
        """What it was given so far."""
        file = self.folder / "told"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def messages(self) -> list[str]:
        """The messages it was given, headers and all."""
        return [one["text"] for one in self.told() if "text" in one]


@contextmanager
def mail_server(folder: Path, secure: str = "none", port: int = 0) -> Iterator[MailServer]:
    """Runs a mail server until the block ends; with `starttls` on the certificate in `folder`."""
    words = [sys.executable, "-W", "ignore", "-c", MAIL, str(port), str(folder), secure]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield MailServer(int(process.stdout.readline()), folder)
        finally:
            process.kill()


def certify(folder: Path) -> Path:
    """Makes a private authority and a certificate of it for this machine; yields the authority's own."""
    needs("openssl", "openssl")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Desk", *usage)
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=mail")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names")
    openssl("x509", "-req", "-in", "server.csr", *sign, "-out", "server.pem")
    return folder / "ca.pem"


@dataclass
class WebServer:
    """A web server that keeps what is posted; it answers `status`, or nothing sensible if that is 0."""

    port: int
    posted: list[tuple[str, dict[str, Any]]]
    asked: list[str]
    status: int = 200

    @property
    def address(self) -> str:
        """Its address, with a path that is a secret."""
        return f"http://127.0.0.1:{self.port}/hooks/secret-path"


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Runs a web server until the block ends."""
    shown = WebServer(0, [], [])

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            if shown.status == 0:
                self.wfile.write(b"nonsense\r\n\r\n")
                return
            self.send_response(shown.status)
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            shown.posted.append((self.path, json.loads(body)))
            self._answer()

        def do_GET(self) -> None:
            shown.asked.append(self.path)
            self._answer()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shown
    finally:
        server.shutdown()
        thread.join()
        with suppress(OSError):
            server.server_close()
