"""The body of a mail as bytes: parts, their encodings, and the slots that each recipient's mail fills.

A slot is a mark in the text, made of the issue's own hash so that no text of the issue can hold it. In the
finished bytes it stands between two soft line breaks, so that whatever fills it leaves all lines short.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence

_SOFT = b"=\r\n"
_WIDTH = 72  # letters of a link in a line; quoted-printable has 76
_SLOTS = ("to", "date", "message_id", "list_unsubscribe", "unsubscribe", "preferences", "download")


class Slots:
    """The marks of one letter."""

    def __init__(self, seed: bytes) -> None:
        """`seed` is all that the letter says."""
        self._key = hashlib.sha256(b"slots" + seed).hexdigest()[:32].upper()
        marks = "|".join(re.escape(self[name]) for name in _SLOTS)
        self._marks = re.compile(f"({marks})")
        self._found = re.compile(f"({marks})".encode())

    def __getitem__(self, name: str) -> str:
        """Yields the mark of a slot."""
        return f"SLOT-{self._key}-{_SLOTS.index(name)}"

    def split(self, content: bytes) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        """Yields what stands between the marks, one piece more than marks, and the names of the slots."""
        pieces = self._found.split(content)
        return tuple(pieces[::2]), tuple(_SLOTS[int(mark.rpartition(b"-")[2])] for mark in pieces[1::2])

    def printable(self, text: str) -> bytes:
        """Yields a text in quoted-printable with CRLF, lines of at most 76, each mark in its own line."""
        parts = self._marks.split(text)
        encoded = [_quoted(part) if index % 2 == 0 else part.encode() for index, part in enumerate(parts)]
        return _SOFT.join(encoded)


def _quoted(text: str) -> bytes:
    quoted = binascii.b2a_qp(text.encode(), istext=True, header=False)
    return quoted.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def quoted_link(link: bytes) -> bytes:
    """Yields a link in quoted-printable, in lines of at most 76."""
    width = _WIDTH if b"=" not in link else _WIDTH // 3  # each `=` is written as `=3D`
    lines = [link[at : at + width] for at in range(0, len(link), width)]
    return _SOFT.join(lines).replace(b"=", b"=3D").replace(b"=3D\r\n", _SOFT)


def text_part(kind: str, content: bytes) -> bytes:
    """Yields a part of text, `plain` or `html`, of what `printable` made."""
    head = (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    )
    return head.encode("ascii") + content


def file_part(name: str, kind: str, content: bytes) -> bytes:
    """Yields an attached file in base64. `name` is of ASCII letters, digits, `.`, `-` and `_`."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        raise ValueError(f"{name!r} is no file name that a header can hold")
    head = (
        f'Content-Type: {kind};\r\n name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment;\r\n filename="{name}"\r\n\r\n'
    )
    return head.encode("ascii") + base64.encodebytes(content).replace(b"\n", b"\r\n")


def multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    """Yields parts as one, `mixed` or `alternative`; its boundary occurs in none of them."""
    # `=_` is in no base64, and in no quoted-printable
    boundary = f"=_{kind}_{hashlib.sha256(_lengths(parts)).hexdigest()[:24]}"
    mark = f"--{boundary}".encode("ascii")
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _lengths(parts: Iterable[bytes]) -> bytes:
    """Yields what tells the parts of one mail from another's without reading a large file again."""
    return b"".join(b"%d\n" % len(part) + part[:10_000] for part in parts)
