"""Mail addresses and names as people write them → as they are kept, or what is wrong with them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from reporter.errors import Problem, SubscriberError

LONGEST = 200

# what splits a header or a line, or turns the order of letters round: never part of a name or an address
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def check_address(text: str, field: str = "email") -> str:
    """Yields a mail address as it stands on an envelope: no blanks around it, its domain in ASCII, small.

    A local part beyond ASCII stays as it is (normalised to NFC). The domain is not looked up.
    Raises SubscriberError.
    """
    text = _clean(text, field)
    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as fault:
        said = str(fault).removesuffix(".")
        raise _refused("address", f"is not a mail address ({said})", field, text) from None
    return f"{found.local_part}@{found.ascii_domain}"


def canonical(address: str) -> str:
    """Yields what two spellings of one address share: how letters are written does not tell people apart."""
    return unicodedata.normalize("NFC", address.casefold())


def check_line(text: str, field: str) -> str:
    """Yields a name, or another short text, in one line without doubled blanks; may be empty.

    Raises SubscriberError for control letters, line breaks, turned letters, and more than 200 letters.
    """
    text = unicodedata.normalize("NFC", _clean(text, field))
    if len(text) > LONGEST:
        raise _refused("too_long", f"is longer than {LONGEST} letters", field, text)
    return re.sub(r"\s+", " ", text)


def clean_ip(text: str | None) -> str | None:
    """Yields an address of the network in its usual form; None for what is none."""
    try:
        return None if text is None else str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _clean(text: str, field: str) -> str:
    if found := _CONTROL.search(text):
        message = f"holds U+{ord(found[0]):04X}, which splits or turns a line; write it without"
        raise _refused("control_letter", message, field, ascii(text)[1:-1])
    return text.strip()


def _refused(code: str, message: str, field: str, value: str) -> SubscriberError:
    return SubscriberError([Problem(code, message, field=field, value=value)])
