"""Addresses and names: what cannot stand in a header or on an envelope never gets in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import SubscriberError
from reporter.post.addresses import canonical, check_address, check_line, clean_ip

INJECTIONS = [
    "a@b.example>\r\nRCPT TO:<evil@x.example",
    "ann@example.org\r\nBcc: evil@x.example",
    "ann@example.org\nBcc: evil@x.example",
    "ann@example.org\rBcc: evil@x.example",
    "ann@example.org\r\n",
    "\nann@example.org",
    "ann\x00@example.org",
    "ann@example.org\x00",
    "ann@example\u2028.org",
    "ann@example\u2029.org",
    "ann\x85@example.org",
    "ann\x0b@example.org",
    "ann\x0c@example.org",
    "ann\x1b[31m@example.org",
    "ann\x7f@example.org",
    "\u202egro.elpmaxe@nna",
    "ann\u202a@example.org",
    "ann\u2066@example.org",
    "ann\u2069@example.org",
    "ann\u200e@example.org",
    "ann\u200f@example.org",
    "ann\u061c@example.org",
    "\ufeffann@example.org",
    "ann\ud800@example.org",
    "ann\t@example.org",
]
ADDRESSES_ALONE = [
    "ann@example.org>",
    "<ann@example.org>",
    "Ann <ann@example.org>",
    "ann@example.org, bob@example.org",
    "ann@example.org; bob@example.org",
    "ann@example.org bob@example.org",
    '"ann\\"\r\n"@example.org',
    '"a b"@example.org',
    "ann@[192.0.2.1]",
    "ann@localhost",
    "ann@example.org SIZE=1",
    "ann(comment)@example.org",
    "ann..b@example.org",
    ".ann@example.org",
    "ann@-example.org",
    "ann@exa_mple.org",
    "@example.org",
    "ann@",
    "ann",
    "",
    "a" * 65 + "@example.org",
    "ann@" + "b" * 64 + ".org",
    "ann@xn--a.example",
]


@pytest.mark.parametrize("text", [*INJECTIONS, *ADDRESSES_ALONE], ids=ascii)
def test_what_is_no_plain_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SubscriberError) as caught:
        check_address(text)
    said = str(caught.value)
    assert said.isprintable()
    assert caught.value.problems[0].field == "email"


@pytest.mark.parametrize("text", [*INJECTIONS], ids=ascii)
def test_the_same_letters_are_refused_in_a_name(text: str) -> None:
    with pytest.raises(SubscriberError, match="control_letter"):
        check_line(text, "name")


@given(st.text(max_size=60))
def test_whatever_is_written_an_accepted_name_is_one_printable_line(text: str) -> None:
    try:
        name = check_line(text, "name")
    except SubscriberError:
        return
    assert len(name.splitlines()) <= 1
    assert check_line(name, "name") == name


@given(st.text(max_size=60) | st.text("ab@.<> \r\n\0'\"", max_size=20))
def test_whatever_is_written_an_accepted_address_has_one_at_and_no_blank(text: str) -> None:
    try:
        address = check_address(text)
    except SubscriberError:
        return
    assert address.count("@") == 1
    assert not set(address) & set(' \t\r\n\0<>,;:()[]"\\')
    assert check_address(address) == address


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" ann@example.org ", "ann@example.org"),
        ("Ann.Smith@EXAMPLE.org", "Ann.Smith@example.org"),
        ("ann+list@example.org", "ann+list@example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("张@例子.中国", "张@xn--fsqu00a.xn--fiqs8s"),
        ("zoe\u0308@example.org", "zoë@example.org"),
    ],
)
def test_an_address_is_kept_as_it_stands_on_an_envelope(written: str, kept: str) -> None:
    assert check_address(written) == kept


def test_spellings_of_one_address_are_one() -> None:
    spellings = ("ann@bücher.example", "ANN@Bücher.Example", "Ann@xn--BCHER-kva.example")
    assert len({canonical(check_address(one)) for one in spellings}) == 1
    assert canonical(check_address("ann+a@example.org")) != canonical(check_address("ann@example.org"))


@pytest.mark.parametrize("name", ["张伟", "Zoë O’Neil-Smith", "علی‌رضا", "Smith, Ann (Desk)", ""])
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert check_line(name, "name") == name


def test_a_name_is_one_line_without_doubled_blanks_of_at_most_200_letters() -> None:
    assert check_line("  Ann   Smith ", "name") == "Ann Smith"
    assert check_line("A" * 200, "name") == "A" * 200
    with pytest.raises(SubscriberError, match="longer than 200"):
        check_line("A" * 201, "name")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("192.0.2.7", "192.0.2.7"), ("2001:DB8::1", "2001:db8::1"), ("x\r\n", None), ("", None), (None, None)],
)
def test_only_an_address_of_the_network_is_kept_as_one(text: str | None, kept: str | None) -> None:
    assert clean_ip(text) == kept
