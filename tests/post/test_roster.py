"""Lists of subscribers: the difference first, faults with their line, and nobody comes back by a list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from reporter.errors import RecordsError, UsageError
from reporter.post.roster import Roster, apply_roster, plan_roster, write_roster
from reporter.post.roster_rows import Wishes
from reporter.post.subscribers import Subscribers
from tests.post.people import ANN, MONTHLY, NOW, WEEKLY, added, asked, subscribers

WISHES = Wishes({WEEKLY: ("en", "zh"), MONTHLY: ("zh",)}, (WEEKLY,), consent="fair 2025")


@pytest.fixture
def people(tmp_path: Path) -> Subscribers:
    return subscribers(f"sqlite:///{tmp_path}/reporter.db")


def planned(people: Subscribers, folder: Path, *lines: str, wishes: Wishes = WISHES) -> Roster:
    file = folder / "list.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return plan_roster(people, file, None, wishes)


def told(roster: Roster) -> list[tuple[str, str, str]]:
    return [(one.kind, one.email, one.words) for one in roster.changes]


def faults(roster: Roster) -> list[tuple[int | None, str, str]]:
    return [(one.line, one.code, one.field) for one in roster.faults]


def test_a_list_is_shown_then_taken_over_and_changes_nothing_the_second_time(
    people: Subscribers, tmp_path: Path
) -> None:
    lines = (
        "email,name,edition,language,format",
        "ann@example.org,Ann,weekly; monthly,zh,link",
        "bob@example.org,,,,",
    )
    roster = planned(people, tmp_path, *lines)
    assert told(roster) == [
        ("new", "ann@example.org", "weekly, monthly"),
        ("new", "bob@example.org", "weekly"),
    ]
    assert people.everyone() == []
    assert apply_roster(people, roster, NOW) == []
    ann, bob = people.everyone()
    assert (ann.name, ann.language, ann.format, set(ann.editions)) == ("Ann", "zh", "link", {WEEKLY, MONTHLY})
    assert (bob.name, bob.language, bob.format, bob.editions[WEEKLY].history[0].source) == (
        "",
        "en",
        "pdf",
        "fair 2025",
    )
    again = planned(people, tmp_path, *lines)
    assert [one.kind for one in again.changes] == ["unchanged", "unchanged"]


def test_a_difference_is_told_field_by_field(people: Subscribers, tmp_path: Path) -> None:
    added(people)
    roster = planned(
        people, tmp_path, "email,name,language,edition", "ANN@example.org,Ann Q,zh,weekly;monthly"
    )
    assert told(roster) == [
        (
            "changed",
            "ANN@example.org",
            "name: 'Ann Smith' → 'Ann Q'; language: 'en' → 'zh'; edition: + monthly",
        )
    ]
    apply_roster(people, roster, NOW)
    ann = people.everyone()[0]
    assert (ann.email, ann.name, ann.language, set(ann.editions)) == (
        "ann@example.org",
        "Ann Q",
        "zh",
        {WEEKLY, MONTHLY},
    )


def test_what_a_list_does_not_say_stays_as_the_person_chose_it(people: Subscribers, tmp_path: Path) -> None:
    person = added(people)
    people.set_preferences(person.public, "zh", "link", [WEEKLY], NOW)
    roster = planned(people, tmp_path, "email,name", "ann@example.org,")
    assert [one.kind for one in roster.changes] == ["unchanged"]


def test_who_left_bounced_was_erased_or_suppressed_is_listed_and_not_taken(
    people: Subscribers, tmp_path: Path
) -> None:
    names = ("left", "bounced", "erased", "complained", "asked-anew", "active")
    rows = [f"{name}@example.org,x" for name in names]
    apply_roster(people, planned(people, tmp_path, "email,name", *rows), NOW)
    for name in ("left", "asked-anew"):
        person = people.by_email(f"{name}@example.org")
        assert person is not None
        people.unsubscribe(person.public, None, NOW)
    asked(people, "asked-anew@example.org")
    people.bounced("bounced@example.org", True, NOW)
    people.erase("erased@example.org", NOW)
    people.suppress("complained@example.org", "complaint", NOW)
    roster = planned(people, tmp_path, "email,name", *rows)
    assert [(one.kind, one.words) for one in roster.changes] == [
        ("not_taken", "unsubscribed"),
        ("not_taken", "bounced"),
        ("not_taken", "suppressed"),
        ("not_taken", "suppressed"),
        ("not_taken", "unsubscribed"),
        ("unchanged", ""),
    ]
    assert roster.of("not_taken")[1].place.endswith("list.csv:3")
    apply_roster(people, roster, NOW)
    assert [one.email for one in people.recipients(WEEKLY)] == ["active@example.org"]


def test_who_leaves_between_showing_and_writing_is_not_taken(people: Subscribers, tmp_path: Path) -> None:
    person = added(people)
    roster = planned(people, tmp_path, "email,edition", "ann@example.org,weekly;monthly", "bob@example.org,")
    people.unsubscribe(person.public, None, NOW)
    assert ["ann@example.org" in str(one) for one in apply_roster(people, roster, NOW)] == [True]
    assert [one.email for one in people.recipients(WEEKLY)] == ["bob@example.org"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("ann,A,weekly,en,pdf,x", (2, "address", "email")),
        (",A,weekly,en,pdf,x", (2, "address", "email")),
        ("ann@example.org>,A,weekly,en,pdf,x", (2, "address", "email")),
        ('ann@example.org,"A\nBcc: b@c.org",weekly,en,pdf,x', (2, "control_letter", "name")),
        ("ann@example.org,A\u2028B,weekly,en,pdf,x", (2, "control_letter", "name")),
        ("ann@example.org,A,weakly,en,pdf,x", (2, "unknown_edition", "edition")),
        ("ann@example.org,A,weekly,fr,pdf,x", (2, "language", "language")),
        ("ann@example.org,A,weekly,en,html,x", (2, "format", "format")),
        ("ann@example.org,A,weekly,en,pdf,", (2, "no_consent", "consent")),
        ("ann@example.org,A,weekly,en,pdf,\u202efair", (2, "control_letter", "consent")),
        ("ann@example.org,A,,en,pdf,x", (2, "no_edition", "edition")),
    ],
)
def test_a_fault_has_its_line_and_column_and_keeps_the_whole_list_out(
    people: Subscribers, tmp_path: Path, row: str, fault: tuple[int, str, str]
) -> None:
    wishes = replace(WISHES, editions=(), consent="")
    header = "email,name,edition,language,format,consent"
    roster = planned(people, tmp_path, header, row, "bob@example.org,B,weekly,en,pdf,x", wishes=wishes)
    assert faults(roster) == [fault]
    with pytest.raises(RecordsError):
        apply_roster(people, roster, NOW)
    assert people.everyone() == []


def test_every_fault_of_a_row_is_told(people: Subscribers, tmp_path: Path) -> None:
    roster = planned(people, tmp_path, "email,name,edition,format", "ann,A\u2028B,weakly,x")
    assert sorted(code for _, code, _ in faults(roster)) == [
        "address",
        "control_letter",
        "format",
        "unknown_edition",
    ]


def test_a_person_who_is_there_twice_is_refused_but_not_one_with_two_editions(
    people: Subscribers, tmp_path: Path
) -> None:
    lines = ("email,name,edition", "ann@example.org,A,weekly", "Ann@example.org,A,monthly")
    assert faults(planned(people, tmp_path, *lines)) == []
    assert faults(planned(people, tmp_path, *lines, "ANN@example.org,A,weekly")) == [
        (4, "duplicate", "email")
    ]
    other = ("bob@example.org,B,weekly", "bob@example.org,Bob,monthly")
    assert faults(planned(people, tmp_path, *lines, *other)) == [(5, "contradiction", "email")]


@pytest.mark.parametrize("header", ["E-Mail Address;Full Name", "邮箱;姓名", "EMAIL\tname"])
def test_headings_have_other_names_and_other_separators(
    people: Subscribers, tmp_path: Path, header: str
) -> None:
    between = "\t" if "\t" in header else ";"
    roster = planned(people, tmp_path, header, between.join(("ann@example.org", "Ann")))
    assert [one.entry.name for one in roster.changes] == ["Ann"]


def test_rows_of_one_person_add_up_and_what_one_says_holds_for_the_others(
    people: Subscribers, tmp_path: Path
) -> None:
    added(people)
    rows = (
        "ann@example.org,weekly,zh",
        "ann@example.org,monthly,",
        "bob@example.org,weekly,en",
        "bob@example.org,monthly,",
    )
    roster = planned(people, tmp_path, "email,edition,language", *rows)
    apply_roster(people, roster, NOW)
    ann, bob = people.everyone()
    assert (ann.language, bob.language) == ("zh", "en")
    assert set(ann.editions) == set(bob.editions) == {WEEKLY, MONTHLY}
    again = planned(people, tmp_path, "email,edition,language", *rows)
    assert {one.kind for one in again.changes} == {"unchanged"}


def test_unknown_and_doubled_headings_are_told(people: Subscribers, tmp_path: Path) -> None:
    roster = planned(people, tmp_path, "email,shoe size", "ann@example.org,41")
    assert [one.code for one in roster.warnings] == ["unknown_column"]
    assert faults(planned(people, tmp_path, "email,mail", "a@example.org,b@example.org")) == [
        (1, "two_columns", "mail")
    ]
    missing = planned(people, tmp_path, "who,name", "ann@example.org,Ann")
    assert faults(missing) == [(1, "missing_column", "email")]
    assert missing.changes == ()


def test_a_workbook_is_read_and_its_faults_name_the_cell(people: Subscribers, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Readers"
    for row in (["Email", "Name"], ["ann@example.org", "Ann"], ["bob", "Bob"]):
        sheet.append(row)
    file = tmp_path / "list.xlsx"
    book.save(file)
    roster = plan_roster(people, file, None, WISHES)
    assert [one.email for one in roster.changes] == ["ann@example.org"]
    assert [one.place for one in roster.faults] == [f"{file}!Readers!A3"]
    with pytest.raises(UsageError, match="Readers"):
        plan_roster(people, file, "Writers", WISHES)


def test_an_exported_list_is_the_list_and_wakes_nobody_up(people: Subscribers, tmp_path: Path) -> None:
    added(people)
    people.add(
        replace(ANN, email="=cmd@example.org", name='+1, "Bob"', editions=(MONTHLY,), language="zh"), NOW
    )
    asked(people, "carl@example.org")
    text = write_roster(people.everyone())
    assert '\n\'=cmd@example.org,"\'+1, ""Bob""",monthly,active,' in text
    before = people.everyone()
    roster = planned(people, tmp_path, *text.splitlines())
    assert told(roster)[:2] == [("unchanged", "ann@example.org", ""), ("unchanged", "=cmd@example.org", "")]
    assert told(roster)[2][0] == "not_taken"
    assert people.everyone() == before
    elsewhere = subscribers(f"sqlite:///{tmp_path}/other.db")
    apply_roster(elsewhere, planned(elsewhere, tmp_path, *text.splitlines()), NOW)
    assert [(one.email, one.name) for one in elsewhere.everyone()] == [
        ("ann@example.org", "Ann Smith"),
        ("=cmd@example.org", '+1, "Bob"'),
    ]
