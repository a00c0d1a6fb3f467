"""schedule.yaml: what is taken, and every fault at its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from reporter.errors import SettingsError
from reporter.market.quality import SEVERITY, Quality
from reporter.quality_settings import QualitySettings
from reporter.settings import find_config, load_settings

LEAST = "editions:\n  weekly:\n    title: Market Weekly\n"
SMTP = "smtp:\n  host: mail.example.org\n  sender: desk@example.org\n"


def settings_of(tmp_path: Path, text: str, **environment: str):  # type: ignore[no-untyped-def]
    file = tmp_path / "schedule.yaml"
    file.write_text(text, "utf-8")
    return load_settings(file, environment)


def faults_of(tmp_path: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(SettingsError) as caught:
        settings_of(tmp_path, text)
    return [(problem.line, problem.field, problem.message) for problem in caught.value.problems]


def test_one_edition_with_a_title_is_enough(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, LEAST)
    edition = settings.editions["weekly"]
    assert (settings.source.folder, settings.output) == (tmp_path / "data", tmp_path / "output")
    assert (edition.title, edition.languages, edition.week_ends) == ({"": "Market Weekly"}, ("en",), "sunday")
    assert [section.id for section in edition.sections][:2] == ["prices", "price_charts"]
    assert settings.timezone == "UTC"


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("", "sqlite:///{here}/reporter.db"),
        ("database: sqlite:///kept/own.db\n", "sqlite:///{here}/kept/own.db"),
        ("database: sqlite:////var/own.db\n", "sqlite:////var/own.db"),
        ("database: 'postgresql://me:${SECRET}@host/db'\n", "postgresql://me:word@host/db"),
    ],
)
def test_the_database_is_where_the_settings_are(tmp_path: Path, stated: str, meant: str) -> None:
    settings = settings_of(tmp_path, stated + LEAST, SECRET="word")
    assert settings.database == meant.format(here=tmp_path)


def test_an_edition_replaces_a_default_as_a_whole(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, LEAST + "    sections: [{id: prices, kind: prices}]\n")
    assert [section.id for section in settings.editions["weekly"].sections] == ["prices"]


def test_every_rule_of_quality_has_a_setting_and_only_what_is_stated_changes(tmp_path: Path) -> None:
    stated = "    quality: {jump: {limit: 12.5, severity: hold}, stale_repeat: {daily: 4}, conflict: {severity: off}}"
    quality = settings_of(tmp_path, f"{LEAST}{stated}\n").editions["weekly"].quality.plain()
    assert set(QualitySettings.model_fields) == set(SEVERITY)
    assert (quality.jump, quality.repeats) == (Decimal("12.5"), {"daily": 4, "weekly": 8})
    assert dict(quality.severity) == {**SEVERITY, "jump": "hold", "conflict": "off"}
    assert settings_of(tmp_path, LEAST).editions["weekly"].quality.plain() == Quality()


@pytest.mark.parametrize(
    ("quality", "line", "field", "message"),
    [
        ("jumps: {}", 6, "jumps", "is not a setting here; did you mean jump?"),
        ("jump: {limit: 0}", 6, "jump.limit", "should be greater than 0"),
        ("jump: {severity: loud}", 6, "jump.severity", "must be one of 'hold', 'warning', 'info' or 'off'"),
        ("stale: {limit: 5}", 6, "stale.limit", "is not a setting here"),
        ("duplicate_story: {alike: 20}", 6, "duplicate_story.alike", "should be greater than or equal to 50"),
    ],
)
def test_a_fault_of_a_quality_rule_has_its_line(
    tmp_path: Path, quality: str, line: int, field: str, message: str
) -> None:
    text = f"{LEAST}    quality:\n      weekend_date: {{severity: off}}\n      {quality}\n"
    assert faults_of(tmp_path, text) == [(line, f"editions.weekly.quality.{field}", message)]


def test_a_variable_of_the_environment_is_filled_in(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "records: ${PLACE}/records\n" + LEAST, PLACE="/srv")
    assert settings.source.folder == Path("/srv/records")


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("", 1, "", "must be settings such as `editions:`"),
        ("timezone: UTC\n", 1, "editions", "is required"),
        ("editions: {}\n", 1, "editions", "must not be empty"),
        ("editions: [weekly]\n", 1, "editions", "must be a mapping (name: value)"),
        ("editions:\n  weekly: {}\n", 2, "editions.weekly.title", "is required"),
        ("recrods: data\n" + LEAST, 1, "recrods", "is not a setting here; did you mean records?"),
        ("file: x\n" + LEAST, 1, "file", "is not a setting"),
        ("timezone: Mars/Base\n" + LEAST, 1, "timezone", "is not an IANA time zone such as Asia/Shanghai"),
        (
            "records: {default: data, price: x.xlsx}\n" + LEAST,
            1,
            "records",
            "has 'price', which is no table; they are: instruments, vocabulary, calendars, prices, projects,"
            " events, forecasts, companies, statistics, routes, policies, fx, translations, overrides",
        ),
        ("templates: nowhere\n" + LEAST, 1, "templates", "there is no such folder"),
        (
            "records:\n  prices:\n    address: data\n    table: quotes\n" + LEAST,
            4,
            "records.prices.table",
            "is for a table in a database or a workbook; the address is a folder: leave it out",
        ),
        (
            "records:\n  prices: {address: book.xlsx, query: SELECT}\n" + LEAST,
            2,
            "records.prices.query",
            "is for a table in a database; the address is a workbook: leave it out",
        ),
        (
            "records:\n  prices: {address: 'https://x.org/', table: quotes}\n" + LEAST,
            2,
            "records.prices.table",
            "is for a table in a database or a workbook; the address is a web address: leave it out",
        ),
        (
            "records:\n  default: {address: 'sqlite:///x.db', table: quotes}\n" + LEAST,
            1,
            "records",
            "has a table for default, which is every table; name it by a single table",
        ),
        ("records: ${NOWHERE}\n" + LEAST, 1, "records", "the environment variable NOWHERE is not set"),
        (
            LEAST + "    week_ends: 6\n",
            4,
            "editions.weekly.week_ends",
            "is not the name of a weekday such as monday; a number is refused because 0 is Monday to some"
            " programs and Sunday to others",
        ),
        (
            LEAST + "    schedule: {day: monday, at: 9}\n",
            4,
            "editions.weekly.schedule.at",
            'is not a time such as "09:00" (hours and minutes, in quotation marks)',
        ),
        (
            LEAST + '    schedule: {day: monday, at: "24:00"}\n',
            4,
            "editions.weekly.schedule.at",
            'is not a time such as "09:00" (hours and minutes, in quotation marks)',
        ),
        (
            LEAST + '    schedule: {day: monday, at: "09:00", on_holiday: nxt}\n',
            4,
            "editions.weekly.schedule.on_holiday",
            "must be one of 'next', 'previous' or 'skip'",
        ),
        (
            LEAST + '    schedule: {day: monday, at: "09:00", max_age: ten}\n',
            4,
            "editions.weekly.schedule.max_age",
            "is not a span of time such as 10d, 36h or 90m",
        ),
        (LEAST + "    languages: []\n", 4, "editions.weekly.languages", "must not be empty"),
        (LEAST + "    languages: [en, en]\n", 2, "editions.weekly", "languages names 'en' twice"),
        (
            LEAST + "    wording: {edged: 3, rose: 2.5}\n",
            4,
            "editions.weekly.wording",
            "must rise: edged < rose < climbed < surged",
        ),
        (
            LEAST + "    sections:\n      - {id: prices, kind: price}\n",
            5,
            "editions.weekly.sections.0.kind",
            "must be one of 'prices', 'price_charts', 'projects', 'news', 'policy', 'outlook', 'corrections'"
            " or 'method'",
        ),
        (
            "editions:\n  My Weekly:\n    title: x\n",
            2,
            "editions.My Weekly",
            "must be small letters, digits and hyphens, such as market-weekly",
        ),
        (LEAST + "    title: again\n", 4, "editions.weekly.title", "the key occurs twice; first on line 3"),
        (
            LEAST + "    foreign: {currency: USD}\n",
            4,
            "editions.weekly.foreign.source",
            "is required",
        ),
        (
            LEAST + "    foreign: {currency: dollar, source: BANK}\n",
            4,
            "editions.weekly.foreign.currency",
            "is not an ISO 4217 currency such as CNY",
        ),
        (
            LEAST + "    foreign:\n      currency: USD\n      source: BANK\n      vat: {assume: included}\n",
            7,
            "editions.weekly.foreign.vat",
            "needs a rate, such as 0.13",
        ),
        (
            LEAST + "    foreign: {currency: USD, source: BANK, vat: {assume: excluded, rate: 0.13}}\n",
            4,
            "editions.weekly.foreign.vat",
            "has a rate, which a price without VAT does not need; leave it out",
        ),
        (
            LEAST + "    foreign: {currency: USD, source: BANK, vat: {assume: included, rate: 13}}\n",
            4,
            "editions.weekly.foreign.vat.rate",
            "must be a fraction of 1 above 0, such as 0.13",
        ),
        (
            LEAST + "    foreign: {currency: USD, source: BANK, vat: {assume: excluded, rte: 1}}\n",
            4,
            "editions.weekly.foreign.vat.rte",
            "is not a setting here; did you mean rate?",
        ),
        (
            LEAST + f"{SMTP}  bounces: zurück@example.org\n",
            7,
            "smtp.bounces",
            "must be of ASCII letters before the @: each mail is sent from it",
        ),
        (
            LEAST + f"{SMTP}  bounces: back@xn--a.例子\n",
            7,
            "smtp.bounces",
            "has no domain that can be written in ASCII",
        ),
        ("editions:\n  weekly:\n    title: {en: ''}\n", 3, "editions.weekly.title", "has no text for en"),
    ],
)
def test_each_fault_names_its_line_and_what_is_expected(
    tmp_path: Path, text: str, line: int | None, field: str, message: str
) -> None:
    assert faults_of(tmp_path, text) == [(line, field, message)]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "timezone: Mars\nrecrods: x\neditions:\n  a:\n    titel: x\n    week_ends: 1\n"
    assert {fault[1] for fault in faults_of(tmp_path, text)} == {
        "timezone",
        "recrods",
        "editions.a.title",
        "editions.a.titel",
        "editions.a.week_ends",
    }


def test_the_nearest_settings_upward_are_found(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text(LEAST)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_config(below) == tmp_path / "schedule.yaml"


def test_a_missing_or_unreadable_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings(tmp_path / "schedule.yaml")
    (tmp_path / "schedule.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load_settings(tmp_path / "schedule.yaml")


SMTP = "smtp: {host: localhost, sender: desk@example.org, %s}\n"


def test_files_of_the_mail_server_are_where_the_settings_are(tmp_path: Path) -> None:
    stated = "user: desk, password_file: word, ca_file: /etc/own.pem, dkim: {domain: example.org, selector: s, key_file: k.pem}"
    smtp = settings_of(tmp_path, SMTP % stated + LEAST).smtp
    assert smtp is not None
    assert smtp.dkim is not None
    found = (smtp.password_file, smtp.ca_file, smtp.dkim.key_file)
    assert found == (tmp_path / "word", Path("/etc/own.pem"), tmp_path / "k.pem")


def test_a_fault_never_repeats_a_secret(tmp_path: Path) -> None:
    oauth = "token_url: http://id.example.org/, client_id: desk, client_secret: [hush], refresh_token: [hush]"
    text = f"keys: [hush]\nnotify: {{webhook: hush}}\n{SMTP % f'password: [hush], oauth: {{{oauth}}}'}{LEAST}"
    with pytest.raises(SettingsError) as caught:
        settings_of(tmp_path, text)
    told = {problem.field: problem for problem in caught.value.problems}
    assert {"keys.0", "notify.webhook", "smtp.oauth.client_secret", "smtp.oauth.refresh_token"} <= set(told)
    assert "plain http is for this machine only" in told["smtp.oauth.token_url"].message
    assert "hush" not in str(caught.value)
    assert all("hush" not in f"{problem}{problem.value}" for problem in told.values())
