"""The wire: a mail is handed to the server, phase by phase, and every fault tells what it means.

The moment that cannot be undone is the dot that ends a mail. Before it goes out, `before_dot` is called; from
then on only the server's answer tells whether it has the mail.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from reporter.post.smtp_faults import Lost, Refused, Reply, ServerFault, Uncertain
from reporter.post.smtp_login import log_in
from reporter.post.smtp_wire import Broken, Wire, told
from reporter.publishing_settings import SmtpSettings

_DOT = b".\r\n"


@dataclass
class Line:
    """A connection that is ready for mails; `extensions`: what the server offers; `used`: mails so far."""

    wire: Wire
    smtp: SmtpSettings
    extensions: dict[str, str]
    opened: float
    used: int = 0
    closed: bool = False

    @property
    def size_limit(self) -> int | None:
        """How many bytes a mail may have, where the server says so."""
        size = self.extensions.get("SIZE", "")
        return int(size) or None if size.isdecimal() else None

    @property
    def worn(self) -> bool:
        """Whether it has carried its share, and a fresh one is due."""
        lasts = self.smtp.connection_lasts.total_seconds()
        return (
            self.closed or self.used >= self.smtp.mails_a_connection or time.monotonic() - self.opened > lasts
        )

    def deliver(self, mail: bytes, sender: str, recipient: str, before_dot: Callable[[], None]) -> Reply:
        """Hands one mail over, as bytes with CRLF; yields the server's answer to all of it.

        Raises ServerFault, Refused, Lost or Uncertain; what `before_dot` raises ends the connection without
        the dot. Afterwards the line may be used again, unless `closed`.
        """
        self.used += 1
        try:
            self._begin(mail, sender, recipient)
            self._accepted("RCPT", f"RCPT TO:<{recipient}>", 2)
            self._accepted("DATA", "DATA", 3)
            self._body(mail)
        except Refused:
            self._reset()
            raise
        except BaseException:
            self.close()
            raise
        return self._end(before_dot)

    def _begin(self, mail: bytes, sender: str, recipient: str) -> None:
        wide = not (sender.isascii() and recipient.isascii())
        for word in (sender, recipient):
            if not word.isprintable() or any(letter in "<> " for letter in word):
                raise Refused("RCPT", Reply(553, f"{word!r} is no address; nothing was sent"))
        if wide and "SMTPUTF8" not in self.extensions:
            raise Refused("RCPT", Reply(553, "the server takes no address beyond ASCII (SMTPUTF8)"))
        if self.size_limit is not None and len(mail) > self.size_limit:
            told = f"{len(mail):,} bytes, the server takes {self.size_limit:,}; lower `size_limit_mb`"
            raise ServerFault("MAIL", told, permanent=True)
        size = f" SIZE={len(mail)}" if "SIZE" in self.extensions else ""
        order = f"MAIL FROM:<{sender}>{size}{' SMTPUTF8' if wide else ''}"
        try:
            reply = self._ask(order)
        except Broken as error:
            raise ServerFault("MAIL", str(error)) from None
        if reply.code // 100 != 2:
            raise ServerFault("MAIL", str(reply), permanent=reply.permanent)

    def _ask(self, order: str) -> Reply:
        seconds = self.smtp.timeout.total_seconds()
        self.wire.send(order.encode() + b"\r\n", seconds)
        return self.wire.reply(seconds)

    def _accepted(self, phase: str, order: str, kind: int) -> None:
        try:
            reply = self._ask(order)
        except Broken as error:
            raise Lost(phase, str(error)) from None
        if reply.code // 100 in (4, 5):
            raise Refused(phase, reply)
        if reply.code // 100 != kind:
            raise Lost(phase, f"the server said {reply}, which is no answer to {phase}")

    def _body(self, mail: bytes) -> None:
        stuffed = mail.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        seconds = self.smtp.timeout.total_seconds()
        try:
            self.wire.send(stuffed, seconds, self.smtp.reply_timeout.total_seconds())
            self.wire.drain(seconds)
            self.wire.check_silent()
        except Broken as error:
            raise Lost("body", str(error)) from None

    def _end(self, before_dot: Callable[[], None]) -> Reply:
        try:
            before_dot()
            self.wire.check_silent()
            self.wire.send(_DOT, self.smtp.timeout.total_seconds())  # it goes out whole, or not at all
        except Broken as error:
            self.close()
            raise Lost("dot", str(error)) from None
        except BaseException:
            self.close()
            raise
        try:
            reply = self.wire.reply(self.smtp.reply_timeout.total_seconds())
        except Broken as error:
            self.close()
            raise Uncertain(str(error)) from None
        if reply.code // 100 == 2:
            return reply
        if reply.code // 100 == 3:
            self.close()
            raise Uncertain(f"the server said {reply}, which is no answer to a mail")
        if reply.code == 421:
            self.close()
        raise Refused("dot", reply)

    def _reset(self) -> None:
        try:
            if self._ask("RSET").code // 100 == 2:
                return
        except Broken:
            pass
        self.close()

    def close(self) -> None:
        """Ends the connection; a mail that is half written is not ended by it."""
        self.closed = True
        self.wire.close()

    def quit(self) -> None:
        """Takes leave of the server, without waiting long for its answer."""
        if not self.closed:
            try:
                self.wire.send(b"QUIT\r\n", 2)
                self.wire.reply(2)
            except Broken:
                pass
            self.close()


def connect(smtp: SmtpSettings) -> Line:
    """Yields a line to the server: encrypted, verified, logged in as the settings say; else ServerFault."""
    seconds = smtp.timeout.total_seconds()
    try:
        sock = socket.create_connection((smtp.host, smtp.port), seconds)
        sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # else the dot waits for an acknowledgement
    except (OSError, UnicodeError) as error:
        why = told(error) if isinstance(error, OSError) else "is no name of a machine"
        raise ServerFault("connect", f"{smtp.host}:{smtp.port}: {why}") from None
    wire = Wire(sock)
    try:
        return Line(wire, smtp, _greet(wire, smtp, seconds), time.monotonic())
    except BaseException:
        wire.close()
        raise


def _greet(wire: Wire, smtp: SmtpSettings, seconds: float) -> dict[str, str]:
    if smtp.security == "tls":
        _encrypt(wire, smtp, seconds)
    _expect(wire, "connect", None, seconds)
    offered = _hello(wire, seconds)
    if smtp.security == "starttls":
        if "STARTTLS" not in offered:
            told = "the server offers no STARTTLS; nothing is sent in the clear"
            raise ServerFault("TLS", told, permanent=True)
        _expect(wire, "TLS", "STARTTLS", seconds)
        if wire.buffer:  # said in the clear, by whomever; it must not count as said under TLS
            raise ServerFault("TLS", "the server spoke before TLS began", permanent=True)
        _encrypt(wire, smtp, seconds)
        offered = _hello(wire, seconds)
    if smtp.user:
        if smtp.security == "none":
            told = "no password is sent without TLS; leave `user` out, or set `security`"
            raise ServerFault("AUTH", told, permanent=True)
        log_in(wire, smtp, offered, seconds)
    return offered


def _hello(wire: Wire, seconds: float) -> dict[str, str]:
    """Yields what the server offers: its words by their names, in capitals."""
    text = _expect(wire, "EHLO", f"EHLO {_own_name(wire)}", seconds, lines=True)
    offered = {}
    for line in text.split("\n")[1:]:
        name, _, rest = line.partition(" ")
        offered[name.upper()] = rest.strip()
    return offered


def _own_name(wire: Wire) -> str:
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = str(wire.sock.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _expect(wire: Wire, phase: str, order: str | None, seconds: float, *, lines: bool = False) -> str:
    try:
        if order is not None:
            wire.send(f"{order}\r\n".encode(), seconds)
        reply = wire.reply(seconds, "\n" if lines else " ")
    except Broken as error:
        raise ServerFault(phase, str(error)) from None
    if reply.code // 100 != 2:
        raise ServerFault(phase, str(reply), permanent=reply.permanent)
    return reply.text


def _encrypt(wire: Wire, smtp: SmtpSettings, seconds: float) -> None:
    try:
        context = ssl.create_default_context(cafile=smtp.ca_file)
    except OSError as error:
        raise ServerFault("TLS", f"ca_file {smtp.ca_file}: {told(error)}", permanent=True) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    wire.sock.settimeout(seconds)
    try:
        wire.sock = context.wrap_socket(wire.sock, server_hostname=smtp.host)
    except ssl.SSLCertVerificationError as error:
        raise ServerFault("TLS", f"the certificate: {error.verify_message}", permanent=True) from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise ServerFault("TLS", told(error)) from None
    except ssl.SSLError as error:
        raise ServerFault("TLS", told(error), permanent=True) from None
    except OSError as error:
        raise ServerFault("TLS", told(error)) from None
