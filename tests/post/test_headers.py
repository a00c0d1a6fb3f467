"""Nothing that is put into a header can begin another line."""

from __future__ import annotations

import email
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import MailError
from reporter.post.headers import fixed_head, mail_address, mail_link, message_id, one_line

BREAKS = [
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
]
SPOILED = [f"a@b.c>{one}Bcc: <evil@example.net" for one in BREAKS]


@pytest.mark.parametrize("text", SPOILED, ids=ascii)
def test_a_line_break_is_refused_wherever_it_is_put(text: str) -> None:
    for check in (
        lambda: one_line(text, "the subject"),
        lambda: mail_address(text),
        lambda: mail_link(text),
        lambda: message_id(text),
    ):
        with pytest.raises(MailError):
            check()
    for title, subject, reply_to in ((text, "s", None), ("t", text, None), ("t", "s", text)):
        with pytest.raises(MailError):
            fixed_head(title, "desk@example.org", subject, "weekly", reply_to)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.c",
        "a@b@c.d",
        "a b@c.d",
        "<a@b.c>",
        "a@b.c, d@e.f",
        '"a"@b.c',
        "a@b.c;d",
        "x" * 250 + "@b.c",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    with pytest.raises(MailError):
        mail_address(address)


def test_a_domain_is_written_in_ascii_and_a_name_before_it_stays() -> None:
    assert mail_address("leser@bücher.example") == "leser@xn--bcher-kva.example"
    assert mail_address("用户@example.org") == "用户@example.org"


@given(
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=120).filter(str.strip)
)
def test_title_and_subject_come_back_as_they_were(text: str) -> None:
    """Whatever letters: each header once, lines of at most 998 octets, ASCII, and the same text when read."""
    text = " ".join(text.split())
    try:
        head = fixed_head(text, "desk@example.org", text, "weekly", None)
    except MailError:
        return  # it has a mark of direction
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(head + b"\r\n", policy=default)
    assert mail["Subject"] == text
    # the standard library keeps the space between two encoded words only where it reads addresses
    sender = str(make_header(decode_header(email.message_from_bytes(head)["From"])))
    assert parseaddr(sender) == (text, "desk@example.org") or not text.isascii()
    assert text in sender or text.isascii()
    assert mail["From"].addresses[0].addr_spec == "desk@example.org"
    assert len(mail.keys()) == len(set(mail.keys()))


def test_a_subject_too_long_for_a_mail_is_refused() -> None:
    with pytest.raises(MailError, match="401 letters"):
        fixed_head("t", "desk@example.org", "s" * 401, "weekly", None)
