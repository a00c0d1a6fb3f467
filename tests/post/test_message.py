"""One issue, one mail: what it holds, in which shape, and how quickly it is completed for a reader."""

from __future__ import annotations

import email
import re
import time
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from reporter.errors import MailError, SettingsError, UsageError
from reporter.post.issues import Links
from reporter.post.message import Letter, compose
from tests.bulletin import sample
from tests.post.mails import LINKS, PDF, envelope, letter, published, settings

HEADERS = [
    *("To", "Date", "Message-ID", "List-Unsubscribe", "From", "Subject", "List-Id"),
    *("List-Unsubscribe-Post", "Auto-Submitted", "MIME-Version", "Content-Type"),
]


def parsed(one: Letter, links: Links = LINKS) -> EmailMessage:
    mail = cast(EmailMessage, email.message_from_bytes(one.mail(envelope(), links), policy=default))
    assert not any(part.defects for part in mail.walk())
    return mail


def content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_mail_is_text_html_and_the_pdf_byte_for_byte(tmp_path: Path, code: str) -> None:
    mail = parsed(letter(tmp_path, code))
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    (pdf,) = mail.iter_attachments()
    assert pdf.get_content() == PDF
    assert pdf.get_filename() == f"solid-state-weekly-2025-W49.{code}.pdf"


def test_each_header_stands_once_and_says_what_it_must(tmp_path: Path) -> None:
    mail = parsed(letter(tmp_path))
    assert mail.keys() == HEADERS
    assert mail["To"] == "reader@example.com"
    assert mail["Message-ID"] == "<20251208.1@example.org>"
    assert mail["Date"] == "Mon, 08 Dec 2025 01:30:00 +0000"
    assert mail["List-Unsubscribe"] == f"<{LINKS.unsubscribe}>, <{LINKS.unsubscribe_mail}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Subject"].startswith("Solid-State Battery Weekly 2025-W49: Wuhai semi-solid")


@pytest.mark.parametrize("format", ["pdf", "link"])
@pytest.mark.parametrize("code", ["en", "zh"])
def test_lines_are_short_and_end_by_crlf(tmp_path: Path, code: str, format: str) -> None:
    long = "https://desk.example.org/" + "unsubscribe/=token=" * 40
    links = Links(long, LINKS.unsubscribe_mail, long, long)
    raw = compose(published(tmp_path), code, format, settings(tmp_path)).mail(envelope(), links)  # type: ignore[arg-type]
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    mail = cast(EmailMessage, email.message_from_bytes(raw, policy=default))
    for kind in ("plain", "html"):
        assert long in content(mail, kind)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_text_and_html_say_the_same(tmp_path: Path, code: str) -> None:
    """Every highlight and price, the reason for the mail, the contact and all links are in both parts."""
    mail = parsed(compose(published(tmp_path), code, "link", settings(tmp_path)))
    text = content(mail, "plain")
    html = re.sub(r"<[^>]+>", " ", content(mail, "html").partition("<body")[2])
    words = set(re.findall(r"\w{2,}", text)) - set(
        re.findall(r"\w+", " ".join((LINKS.unsubscribe, LINKS.preferences, LINKS.download)))
    )
    assert {word.lower() for word in words} <= {word.lower() for word in re.findall(r"\w{2,}", html)}
    for link in (LINKS.unsubscribe, LINKS.preferences, LINKS.download):
        assert link in text
        assert f'href="{link}"' in content(mail, "html")
    for figure in ("2,050", "145", "93,300", "90,850", "desk@example.org"):
        assert figure in text
        assert figure in html


def test_nothing_is_loaded_and_mail_programs_do_not_cut_it_short(tmp_path: Path) -> None:
    """The largest issue's HTML stays below 100 kB; no image, script, font or style comes from elsewhere."""
    issue = published(tmp_path, sample.large())
    for code in ("en", "zh"):
        html = content(parsed(compose(issue, code, "link", settings(tmp_path))), "html")
        assert len(html.encode()) < 100_000
        assert not re.search(r"<img|<script|<link|src=|url\(|@import|@font-face", html)
        assert set(re.findall(r'href="([^"]*)"', html)) <= {
            LINKS.unsubscribe,
            LINKS.preferences,
            LINKS.download,
        }
        assert "prefers-color-scheme: dark" in html
        assert '<meta name="color-scheme" content="light dark">' in html


def test_chinese_words_stand_in_no_face_without_chinese_letters(tmp_path: Path) -> None:
    """Title, headline and standfirst have the serif face in English, and the face of the text in Chinese."""
    issue = published(tmp_path)
    for code, number in (("en", 3), ("zh", 0)):
        page = content(parsed(compose(issue, code, "link", settings(tmp_path))), "html")
        assert len(re.findall("<(?:h1|h2|p) [^>]*Georgia", page)) == number


def test_words_of_the_records_are_escaped(tmp_path: Path) -> None:
    issue = sample.w49()
    first = replace(issue.stories[0].head, headline='<script>alert("1")</script> & more')
    stories = (replace(issue.stories[0], head=first, rows=(first,)), *issue.stories[1:])
    mail = parsed(
        compose(published(tmp_path, replace(issue, stories=stories)), "en", "link", settings(tmp_path))
    )
    assert "<script>" not in content(mail, "html")
    assert '<script>alert("1")</script> & more' in content(mail, "plain")
    assert mail["Subject"].count("<script>") == 1


def test_a_link_stands_in_where_the_pdf_is_not_wanted_or_too_large(tmp_path: Path) -> None:
    issue = published(tmp_path)
    for format, deliver in (("link", {}), ("pdf", {"size_limit_mb": 0.3}), ("pdf", {"attach": False})):
        one = compose(issue, "en", format, settings(tmp_path, **deliver))  # type: ignore[arg-type]
        assert not one.attached
        assert not list(parsed(one).iter_attachments())
        assert LINKS.download in content(parsed(one), "plain")
        assert "works for 60 days" in content(parsed(one), "plain")
    with_pdf = compose(issue, "en", "pdf", settings(tmp_path, size_limit_mb=0.5))
    assert with_pdf.attached
    assert LINKS.download not in content(parsed(with_pdf), "html")
    assert len(with_pdf.mail(envelope(), LINKS)) <= with_pdf.size <= 500_000


@pytest.mark.parametrize(("code", "begin"), [("en", "Correction, version 2: "), ("zh", "更正（第2版）：")])
def test_a_later_version_says_so_in_the_subject_and_at_the_top(tmp_path: Path, code: str, begin: str) -> None:
    issue = sample.w49()
    published(tmp_path, issue)
    prices = (replace(issue.prices[0], value=sample.D(2100)), *issue.prices[1:])
    second = published(tmp_path, replace(issue, prices=prices), reason="A price was entered wrongly")
    mail = parsed(compose(second, code, "link", settings(tmp_path)))
    assert mail["Subject"].startswith(begin)
    for kind in ("plain", "html"):
        told = content(mail, kind)
        places = [told.index(words) for words in ("A price was entered wrongly", "2,050", "Wuhai", "SMM")]
        assert places == sorted(places)


def test_a_long_headline_is_cut_short_in_the_subject_alone(tmp_path: Path) -> None:
    issue = sample.w49()
    first = replace(issue.stories[0].head, headline="A long headline " * 40)
    stories = (replace(issue.stories[0], head=first, rows=(first,)), *issue.stories[1:])
    mail = parsed(
        compose(published(tmp_path, replace(issue, stories=stories)), "en", "link", settings(tmp_path))
    )
    assert mail["Subject"].endswith("A lon…")
    assert len(mail["Subject"]) < 200
    assert ("A long headline " * 40).strip() in content(mail, "plain")


def test_a_proof_says_so(tmp_path: Path) -> None:
    mail = parsed(letter(tmp_path, proof=True))
    assert mail["Subject"].startswith("Proof: ")
    assert content(mail, "plain").startswith("A proof for the desk")
    assert "A proof for the desk" in content(mail, "html")


def test_the_edition_may_have_a_subject_and_a_reply_address_of_its_own(tmp_path: Path) -> None:
    mail = parsed(letter(tmp_path, subject={"en": "{week}: {headline}"}, reply_to="desk2@example.org"))
    assert mail["Subject"].startswith("2025-W49: Wuhai")
    assert mail["Reply-To"] == "desk2@example.org"


def test_a_place_that_nothing_fills_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"schedule.yaml:\d+: .*deliver.subject '\{wek\}'"):
        letter(tmp_path, subject={"en": "{edition} {wek}"})


def test_a_subject_of_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MailError, match="the subject has the control character U\\+000A"):
        letter(tmp_path, subject={"en": "{edition}\nBcc: evil@example.net"})


def test_a_language_that_the_issue_has_not_and_a_desk_without_a_server_are_told(tmp_path: Path) -> None:
    issue = published(tmp_path, languages=["en"])
    with pytest.raises(UsageError, match="is not in 'zh'"):
        compose(issue, "zh", "pdf", settings(tmp_path))
    with pytest.raises(SettingsError, match="mails need a server"):
        compose(issue, "en", "pdf", settings(tmp_path).model_copy(update={"smtp": None}))


def test_only_recipient_and_links_differ_between_mails(tmp_path: Path) -> None:
    """No name is in a mail, and what is put in cannot add a line."""
    one = letter(tmp_path)
    first, second = (
        one.mail(envelope(), LINKS),
        one.mail(envelope("zoe@example.net", "<2@example.org>"), LINKS),
    )
    assert b"Ada Reader" not in first
    assert first != second
    back = second.replace(b"zoe@example.net", b"reader@example.com").replace(b"<2@", b"<20251208.1@")
    assert back == first
    assert one.mail(envelope(), LINKS) == first
    for spoiled in (envelope("a@b.c\r\nBcc: evil@example.net"), envelope(message_id="<a@b>\r\nX: y")):
        with pytest.raises(MailError):
            one.mail(spoiled, LINKS)
    for link in (
        'https://x.example/"onclick=',
        "https://x.example/\r\nX:y",
        "https://x.example/a b",
        "https://x/<b>",
    ):
        with pytest.raises(MailError):
            one.mail(envelope(), replace(LINKS, preferences=link))


def test_an_address_with_a_name_beyond_ascii_is_written_as_it_is(tmp_path: Path) -> None:
    raw = letter(tmp_path).mail(envelope("用户@bücher.example"), LINKS)
    assert "To: 用户@xn--bcher-kva.example\r\n".encode() in raw


def test_a_mark_of_a_slot_in_a_text_is_only_text(tmp_path: Path) -> None:
    """Nobody can have a link put where a record's words stand: the marks are made of the issue's own hash."""
    issue, known = sample.w49(), compose(published(tmp_path / "a"), "en", "link", settings(tmp_path))
    first = replace(issue.stories[0].head, headline="SLOT-0123456789ABCDEF0123456789ABCDEF-4")
    stories = (replace(issue.stories[0], head=first, rows=(first,)), *issue.stories[1:])
    spoiled = compose(
        published(tmp_path / "b", replace(issue, stories=stories)), "en", "link", settings(tmp_path)
    )
    assert spoiled.slots == known.slots


def test_a_mail_is_completed_without_encoding_anything_again(tmp_path: Path) -> None:
    """Completing a mail of 420 kB is far quicker than composing it."""
    one, mail = letter(tmp_path), envelope()
    best = min(_seconds(lambda: one.mail(mail, LINKS)) for _ in range(5))
    encoded = min(_seconds(lambda: compose_again(tmp_path)) for _ in range(2))
    assert best * 20 < encoded


def compose_again(home: Path) -> Letter:
    from reporter.post.issues import read_issue

    return compose(read_issue(home / "output", "solid-state-weekly", "2025-W49"), "en", "pdf", settings(home))


def _seconds(do: object) -> float:
    begun = time.perf_counter()
    for _ in range(20):
        do()  # type: ignore[operator]
    return time.perf_counter() - begun
