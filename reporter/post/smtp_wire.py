"""The socket under SMTP: lines in, bytes out, each in its time; and whether the other side is there."""

from __future__ import annotations

import socket
import ssl
import sys
import time
from dataclasses import dataclass, field

from reporter.post.smtp_faults import Reply

_LONGEST_LINE, _MOST_LINES = 4096, 128
_PIECE = 1 << 18
_NOT_YET_SENT = 0x894B  # Linux's SIOCOUTQNSD; what is on its way, unacknowledged, does not count


class Broken(Exception):  # noqa: N818 - the caller tells the phase
    """The connection is gone, silent for too long, or says what is not SMTP."""


@dataclass
class Wire:
    """A connected socket; every OSError of it becomes Broken."""

    sock: socket.socket
    buffer: bytearray = field(default_factory=bytearray)

    def send(self, data: bytes, seconds: float, in_all: float | None = None) -> None:
        """Sends everything: each piece within `seconds`, and all `in_all` seconds."""
        end = time.monotonic() + (in_all or seconds)
        view = memoryview(data)
        try:
            for start in range(0, len(view), _PIECE):
                if time.monotonic() > end:
                    raise Broken("the server took the mail too slowly")
                self.sock.settimeout(seconds)
                self.sock.sendall(view[start : start + _PIECE])
        except OSError as error:
            raise Broken(told(error)) from None

    def reply(self, seconds: float, between: str = " ") -> Reply:
        """Yields the next answer, whole, within `seconds`; `between` its lines."""
        end, texts = time.monotonic() + seconds, []
        for _ in range(_MOST_LINES):
            line = self._line(end)
            code, more, text = line[:3], line[3:4], line[4:]
            if not (code.isdigit() and code[:1] in b"2345" and more in (b" ", b"-", b"")):
                raise Broken(f"the server said {shown(line)}, which is no answer of SMTP")
            texts.append(shown(text))
            if more != b"-":
                return Reply(int(code), between.join(texts))
        raise Broken("the server's answer has no end")

    def _line(self, end: float) -> bytes:
        while (stop := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > _LONGEST_LINE:
                raise Broken("the server's line has no end")
            left = end - time.monotonic()
            if left <= 0:
                raise Broken("the server did not answer in time")
            try:
                self.sock.settimeout(left)
                data = self.sock.recv(4096)
            except OSError as error:
                raise Broken(told(error)) from None
            if not data:
                raise Broken("the server closed the connection")
            self.buffer += data
        line = bytes(self.buffer[:stop]).rstrip(b"\r")
        del self.buffer[: stop + 1]
        return line

    def check_silent(self) -> None:
        """Raises Broken where the server is gone or speaks though it is not its turn."""
        try:
            self.sock.settimeout(0)
            data = self.sock.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            data = None
        except OSError as error:
            raise Broken(told(error)) from None
        if data == b"":
            raise Broken("the server closed the connection")
        if self.buffer or data:
            words = bytes(self.buffer) + (data or b"")
            raise Broken(f"the server broke in: {shown(words)}")

    def drain(self, seconds: float) -> None:
        """Waits until the other machine had room for all that was sent, as far as this system tells.

        What only stands in this machine's buffers is lost with the connection, and one would not know it.
        """
        end, pause = time.monotonic() + seconds, 0.0002
        while self._unsent():
            self.check_silent()
            if time.monotonic() > end:
                raise Broken("the server took the mail too slowly")
            time.sleep(pause)
            pause = min(0.01, pause * 2)

    def _unsent(self) -> int:
        if not sys.platform.startswith("linux"):
            return 0
        import fcntl
        import struct

        answer = fcntl.ioctl(self.sock.fileno(), _NOT_YET_SENT, b"\0" * 4)
        return int(struct.unpack("i", answer)[0])

    def close(self) -> None:
        """Closes the socket, whatever its state."""
        self.sock.close()


def told(error: OSError) -> str:
    """Yields an error of a socket in a few words."""
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    return str(error.strerror or error)


def shown(line: bytes) -> str:
    """Yields what a server said as printable text of a bearable length."""
    text = line.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:500].strip()
