"""Logging in at a real server: by PLAIN, LOGIN and XOAUTH2; and nothing secret is written down."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from reporter.errors import MachineError
from reporter.mailer import send_one
from reporter.publishing_settings import SmtpSettings
from tests.post.office import Office, smtp_of
from tests.post.sink import Sink

ALL = {"sent": 20}
PASSWORD = "hunter2 ünd more"
LOGIN = {"user": "desk", "password": PASSWORD}
REFRESH, CLIENT_SECRET = "refresh-4711-4711-4711", "client-secret-0815"


@dataclass
class Tokens:
    """An address that gives access tokens, each of another number; it notes what it was asked."""

    folder: Path
    lasts: int = 3600
    status: int = 200
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    port: int = 0

    @property
    def given(self) -> list[str]:
        return [f"access-token-number-{n + 1}" for n in range(len(self.asked))]

    def valid(self, number: int) -> None:
        """Makes the mail server take only that token."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "token").write_text(f"access-token-number-{number}")


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Tokens]:
    desk = Tokens(tmp_path / "sink0")

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            desk.asked.append(parse_qs(form))
            body = {"access_token": desk.given[-1], "expires_in": desk.lasts, "token_type": "Bearer"}
            told = json.dumps(body if desk.status == 200 else {"error": form}).encode()
            self.send_response(desk.status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *words: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    desk.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield desk
    server.shutdown()
    server.server_close()


Start = Callable[..., Sink]


@pytest.fixture
def guarded(sink: Start, certificate: Path) -> Start:
    """Starts a server that wants TLS and a login."""
    words = (f"certificate={certificate}/both.pem",)
    return lambda *script, ways, more=(): sink(*script, words=(*words, f"offer=AUTH {ways}", *more))


def secure(server: Sink, certificate: Path, **changes: Any) -> SmtpSettings:
    return smtp_of(server.port, security="starttls", ca_file=certificate / "crt", **changes)


def with_token(server: Sink, certificate: Path, tokens: Tokens, **changes: Any) -> SmtpSettings:
    oauth = {"token_url": f"http://127.0.0.1:{tokens.port}/token", "client_id": "desk-client"}
    oauth |= {"client_secret": CLIENT_SECRET, "refresh_token": REFRESH}
    return secure(server, certificate, user="desk", oauth=oauth, **changes)


def secrets_in(office: Office, *told: object) -> list[str]:
    """Which secrets stand in what was told, or in the database."""
    kept = b"".join(path.read_bytes() for path in office.folder.glob("reporter.db*"))
    words = ("access-token-number", REFRESH, CLIENT_SECRET, "hunter2", "aHVudGVy", "AGRlc2sAaHVudGVy")
    text = "\n".join(map(str, told))
    return [word for word in words if word in text or word.encode() in kept]


# ── a password ──


@pytest.mark.parametrize(("offered", "used"), [("LOGIN PLAIN", "PLAIN"), ("LOGIN", "LOGIN")])
def test_a_password_is_shown_in_the_way_that_the_server_offers(
    office: Office, guarded: Start, certificate: Path, offered: str, used: str
) -> None:
    server = guarded(ways=offered, more=(f"login=desk:{PASSWORD}",))
    assert office.send(office.freeze(), secure(server, certificate, **LOGIN)).counts == ALL
    assert f"AUTH {used}" in server.log
    assert len(server.accepted) == 20


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_a_wrong_password_pauses_the_issue_and_is_not_written_down(
    office: Office, guarded: Start, certificate: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Though the server repeats what it heard."""
    server, delivery = guarded(ways=way, more=("login=desk:other",)), office.freeze()
    outcome = office.send(delivery, secure(server, certificate, **LOGIN))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
    assert "AUTH: 535" in (outcome.reason or "")
    assert secrets_in(office, outcome, caplog.text) == []
    assert "MAIL" not in server.log


def test_a_server_with_other_ways_is_shown_nothing(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens
) -> None:
    server = guarded(ways="CRAM-MD5")
    outcome = office.send(office.freeze(), secure(server, certificate, **LOGIN))
    assert "the server offers CRAM-MD5, and LOGIN is needed" in (outcome.reason or "")
    outcome = office.send(office.freeze(), with_token(server, certificate, tokens))
    assert "XOAUTH2 is needed" in (outcome.reason or "")
    assert (outcome.paused, tokens.asked, "AUTH" in server.log) == (True, [], False)


# ── an access token ──


def test_one_token_serves_all_connections_until_it_is_nearly_over(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens
) -> None:
    tokens.valid(1)
    server = guarded(ways="XOAUTH2", more=("token",))
    smtp = with_token(server, certificate, tokens, connections=3, mails_a_connection=4)
    outcome = office.send(office.freeze(), smtp)
    assert (outcome.counts, outcome.complete) == (ALL, True)
    assert server.log.count("AUTH XOAUTH2") >= 5
    assert tokens.asked == [
        {
            "grant_type": ["refresh_token"],
            "client_id": ["desk-client"],
            "client_secret": [CLIENT_SECRET],
            "refresh_token": [REFRESH],
        }
    ]


def test_a_token_that_is_nearly_over_is_replaced(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens
) -> None:
    """A token that lasts a minute is replaced at each connection: the server takes the last one alone."""
    tokens.lasts = 60
    tokens.valid(1)
    server = guarded(ways="XOAUTH2", more=("token",))
    smtp = with_token(server, certificate, tokens, mails_a_connection=20)
    assert office.send(office.freeze(), smtp).complete
    tokens.valid(2)
    assert office.send(office.freeze(version=2), smtp).complete
    assert len(tokens.asked) == 2


def test_a_token_that_the_server_ended_early_is_replaced_and_nobody_notices(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens
) -> None:
    tokens.valid(1)
    server = guarded(ways="XOAUTH2", more=("token",))
    smtp = with_token(server, certificate, tokens)
    assert office.send(office.freeze(), smtp).complete
    tokens.valid(2)
    assert office.send(office.freeze(version=2), smtp).complete
    assert len(tokens.asked) == 2
    assert len(server.accepted) == 40


def test_a_refused_token_pauses_the_issue_and_is_not_written_down(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    tokens.valid(99)
    server = guarded(ways="XOAUTH2", more=("token",))
    smtp = with_token(server, certificate, tokens)
    outcome = office.send(office.freeze(), smtp)
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
    assert "AUTH: 535" in (outcome.reason or "")
    assert secrets_in(office, outcome, repr(smtp), caplog.text) == []
    assert len(tokens.asked) == 1  # a new token that is refused is not asked for again


@pytest.mark.parametrize(("status", "paused"), [(400, True), (401, True), (503, False)])
def test_an_address_that_gives_no_token_is_told_without_what_it_was_asked(
    office: Office, guarded: Start, certificate: Path, tokens: Tokens, status: int, paused: bool
) -> None:
    """A refusal pauses the issue; an address that is busy is asked again later. No recipient loses a try."""
    tokens.status = status
    tokens.valid(1)
    server, delivery = guarded(ways="XOAUTH2", more=("token",)), office.freeze()
    outcome = office.send(delivery, with_token(server, certificate, tokens))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, paused)
    assert f"answered {status}" in (outcome.reason or "")
    assert secrets_in(office, outcome) == []
    assert {mail.attempts for mail in office.outbox.mails(delivery)} == {0}
    tokens.status = 200
    tokens.valid(len(tokens.asked) + 1)
    assert office.send(delivery, with_token(server, certificate, tokens)).complete


# ── one mail at once ──


def notice() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@example.org", "me@example.org", "Held"
    mail["Message-ID"] = "<1@example.org>"
    mail.set_content("Held.")
    return mail


def test_a_notice_is_sent_with_a_token_too(guarded: Start, certificate: Path, tokens: Tokens) -> None:
    tokens.valid(1)
    server = guarded(ways="XOAUTH2", more=("token",))
    smtp = with_token(server, certificate, tokens)
    send_one(smtp, notice())
    assert server.accepted == ["me@example.org"]
    tokens.valid(2)  # the first is kept, and refused; the next notice asks for another
    with pytest.raises(MachineError, match="535") as caught:
        send_one(smtp, notice())
    assert base64.b64encode(b"user=desk").decode() not in str(caught.value)
    send_one(smtp, notice())
    assert len(server.accepted) == 2


def test_a_notice_without_a_token_is_not_sent(guarded: Start, certificate: Path, tokens: Tokens) -> None:
    tokens.status = 400
    server = guarded(ways="XOAUTH2", more=("token",))
    with pytest.raises(MachineError, match="the token's address answered 400"):
        send_one(with_token(server, certificate, tokens), notice())
    assert "AUTH" not in server.log
