"""The head of a mail: each header once, in ASCII, and nothing in it that begins another line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.header import Header
from email.utils import quote

import idna

from reporter.errors import MailError

# C0, DEL, C1 (with NEL), the line and paragraph separators, and what turns the direction of a text
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"""[^\s<>()\[\]:;,\\"@]+@[^\s<>()\[\]:;,\\"@]+""")
_LINK = re.compile(r"[!#-%(-;=?-~]+")  # nothing that HTML or a header would read as its own
_MESSAGE_ID = re.compile(r"[!-;=?A-Z\[-~]+@[!-;=?A-Z\[-~]+")
_LONGEST = 900  # octets of a value that stands in a line of its own, of the 998 that a line may have
_LONGEST_SUBJECT = 400  # letters


def one_line(text: str, what: str) -> str:
    """Yields `text`; MailError where it has a line break, another control or a mark of direction."""
    if found := _UNSAFE.search(text):
        raise MailError(f"{what} has the control character U+{ord(found[0]):04X}; a mail cannot carry it")
    return text


def mail_address(address: str, what: str = "the address") -> str:
    """Yields an address as it stands in a header: one line, one `@`, its domain in ASCII; else MailError."""
    if _UNSAFE.search(address) or not _ADDRESS.fullmatch(address) or _is_too_long(address):
        raise MailError(f"{what} {address!r} is not an address that a mail can carry")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        raise MailError(f"{what} {address!r} has no domain that can be written in ASCII") from None


def _is_too_long(address: str) -> bool:
    return len(address.encode()) > 254 or len(address.rpartition("@")[0].encode()) > 64


def mail_link(link: str) -> bytes:
    """Yields a link as it stands in a mail; MailError where it is not one word of plain ASCII."""
    if not _LINK.fullmatch(link) or len(link) > _LONGEST:
        raise MailError(f"the link {link!r} is not one word of ASCII, at most {_LONGEST} letters")
    return link.encode("ascii")


def message_id(text: str) -> bytes:
    """Yields `<…@…>` of a Message-ID with or without its brackets; MailError where it is none."""
    bare = text.removeprefix("<").removesuffix(">")
    if not _MESSAGE_ID.fullmatch(bare) or len(bare) > _LONGEST:
        raise MailError(f"the Message-ID {text!r} is none")
    return f"<{bare}>".encode("ascii")


def fixed_head(title: str, sender: str, subject: str, edition: str, reply_to: str | None) -> bytes:
    """Yields the headers that are the same in every mail of an issue, each ended by CRLF.

    `title` is the sender's and the list's name. Raises MailError for a line break or control in any of them.
    """
    address = mail_address(sender, "smtp.sender")
    if len(subject) > _LONGEST_SUBJECT:
        raise MailError(f"the subject has {len(subject)} letters; at most {_LONGEST_SUBJECT} go into a mail")
    name = _phrase(one_line(title, "the edition's title"))
    headers = {"From": f"{name} <{address}>"}
    if reply_to:
        headers["Reply-To"] = mail_address(reply_to, "deliver.reply_to")
    headers |= {
        "Subject": _encoded(one_line(subject, "the subject"), "Subject"),
        "List-Id": f"{name} <{edition}.{address.rpartition('@')[2]}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    return joined({header: value.encode("utf-8") for header, value in headers.items()})


def _encoded(text: str, header: str = "From") -> str:
    """Yields a text for a header, folded, in encoded words where it is not ASCII."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header).encode(linesep="\r\n")


def _phrase(text: str) -> str:
    """Yields a name that stands before an address: quoted, or in encoded words where it is not ASCII."""
    return f'"{quote(text)}"' if text.isascii() else _encoded(text)


def joined(headers: Mapping[str, bytes]) -> bytes:
    """Yields headers, each in a line."""
    return b"".join(name.encode("ascii") + b": " + value + b"\r\n" for name, value in headers.items())
