"""Signs a mail, so that its receiver can tell that it is the desk's and unchanged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dkim

from reporter.errors import Problem, SettingsError
from reporter.post_settings import DkimSettings

SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
    *("Reply-To", "MIME-Version", "Content-Type"),
)
_RELAXED = (b"relaxed", b"relaxed")


def dkim_signer(settings: DkimSettings) -> Callable[[bytes], bytes]:
    """Yields what puts a DKIM-Signature before a mail.

    SettingsError where the key file cannot be read or holds no private RSA key in PEM.
    """
    path, key = settings.key_file, b""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from None
    selector, domain = settings.selector.encode("ascii"), settings.domain.encode("idna")
    names = [name.lower().encode("ascii") for name in SIGNED]
    lowered = tuple(name + b":" for name in names)

    def sign(mail: bytes) -> bytes:
        head = mail.partition(b"\r\n\r\n")[0].lower()
        there = [
            name for name, start in zip(names, lowered, strict=True) if b"\r\n" + start in b"\r\n" + head
        ]
        signed: Any = dkim.sign(mail, selector, domain, key, canonicalize=_RELAXED, include_headers=there)
        return bytes(signed) + mail

    try:
        sign(b"From: a@example.org\r\n\r\n\r\n")
    except (dkim.DKIMException, ValueError, IndexError) as error:
        raise _refused(path, f"holds no private RSA key in PEM ({error})") from None
    return sign


def _refused(path: Path, why: str) -> SettingsError:
    message = f"{why}; make one with `openssl genrsa -traditional -out {path.name} 2048`"
    return SettingsError([Problem("dkim", message, str(path), field="smtp.dkim.key_file")])
