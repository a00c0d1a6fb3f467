"""What a reader can do on the public pages, and what nobody can."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from reporter.errors import MachineError, SettingsError
from reporter.journal import write_log
from reporter.post.web.app import COUNTERS
from reporter.post.web.form_reader import LARGEST
from reporter.post.web.reception import CONFIRM_AGE, FORM_AGE, Reception
from tests.post.web.hall import EDITION, OTHER, READER, Hall, hall, issue_in, path_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def unsubscribe_path(lobby: Hall, public: str, edition: str = EDITION) -> str:
    return f"/unsubscribe/{lobby.desk.signer.sign('unsubscribe', edition, public)}"


def preferences_path(lobby: Hall, public: str) -> str:
    return f"/preferences/{lobby.desk.signer.sign('preferences', public)}"


# ── subscribe and confirm ──


def test_who_subscribes_receives_nothing_before_they_confirm(lobby: Hall) -> None:
    assert lobby.ask().status_code == 200
    assert lobby.state() == "pending"
    assert lobby.people.recipients(EDITION) == []
    lobby.press(lobby.link())
    assert lobby.state() == "active"


def test_opening_the_link_of_the_mail_confirms_nothing(lobby: Hall) -> None:
    lobby.ask()
    assert lobby.client.get(lobby.link()).status_code == 200
    assert lobby.state() == "pending"


def test_one_confirmation_is_for_all_bulletins_that_were_asked_for(lobby: Hall) -> None:
    lobby.subscribed(EDITION, OTHER)
    assert (lobby.state(), lobby.state(OTHER)) == ("active", "active")
    assert len(lobby.sent) == 1


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(lobby: Hall) -> None:
    def seen(answer: Any) -> tuple[int, str, list[str]]:
        return answer.status_code, answer.text, sorted(answer.headers)

    unknown = seen(lobby.ask())
    lobby.press(lobby.link())
    assert lobby.state() == "active"
    assert seen(lobby.ask()) == unknown


def test_who_is_subscribed_already_gets_the_link_to_their_choices(lobby: Hall) -> None:
    public = lobby.subscribed()
    lobby.ask()
    assert lobby.link() == f"{preferences_path(lobby, public)}?lang=en"
    assert lobby.state() == "active"


def test_the_consent_says_when_from_where_and_to_which_words(lobby: Hall) -> None:
    lobby.subscribed()
    person = lobby.people.by_email(READER)
    assert person is not None
    first = person.editions[EDITION].history[0]
    assert (first.step, first.source, first.at) == ("requested", "form", lobby.clock.now())
    assert re.fullmatch(r"subscribe-en-[0-9a-f]{12}", first.wording)


def test_the_mail_to_confirm_is_in_the_language_that_was_chosen(lobby: Hall) -> None:
    lobby.ask(language="zh")
    assert lobby.sent[0]["Subject"] == "请确认订阅：市场周报"
    assert lobby.link().endswith("?lang=zh")
    assert lobby.sent[0]["Auto-Submitted"] == "auto-generated"


def test_one_address_is_mailed_three_times_a_day_at_most(lobby: Hall) -> None:
    """Whoever asks in another's name cannot fill their mailbox; how letters are written counts as the same."""
    for email in (READER, "ANN@example.org", READER, "Ann@Example.org", READER):
        assert lobby.ask(email).status_code == 200
    assert len(lobby.sent) == 3
    lobby.clock.advance(timedelta(days=1))
    lobby.ask()
    assert len(lobby.sent) == 4


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "nobody"}, "This is no mail address"),
        ({"email": ""}, "This is no mail address"),
        ({"email": "a@b.c>\r\nRCPT TO:<evil@x.org"}, "This is no mail address"),
        ({"name": "Ann\r\nBcc: evil@example.org"}, "holds letters that cannot be printed"),
        ({"name": "x" * 201}, "The name is too long"),
        ({"edition": []}, "Choose at least one bulletin"),
        ({"edition": ["nowhere"]}, "Choose at least one bulletin"),
        ({"language": "xx"}, "Nothing has changed"),
        ({"format": "fax"}, "Nothing has changed"),
        ({"form": "forged"}, "Nothing has changed"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_is_sent(
    lobby: Hall, fields: dict[str, Any], told: str
) -> None:
    answer = lobby.ask(**fields)
    assert answer.status_code == 400
    assert told in answer.text
    assert lobby.sent == []
    assert lobby.people.everyone() == []


def test_what_was_typed_is_kept_and_never_becomes_part_of_the_page(lobby: Hall) -> None:
    answer = lobby.ask('"><script>alert(1)</script>@x', name="Ann & Co")
    assert "<script>" not in answer.text
    assert 'value="Ann &amp; Co"' in answer.text


def test_a_mail_server_that_fails_changes_nothing_on_the_page_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(mail: EmailMessage) -> None:
        raise MachineError(f"no way to {mail['To']}")

    lobby = hall(tmp_path)
    object.__setattr__(lobby.desk, "send_mail", broken)
    assert lobby.ask().status_code == 200
    assert "subscription failed" in caplog.messages
    assert READER not in caplog.text


def test_without_a_mail_server_nobody_can_subscribe(lobby: Hall) -> None:
    object.__setattr__(lobby.desk, "send_mail", None)
    assert lobby.client.get("/subscribe").status_code == 404


def test_a_confirmation_holds_for_a_week(lobby: Hall) -> None:
    lobby.ask()
    path = lobby.link()
    lobby.clock.advance(CONFIRM_AGE)
    assert lobby.client.get(path).status_code == 200
    lobby.clock.advance(timedelta(seconds=1))
    answer = lobby.client.get(path)
    assert (answer.status_code, "This link has expired" in answer.text) == (410, True)


def test_an_old_confirmation_does_not_undo_an_unsubscription(lobby: Hall) -> None:
    public = lobby.subscribed()
    lobby.people.unsubscribe(public, None, lobby.clock.now())
    assert lobby.press(lobby.link()).status_code == 404
    assert lobby.state() == "unsubscribed"


# ── unsubscribe ──


def test_looking_at_the_page_unsubscribes_nobody(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    assert "Press the button" in lobby.client.get(path).text
    lobby.client.head(path)
    assert lobby.state() == "active"


def test_one_click_unsubscribes_without_cookie_form_or_redirect_and_twice_is_the_same(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    for _ in range(2):
        answer = lobby.client.post(path, data=ONE_CLICK, follow_redirects=False)
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert lobby.state() == "unsubscribed"


def test_one_click_may_be_sent_in_parts(lobby: Hall) -> None:
    """RFC 8058 wants multipart/form-data understood, too; mail programs come from elsewhere."""
    path = unsubscribe_path(lobby, lobby.subscribed())
    parts = {"List-Unsubscribe": (None, "One-Click")}
    answer = lobby.client.post(path, files=parts, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, lobby.state()) == (200, "unsubscribed")


def test_one_click_is_for_the_bulletin_of_the_mail_alone(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed(EDITION, OTHER))
    lobby.client.post(path, data=ONE_CLICK)
    assert (lobby.state(), lobby.state(OTHER)) == ("unsubscribed", "active")


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "one-click"}, {"List-Unsubscribe": "Two"}, {"form": "forged"}]
)
def test_a_post_that_is_neither_one_click_nor_the_button_changes_nothing(
    lobby: Hall, body: dict[str, str]
) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    assert lobby.client.post(path, data=body).status_code == 400
    assert lobby.state() == "active"


def test_the_button_unsubscribes_and_the_next_one_takes_it_back(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    answer = lobby.press(path)
    assert (answer.status_code, lobby.state()) == (200, "unsubscribed")
    answer = lobby.press(path, do="resubscribe")
    assert (answer.status_code, lobby.state()) == (200, "active")


def test_a_form_of_another_site_does_nothing(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    data = {"form": lobby.form_of(path)}
    answer = lobby.client.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, lobby.state()) == (400, "active")


def test_a_form_of_another_page_does_nothing(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    assert lobby.client.post(path, data={"form": lobby.form_of("/subscribe")}).status_code == 400
    assert lobby.state() == "active"


def test_a_page_that_was_open_too_long_asks_again(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    old = lobby.form_of(path)
    lobby.clock.advance(FORM_AGE + timedelta(seconds=1))
    answer = lobby.client.post(path, data={"form": old})
    assert (answer.status_code, lobby.state()) == (400, "active")
    assert "press the button once more" in answer.text


def test_an_erased_reader_can_still_unsubscribe_as_often_as_they_like(lobby: Hall) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    lobby.people.erase(READER, lobby.clock.now())
    assert lobby.client.post(path, data=ONE_CLICK).status_code == 200
    assert lobby.press(path, do="resubscribe").status_code == 409


# ── preferences ──


def test_preferences_change_language_format_and_bulletins(lobby: Hall) -> None:
    path = preferences_path(lobby, lobby.subscribed())
    lobby.press(path, language="zh", format="link", edition=[OTHER], do="save")
    person = lobby.people.by_email(READER)
    assert person is not None
    assert (person.language, person.format) == ("zh", "link")
    assert (lobby.state(), lobby.state(OTHER)) == ("unsubscribed", "active")


def test_one_button_stops_everything(lobby: Hall) -> None:
    path = preferences_path(lobby, lobby.subscribed(EDITION, OTHER))
    answer = lobby.press(path, language="en", format="pdf", do="stop")
    assert (lobby.state(), lobby.state(OTHER)) == ("unsubscribed", "unsubscribed")
    assert "No bulletin is sent to you any more" in answer.text


@pytest.mark.parametrize(
    "fields", [{"language": "xx"}, {"format": "fax"}, {"edition": ["nowhere"]}, {"form": "forged"}]
)
def test_wrong_preferences_change_nothing(lobby: Hall, fields: dict[str, Any]) -> None:
    path = preferences_path(lobby, lobby.subscribed())
    right = {"language": "zh", "format": "link", "edition": [OTHER]}
    assert lobby.press(path, **right | fields).status_code == 400
    person = lobby.people.by_email(READER)
    assert person is not None
    assert (person.language, person.format, lobby.state()) == ("en", "pdf", "active")


def test_preferences_show_the_address_to_its_owner_only(lobby: Hall) -> None:
    """A mail is forwarded with its links."""
    text = lobby.client.get(preferences_path(lobby, lobby.subscribed())).text
    assert READER not in text
    assert "a…@example.org" in text


# ── links ──


def test_whatever_opens_every_link_of_a_mail_changes_nothing(lobby: Hall) -> None:
    public = lobby.subscribed()
    links = lobby.mail_links(public, issue_in(lobby.home))
    before = lobby.people.by_email(READER)
    for link in (links.unsubscribe, links.preferences, links.download, f"https://x{lobby.link()}"):
        for ask in (lobby.client.get, lobby.client.head):
            assert ask(path_of(link)).status_code == 200
    assert lobby.people.by_email(READER) == before


@pytest.mark.parametrize("page", ["confirm", "preferences", "unsubscribe", "issues"])
def test_a_forged_token_gets_one_page_that_says_nothing(lobby: Hall, page: str) -> None:
    public = lobby.subscribed()
    good = lobby.desk.signer.sign("unsubscribe", EDITION, public)
    other = lobby.desk.signer.sign("bounce", "token")
    end = ".pdf" if page == "issues" else ""
    tokens = ["x", "a.b", good + "x", good[:-1], other, "%00", "%F0%9F%98%80", "x" * 3000]
    answers = [lobby.client.get(f"/{page}/{token}{end}") for token in tokens]
    answers += [lobby.client.post(f"/{page}/{other}", data=ONE_CLICK)] if not end else []
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert lobby.state() == "active"


def test_a_token_of_one_purpose_opens_no_other_page(lobby: Hall) -> None:
    public = lobby.subscribed()
    for purpose, *parts in (
        ("unsubscribe", EDITION, public), ("preferences", public), ("confirm", public, EDITION),
        ("download", EDITION, "2025-W49", "1", "en"),
    ):  # fmt: skip
        token = lobby.desk.signer.sign(purpose, *parts, now=lobby.clock.now())
        for counter in COUNTERS:
            if counter.purpose not in (None, purpose):
                path = counter.path.replace("{token}", token)
                assert lobby.client.get(path).status_code == 404, (purpose, path)


# ── download ──


def test_the_link_gives_out_the_published_pdf_as_it_is(lobby: Hall) -> None:
    issue = issue_in(lobby.home)
    answer = lobby.client.get(path_of(lobby.mail_links("p", issue).download))
    name = f"{EDITION}-2025-W49.en.pdf"
    assert answer.content == (issue.folder / name).read_bytes()
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{name}"'
    assert answer.headers["cache-control"] == "no-store"


def test_a_corrected_issue_leaves_the_link_of_the_first_as_it_was(lobby: Hall) -> None:
    first = issue_in(lobby.home)
    path = path_of(lobby.mail_links("p", first).download)
    before = lobby.client.get(path).content
    issue_in(lobby.home, reason="a price was wrong")
    assert lobby.client.get(path).content == before


def test_a_withdrawn_issue_is_no_longer_given_out(lobby: Hall) -> None:
    issue = issue_in(lobby.home)
    path = path_of(lobby.mail_links("p", issue).download)
    file = issue.folder / "manifest.json"
    mark = {"withdrawn": {"at": "2025-12-09T10:00:00+08:00", "reason": "wrong"}}
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | mark), "utf-8")
    answer = lobby.client.get(path)
    assert (answer.status_code, "This issue was withdrawn" in answer.text) == (410, True)


def test_a_download_ends_when_the_settings_say(lobby: Hall) -> None:
    path = path_of(lobby.mail_links("p", issue_in(lobby.home)).download)
    lobby.clock.advance(timedelta(days=60))
    assert lobby.client.get(path).status_code == 200
    lobby.clock.advance(timedelta(seconds=1))
    assert lobby.client.get(path).status_code == 410


@pytest.mark.parametrize(
    "parts",
    [
        (EDITION, "2025-W49", "2", "en"), (EDITION, "2025-W48", "1", "en"), (EDITION, "2025-W49", "1", "xx"),
        (OTHER, "2025-W49", "1", "en"), ("gone", "2025-W49", "1", "en"),
    ],
)  # fmt: skip
def test_a_link_to_what_there_is_not_ends_as_a_page(lobby: Hall, parts: tuple[str, ...]) -> None:
    issue_in(lobby.home)
    token = lobby.desk.signer.sign("download", *parts, now=lobby.clock.now())
    assert lobby.client.get(f"/issues/{token}.pdf").status_code == 404


def test_a_damaged_file_is_not_given_out(lobby: Hall, caplog: pytest.LogCaptureFixture) -> None:
    issue = issue_in(lobby.home)
    path = path_of(lobby.mail_links("p", issue).download)
    next(issue.folder.glob("*.en.pdf")).write_bytes(b"%PDF-1.7 other")
    assert lobby.client.get(path).status_code == 503
    assert "download failed" in caplog.messages


# ── the house ──


def test_every_answer_is_closed_in_by_its_headers(lobby: Hall) -> None:
    public = lobby.subscribed()
    pages = ["/subscribe", unsubscribe_path(lobby, public), preferences_path(lobby, public), "/health"]
    for path in [*pages, "/unsubscribe/forged", "/nowhere", "/", "/look/nothing"]:
        headers = lobby.client.get(path).headers
        assert "unsafe" not in headers["content-security-policy"], path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["cache-control"] == "no-store", path
        assert "noindex" in headers["x-robots-tag"], path
        assert "set-cookie" not in headers, path


def test_pages_need_no_script_and_load_nothing_from_elsewhere(lobby: Hall) -> None:
    public = lobby.subscribed()
    for path in ("/subscribe", unsubscribe_path(lobby, public), preferences_path(lobby, public)):
        text = lobby.client.get(path).text
        assert not re.search(r"<script|\son\w+=|style=|<style", text), path
        assert re.findall(r'(?:src|href)="(https?:[^"]*)"', text) == [], path
        (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
        assert lobby.client.get(style).headers["content-type"] == "text/css; charset=utf-8"


def test_the_fonts_of_the_style_sheet_are_there(lobby: Hall) -> None:
    fonts = re.findall(r'url\("([^"]+)"\)', lobby.client.get("/look/style.css").text)
    assert len(fonts) == 3
    for font in fonts:
        assert lobby.client.get(f"/look/{font}").headers["content-type"] == "font/woff2"


@pytest.mark.parametrize("path", ["/look/../app.py", "/look/..%2fschedule.yaml", "/issues/..%2f..%2fx.pdf"])
def test_no_path_leads_out_of_the_pages(lobby: Hall, path: str) -> None:
    assert lobby.client.get(path).status_code == 404


def test_pages_speak_the_language_that_is_asked_for_or_liked_best(lobby: Hall) -> None:
    def spoken(path: str, **headers: str) -> str:
        answer = lobby.client.get(path, headers=headers)
        assert f'<html lang="{answer.headers["content-language"]}">' in answer.text
        return answer.headers["content-language"]

    assert spoken("/subscribe", **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}) == "zh"
    assert spoken("/subscribe", **{"accept-language": "de, en;q=0.3, zh;q=0.7"}) == "zh"
    assert spoken("/subscribe", **{"accept-language": "zh;q=0, fr"}) == "en"
    assert spoken("/subscribe", **{"accept-language": "q=;;,,\x7f"}) == "en"
    assert spoken("/subscribe?lang=zh", **{"accept-language": "en"}) == "zh"
    assert spoken("/subscribe?lang=../x", **{"accept-language": "zh"}) == "zh"


def test_a_method_that_a_page_does_not_know_is_refused(lobby: Hall) -> None:
    answer = lobby.client.delete("/subscribe")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_form_that_is_too_large_is_not_read(lobby: Hall, chunked: bool) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    body = b"List-Unsubscribe=One-Click&x=" + b"x" * LARGEST
    content: Any = iter([body[:100], body[100:]]) if chunked else body
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert lobby.client.post(path, content=content, headers=headers).status_code == 400
    assert lobby.state() == "active"


@pytest.mark.parametrize(
    "media", ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", ""]
)
def test_a_body_that_is_no_form_is_refused(lobby: Hall, media: str) -> None:
    answer = lobby.client.post("/subscribe", content=b'{"x": [\xff', headers={"Content-Type": media})
    assert answer.status_code == 400


def test_a_page_that_fails_says_so_and_logs_no_token(lobby: Hall, caplog: pytest.LogCaptureFixture) -> None:
    path = unsubscribe_path(lobby, lobby.subscribed())
    object.__setattr__(lobby.desk, "people", None)  # a fault of the program itself
    answer = lobby.client.post(path, data=ONE_CLICK)
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    (line,) = [record for record in caplog.records if record.message == "page failed"]
    assert "AttributeError" in line.fields["why"]  # type: ignore[attr-defined]


def test_the_log_has_a_line_for_each_page_and_never_a_token_or_an_address(
    lobby: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = write_log(people=False)
    try:
        public = lobby.subscribed()
        token = lobby.desk.signer.sign("unsubscribe", EDITION, public)
        lobby.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)
        lobby.client.get("/somewhere/secret?key=hidden")
    finally:
        logging.getLogger("reporter").removeHandler(handler)
    told = capsys.readouterr().err
    lines = [json.loads(line) for line in told.splitlines()]
    pages = [(one["page"], one["method"], one["status"]) for one in lines if one["step"] == "page"]
    assert ("/unsubscribe/…", "POST", 200) in pages
    assert pages[-1] == ("unknown", "GET", 404)
    for secret in (token, public, READER, "hidden", "secret", "testclient"):
        assert secret not in told


def test_health_says_ok_or_trouble_and_no_more(tmp_path: Path) -> None:
    lobby = hall(tmp_path)
    assert lobby.client.get("/health").json()["status"] == "ok"

    def broken() -> None:
        raise MachineError("the database postgresql://secret@host is away")

    object.__setattr__(lobby.desk, "examine", broken)
    answer = lobby.client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "trouble"})


def test_pages_may_lie_below_a_path(tmp_path: Path) -> None:
    lobby = hall(tmp_path, public_url="https://example.org/bulletin/")
    assert lobby.client.get("/subscribe").status_code == 404
    assert 'href="/bulletin/look/style.css' in lobby.client.get("/bulletin/subscribe").text
    assert lobby.client.get("/bulletin/health").status_code == 200


def test_without_a_public_address_there_are_no_pages(lobby: Hall) -> None:
    bare = lobby.desk.settings.model_copy(update={"public_url": None})
    with pytest.raises(SettingsError, match="public_url"):
        Reception(bare, lobby.people, lobby.desk.signer, lobby.clock)
