"""Notices reach the desk by mail and webhook, each once, over real servers; publishing requirement 14."""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from reporter.clock import FixedClock
from reporter.errors import MachineError, SettingsError
from reporter.journal import LOGGER, Journal, write_log
from reporter.press.bell import Bell
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.notifier import Notifier, Told, notifier, ping
from reporter.settings import load_settings
from reporter.store import open_store
from tests.press.newsroom import Newsroom
from tests.press.servers import MailServer, certify, mail_server, web_server

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
HELD = Told("held", "weekly 2026-W01 is held: a price jumped", "weekly", "2026-W01")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(open_store(f"sqlite:///{tmp_path}/reporter.db"), NOW)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log says."""
    logger = logging.getLogger(LOGGER)
    before = logger.handlers, logger.level, logger.propagate
    stream = io.StringIO()
    write_log(stream, people=True)
    yield stream
    logger.handlers, logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


def channels(home: Path, text: str) -> Notifier:
    (home / "schedule.yaml").write_text(f"editions: {{weekly: {{title: Weekly}}}}\n{text}\n")
    return notifier(load_settings(home / "schedule.yaml"))


def by_mail(
    home: Path, port: int, more: str = "security: none", host: str = "127.0.0.1", seconds: int = 5
) -> Notifier:
    smtp = f"smtp: {{host: {host}, port: {port}, sender: reporter@example.com, timeout: {seconds}s, {more}}}"
    return channels(home, f"notify: {{email: [desk@example.com, chief@example.com]}}\n{smtp}")


def by_web(home: Path, address: str) -> Notifier:
    return channels(home, f"notify: {{webhook: '{address}'}}")


def read(text: str) -> EmailMessage:
    message = message_from_string(text, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_14_a_notice_names_edition_week_cause_and_next_step(tmp_path: Path) -> None:
    """What a held issue says arrives as it is, in the mail and at the webhook."""
    with mail_server(tmp_path) as mail, web_server() as web:
        more = (
            f"notify: {{email: [desk@example.com], webhook: '{web.address}'}}\n"
            f"smtp: {{host: 127.0.0.1, port: {mail.port}, security: none, sender: reporter@example.com}}"
        )
        gate = 'schedule: {day: monday, at: "09:00"}\ngate: {few_events: {least: 1}}'
        desk = Newsroom(tmp_path, gate, more)
        assert desk.at("2026-01-05 09:00") == [("2026-W01", "held")]
        message = read(mail.messages()[0])
        ((path, posted),) = web.posted
    assert message["Subject"] == "[reporter] held: weekly 2026-W01"
    assert (message["To"], message["From"]) == ("desk@example.com", "reporter@example.com")
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "weekly 2026-W01, due on 2026-01-05 at 09:00, is held: " in text
    assert "`--override few_events --reason TEXT`" in text
    assert "It is tried again at 01:05 UTC." in text
    assert path == "/hooks/secret-path"
    assert (posted["kind"], posted["edition"], posted["week"]) == ("held", "weekly", "2026-W01")
    assert posted["text"] in text.replace("\n", "")
    assert posted["at"] == "2026-01-05T01:00:00+00:00"


def test_14_two_schedulers_tell_once(tmp_path: Path, ledger: Ledger) -> None:
    with mail_server(tmp_path) as mail:
        both = [by_mail(tmp_path, mail.port) for _ in range(2)]
        assert [one.note(ledger, "held/weekly/2026-W01/x", HELD, NOW) for one in both] == [True, False]
        for one in [*both, *both]:
            assert one.deliver(ledger, NOW) == []
        assert len(mail.messages()) == 1
        assert mail.told()[0]["to"] == ["desk@example.com", "chief@example.com"]


def test_14_while_the_server_is_away_notices_wait_and_are_sent_later(tmp_path: Path, ledger: Ledger) -> None:
    port = free_port()
    told = by_mail(tmp_path, port)
    told.note(ledger, "first", HELD, NOW)
    told.note(ledger, "second", HELD, NOW)
    (fault,) = told.deliver(ledger, NOW)
    assert fault.startswith(f"mail: the mail server 127.0.0.1:{port}: ")
    assert told.deliver(ledger, NOW + timedelta(seconds=59)) == []
    with mail_server(tmp_path, port=port) as mail:
        assert told.deliver(ledger, NOW + timedelta(minutes=6)) == []
        assert told.deliver(ledger, NOW + timedelta(minutes=12)) == []
        assert len(mail.messages()) == 2


def test_14_it_waits_longer_each_time_and_an_hour_at_most(tmp_path: Path, ledger: Ledger) -> None:
    told = by_mail(tmp_path, free_port())
    told.note(ledger, "held", HELD, NOW)
    moment, waits = NOW, []
    for _ in range(9):
        assert len(told.deliver(ledger, moment)) == 1
        before = moment
        while not ledger.unsent("mail", moment):
            moment += timedelta(minutes=1)
        waits.append((moment - before) // timedelta(minutes=1))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_14_a_server_that_is_away_holds_up_a_round_once(tmp_path: Path, ledger: Ledger) -> None:
    """One time-out, not one a notice."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        told = by_mail(tmp_path, silent.getsockname()[1], seconds=1)
        for n in range(5):
            told.note(ledger, f"held/{n}", HELD, NOW)
        assert len(told.deliver(ledger, NOW)) == 1
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_14_a_channel_that_is_set_later_does_not_tell_of_old_troubles(tmp_path: Path, ledger: Ledger) -> None:
    Notifier({}).note(ledger, "old", HELD, NOW)
    with mail_server(tmp_path) as mail:
        assert by_mail(tmp_path, mail.port).deliver(ledger, NOW + timedelta(days=1)) == []
        assert mail.messages() == []


# ── the wire ──


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[MailServer, Path]]:
    """A mail server that wants STARTTLS, and the certificate of the authority that vouches for it."""
    authority = certify(tmp_path)
    with mail_server(tmp_path, "starttls") as server:
        yield server, authority


def test_14_a_server_of_a_private_authority_that_the_system_trusts_is_given_the_password(
    tmp_path: Path, ledger: Ledger, secure: tuple[MailServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    (tmp_path / "password").write_text("right\n")
    told = by_mail(tmp_path, server.port, f"user: desk, password_file: {tmp_path}/password", "localhost")
    told.note(ledger, "held", HELD, NOW)
    assert told.deliver(ledger, NOW) == []
    assert server.told()[0] == {"password": "right"}
    assert len(server.messages()) == 1


def test_14_a_server_that_nobody_vouches_for_is_given_nothing(
    tmp_path: Path, ledger: Ledger, secure: tuple[MailServer, Path]
) -> None:
    server, _ = secure
    told = by_mail(tmp_path, server.port, "user: desk, password: right", "localhost")
    told.note(ledger, "held", HELD, NOW)
    (fault,) = told.deliver(ledger, NOW)
    assert "certificate verify failed" in fault.lower()
    assert server.told() == []


def test_14_a_certificate_of_another_name_is_refused(
    tmp_path: Path, ledger: Ledger, secure: tuple[MailServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    told = by_mail(tmp_path, server.port, "user: desk, password: right", "127.0.0.2")
    told.note(ledger, "held", HELD, NOW)
    assert len(told.deliver(ledger, NOW)) == 1
    assert server.told() == []


def test_14_a_server_without_starttls_is_not_told_in_clear(tmp_path: Path, ledger: Ledger) -> None:
    with mail_server(tmp_path) as server:
        told = by_mail(tmp_path, server.port, "user: desk, password: right")
        told.note(ledger, "held", HELD, NOW)
        (fault,) = told.deliver(ledger, NOW)
        assert "STARTTLS" in fault
        assert server.told() == []


def test_14_a_refused_password_is_told_without_it(
    tmp_path: Path, ledger: Ledger, secure: tuple[MailServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    told = by_mail(tmp_path, server.port, "user: desk, password: geheim-旧", "localhost")
    told.note(ledger, "held", HELD, NOW)
    (fault,) = told.deliver(ledger, NOW)
    assert fault.startswith("mail: the mail server localhost:")
    assert "geheim" not in fault


def test_14_a_password_file_that_is_missing_is_one_line(
    tmp_path: Path, ledger: Ledger, secure: tuple[MailServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    told = by_mail(tmp_path, server.port, f"user: desk, password_file: {tmp_path}/none", "localhost")
    told.note(ledger, "held", HELD, NOW)
    (fault,) = told.deliver(ledger, NOW)
    assert "No such file" in fault


# ── what others write cannot reach the headers, what is secret not the log ──


def test_14_a_cause_adds_no_header_and_no_recipient(tmp_path: Path, ledger: Ledger) -> None:
    bad = "x\r\nBcc: victim@example.org\r\n\r\nYou have won"
    with mail_server(tmp_path) as server:
        told = by_mail(tmp_path, server.port)
        assert told.note(ledger, "k", Told(bad, bad, bad, bad), NOW)
        assert told.deliver(ledger, NOW) == []
        (given,) = [one for one in server.told() if "to" in one]
    message = read(given["text"])
    assert given["to"] == ["desk@example.com", "chief@example.com"]
    assert message["Bcc"] is None
    assert message["Subject"].startswith("[reporter] x Bcc: victim@example.org You have won")
    assert "You have won" in message.get_content()


@pytest.mark.parametrize("to", ["a@b.example\\nBcc: c@d.example", "a@b.example, c@d.example", "desk", ""])
def test_14_an_address_that_is_more_than_one_is_refused_by_the_settings(tmp_path: Path, to: str) -> None:
    smtp = "smtp: {host: localhost, security: none, sender: reporter@example.com}"
    with pytest.raises(
        SettingsError, match=r"notify\.email\.0.*does not look like a mail address such as desk@example.com"
    ):
        channels(tmp_path, f'notify: {{email: ["{to}"]}}\n{smtp}')


@pytest.mark.parametrize("status", [404, 500, 0])
def test_14_the_secret_path_of_a_webhook_is_not_in_the_log(
    tmp_path: Path, ledger: Ledger, log: io.StringIO, status: int
) -> None:
    """Whether the server refuses, fails or answers nonsense; the notice waits for another try."""
    with web_server() as server:
        server.status = status
        bell = Bell(Journal(), FixedClock(NOW), by_web(tmp_path, server.address))
        bell.ring(ledger, "held", HELD)
        bell.deliver(ledger)
        assert "A NOTICE COULD NOT BE SENT" in log.getvalue()
        assert f"webhook: 127.0.0.1:{server.port}: " in log.getvalue()
        assert "secret" not in log.getvalue()
        server.status = 200
        bell.clock = FixedClock(NOW + timedelta(minutes=1))
        bell.deliver(ledger)
        assert len(server.posted) == 2
        bell.deliver(ledger)
        assert len(server.posted) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/secret",
        "http://nowhere.invalid/secret",
        "http://desk:secret@127.0.0.1:1/",
        "http://127.0.0.1:1/secret path",
        "http://127.0.0.1:port-secret/",
        "https://127.0.0.1:1/secret",
        "http://[secret/",
    ],
)
def test_14_whatever_is_wrong_with_an_address_it_is_not_repeated(address: str) -> None:
    with pytest.raises(MachineError) as caught:
        ping(address)
    assert "/secret" not in str(caught.value)
    assert "desk:" not in str(caught.value)
    assert "secret path" not in str(caught.value)


def test_14_settings_do_not_repeat_a_secret_that_they_refuse(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        channels(
            tmp_path,
            "notify: {webhook: hooks.example/top-secret}\nheartbeat: {ping: ping.example/top-secret}\n"
            "smtp: {host: localhost, sender: reporter@example.com, password: {x: top-secret}}",
        )
    assert "notify.webhook: does not look like an address such as" in str(caught.value)
    assert "top-secret" not in str(caught.value)


def test_15_the_address_that_watches_is_asked_once_a_round(tmp_path: Path) -> None:
    with web_server() as server:
        desk = Newsroom(tmp_path, more=f"heartbeat: {{ping: '{server.address}'}}")
        assert len(server.asked) == 1
        desk.at("2026-01-05 09:00")
        assert len(server.asked) == 2


def test_15_a_watcher_that_is_away_stops_nothing_and_is_told_once(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/secret"
    desk = Newsroom(tmp_path, more=f"heartbeat: {{ping: '{address}'}}")
    assert desk.at("2026-01-05 09:00") == [("2026-W01", "published")]
    desk.at("2026-01-05 09:01")
    assert desk.kinds() == []


def test_19_without_a_ledger_a_fault_is_told_at_once(tmp_path: Path) -> None:
    with web_server() as server:
        bell = Bell(Journal(), FixedClock(NOW), by_web(tmp_path, server.address))
        bell.trouble("machine", "the database is locked")
        bell.trouble("machine", "the database is locked")
        assert [body["text"] for _, body in server.posted] == ["the database is locked"]
        bell.trouble("machine", "the disk is full")
        assert len(server.posted) == 2


def test_14_a_fault_that_is_over_is_told_once(ledger: Ledger) -> None:
    bell = Bell(Journal(), FixedClock(NOW))
    bell.calm("settings", ledger)
    assert ledger.unsent("mail", NOW) == []
    bell.trouble("settings", "line 3", ledger)
    bell.calm("settings", ledger)
    bell.calm("settings", ledger)
    told = bell_kinds(ledger)
    assert told == ["settings", "recovered"]


def bell_kinds(ledger: Ledger) -> list[str]:
    from sqlalchemy import text

    with ledger.store.reading() as connection:
        return list(connection.execute(text("SELECT kind FROM notices ORDER BY id")).scalars())
