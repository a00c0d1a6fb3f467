"""Subscribers: who may receive what, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.exc import IntegrityError

from reporter.errors import SubscriberError
from reporter.post.subscriber_rows import Ground, load, move
from reporter.post.subscriber_tables import MOVES, SUBSCRIPTIONS, Person
from reporter.post.subscribers import Subscribers
from reporter.store import open_store
from tests.conftest import Racer
from tests.post.people import ANN, MONTHLY, NOW, WEEKLY, added, asked, subscribers

LATER = NOW + timedelta(days=1)
REQUEST = """
from tests.post.people import asked, subscribers
people = subscribers(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(asked(people).public)
"""


@pytest.fixture
def people(database: str) -> Subscribers:
    return subscribers(database)


def now_of(people: Subscribers, person: Person) -> Person:
    found = people.by_public(person.public)
    assert found is not None
    return found


def receiving(people: Subscribers, edition: str = WEEKLY) -> list[str]:
    return [one.email for one in people.recipients(edition)]


# ── double opt-in ──


def test_who_asks_receives_nothing_before_confirming(people: Subscribers) -> None:
    person = asked(people)
    assert person.state == "pending"
    assert receiving(people) == []
    assert people.confirm(person.public, WEEKLY, LATER)
    assert receiving(people) == ["ann@example.org"]
    assert people.is_wanted(person.id, WEEKLY)
    assert not people.is_wanted(person.id, MONTHLY)


def test_the_record_of_consent_tells_wording_source_times_and_address(people: Subscribers) -> None:
    person = asked(people)
    people.confirm(person.public, WEEKLY, LATER)
    first, second = now_of(people, person).editions[WEEKLY].history
    assert (first.step, first.wording, first.source, first.ip, first.at) == (
        "requested", "v1", "web", "192.0.2.7", NOW
    )  # fmt: skip
    assert (second.step, second.at) == ("confirmed", LATER)
    assert now_of(people, person).editions[WEEKLY].since == LATER


def test_confirming_twice_is_confirming_once(people: Subscribers) -> None:
    person = asked(people)
    assert people.confirm(person.public, WEEKLY, NOW)
    assert people.confirm(person.public, WEEKLY, LATER)
    assert len(now_of(people, person).editions[WEEKLY].history) == 2


def test_an_old_confirmation_does_not_undo_an_unsubscription(people: Subscribers) -> None:
    person = asked(people)
    people.confirm(person.public, WEEKLY, NOW)
    people.unsubscribe(person.public, None, NOW)
    assert not people.confirm(person.public, WEEKLY, LATER)
    assert receiving(people) == []


def test_only_what_was_asked_for_is_confirmed(people: Subscribers) -> None:
    person = asked(people, "ann@example.org", WEEKLY, MONTHLY)
    assert people.confirm(person.public, MONTHLY, NOW)
    assert not people.confirm(person.public, "other", NOW)
    assert not people.confirm("nobody", WEEKLY, NOW)
    assert (receiving(people, MONTHLY), receiving(people)) == (["ann@example.org"], [])


def test_a_stranger_who_asks_in_ones_name_changes_nothing(people: Subscribers) -> None:
    person = added(people)
    people.request("ANN@example.org", "Evil", (WEEKLY, MONTHLY), "zh", "link", "v1", "web", None, LATER)
    after = now_of(people, person)
    assert (after.name, after.language, after.format) == ("Ann Smith", "en", "pdf")
    assert {id: one.state for id, one in after.editions.items()} == {WEEKLY: "active", MONTHLY: "pending"}


def test_who_never_confirmed_may_still_correct_what_they_wrote(people: Subscribers) -> None:
    asked(people, name="Anm")
    assert asked(people, name="Ann").name == "Ann"


def test_spellings_of_an_address_are_one_person(people: Subscribers) -> None:
    first = asked(people, "ann@bücher.example")
    assert asked(people, "ANN@xn--BCHER-kva.example").public == first.public
    assert people.by_email("Ann@BÜCHER.example") is not None
    assert len(people.everyone()) == 1


def test_two_who_ask_at_once_make_one_person(database: str, race: Callable[..., Racer]) -> None:
    subscribers(database)
    racers = [race(REQUEST, database) for _ in range(4)]
    assert [racer.heard() for racer in racers] == ["ready"] * 4
    for racer in racers:
        racer.go()
    assert len({tuple(racer.end()) for racer in racers}) == 1
    assert len(subscribers(database).everyone()) == 1


def test_every_fault_of_a_request_is_told_at_once_and_nothing_is_kept(people: Subscribers) -> None:
    with pytest.raises(SubscriberError) as caught:
        asked(people, "ann", name="A\nB")
    assert [problem.field for problem in caught.value.problems] == ["email", "name"]
    assert people.everyone() == []


# ── the operator ──


def test_who_is_added_receives_at_once_with_the_source_of_the_consent(people: Subscribers) -> None:
    person = added(people)
    assert receiving(people) == ["ann@example.org"]
    assert [(one.step, one.source) for one in person.editions[WEEKLY].history] == [("added", "fair 2025")]


@pytest.mark.parametrize("source", ["", "  "])
def test_nobody_is_added_without_a_source_of_consent(people: Subscribers, source: str) -> None:
    with pytest.raises(SubscriberError, match="no_consent"):
        people.add(replace(ANN, source=source), NOW)
    assert people.everyone() == []


def test_adding_again_changes_what_is_said_and_nothing_else(people: Subscribers) -> None:
    first = added(people)
    assert added(people) == first
    changed = people.add(replace(ANN, name="", language="zh", format="link"), LATER)
    assert changed == replace(first, language="zh", format="link")


def test_who_unsubscribed_is_added_only_if_they_asked_anew(people: Subscribers) -> None:
    person = added(people)
    people.unsubscribe(person.public, WEEKLY, NOW)
    with pytest.raises(SubscriberError, match="unsubscribed"):
        added(people)
    assert receiving(people) == []
    added(people, again=True)
    assert receiving(people) == ["ann@example.org"]


def test_of_many_those_who_are_not_taken_do_not_keep_the_others_out(people: Subscribers) -> None:
    people.suppress("bob@example.org", "complaint", NOW)
    entries = [replace(ANN, email=f"{name}@example.org") for name in ("ann", "bob", "carl")]
    refused = people.add_all(entries, NOW)
    assert ["bob@example.org" in str(one) for one in refused] == [True]
    assert receiving(people) == ["ann@example.org", "carl@example.org"]


# ── leaving, coming back, preferences ──


def test_unsubscribing_counts_at_once_and_twice_is_once(people: Subscribers) -> None:
    person = added(people, "ann@example.org", WEEKLY, MONTHLY)
    assert people.unsubscribe(person.public, WEEKLY, NOW)
    assert not people.is_wanted(person.id, WEEKLY)
    assert people.is_wanted(person.id, MONTHLY)
    before = now_of(people, person)
    assert people.unsubscribe(person.public, WEEKLY, LATER)
    assert now_of(people, person) == before


def test_unsubscribing_from_all_ends_what_waits_too(people: Subscribers) -> None:
    person = added(people)
    asked(people, "ann@example.org", MONTHLY)
    assert people.unsubscribe(person.public, None, LATER)
    assert {one.state for one in now_of(people, person).editions.values()} == {"unsubscribed"}


def test_nobody_unsubscribes_in_a_name_that_is_none(people: Subscribers) -> None:
    person = added(people)
    assert not people.unsubscribe("nobody", None, NOW)
    assert not people.unsubscribe(person.public, MONTHLY, NOW)
    assert receiving(people) == ["ann@example.org"]


def test_an_unsubscription_is_taken_back_once_and_again(people: Subscribers) -> None:
    person = added(people)
    people.unsubscribe(person.public, WEEKLY, NOW)
    assert people.resubscribe(person.public, WEEKLY, LATER)
    assert people.resubscribe(person.public, WEEKLY, LATER)
    assert [one.step for one in now_of(people, person).editions[WEEKLY].history] == [
        "added", "unsubscribed", "resubscribed"
    ]  # fmt: skip


def test_what_was_never_confirmed_cannot_be_taken_back(people: Subscribers) -> None:
    person = asked(people)
    assert not people.resubscribe(person.public, WEEKLY, NOW)
    people.unsubscribe(person.public, WEEKLY, NOW)
    assert not people.resubscribe(person.public, WEEKLY, NOW)
    assert not people.resubscribe("nobody", WEEKLY, NOW)


def test_preferences_are_language_format_and_editions(people: Subscribers) -> None:
    person = added(people)
    assert people.set_preferences(person.public, "zh", "link", [MONTHLY], LATER)
    after = now_of(people, person)
    assert (after.language, after.format) == ("zh", "link")
    assert {id: one.state for id, one in after.editions.items()} == {
        WEEKLY: "unsubscribed",
        MONTHLY: "active",
    }
    assert not people.set_preferences("nobody", "zh", "link", [], NOW)


def test_preferences_confirm_nothing_for_who_never_confirmed(people: Subscribers) -> None:
    person = asked(people)
    assert people.set_preferences(person.public, "zh", "pdf", [WEEKLY, MONTHLY], LATER)
    assert receiving(people) == receiving(people, MONTHLY) == []


# ── bounces and suppression ──


def test_a_hard_bounce_ends_all_subscriptions_and_suppresses(people: Subscribers) -> None:
    person = added(people, "ann@example.org", WEEKLY, MONTHLY)
    assert people.bounced("ANN@example.org", True, NOW)
    assert now_of(people, person).state == "bounced"
    assert people.is_suppressed("ann@example.org")
    assert not people.resubscribe(person.public, WEEKLY, LATER)
    with pytest.raises(SubscriberError, match="bounced"):
        added(people)


def test_the_third_soft_bounce_within_30_days_suppresses(people: Subscribers) -> None:
    added(people)
    week = timedelta(days=7)
    assert [people.bounced("ann@example.org", False, NOW + n * week) for n in range(3)] == [
        False,
        False,
        True,
    ]
    assert receiving(people) == []


def test_soft_bounces_far_apart_do_not_add_up(people: Subscribers) -> None:
    added(people)
    days = timedelta(days=20)
    assert not any(people.bounced("ann@example.org", False, NOW + n * days) for n in range(5))
    assert receiving(people) == ["ann@example.org"]


def test_a_bounce_of_nobodys_address_changes_nothing(people: Subscribers) -> None:
    assert not people.bounced("ann@example.org", True, NOW)
    assert not people.is_suppressed("ann@example.org")


def test_who_confirms_anew_is_written_to_again_after_a_bounce(people: Subscribers) -> None:
    person = added(people)
    people.bounced("ann@example.org", True, NOW)
    assert asked(people).state == "pending"
    assert receiving(people) == []
    assert people.confirm(person.public, WEEKLY, LATER)
    assert receiving(people) == ["ann@example.org"]


def test_a_suppressed_address_receives_nothing_however_it_is_spelt(people: Subscribers) -> None:
    person = added(people, "ann@bücher.example")
    people.suppress("ANN@xn--bcher-kva.example", "complaint", NOW)
    assert receiving(people) == []
    assert not people.is_wanted(person.id, WEEKLY)
    people.set_preferences(person.public, "en", "pdf", [WEEKLY, MONTHLY], NOW)
    assert receiving(people) == receiving(people, MONTHLY) == []


# ── erasing ──


def test_an_erased_person_is_gone_and_cannot_be_imported_again(people: Subscribers) -> None:
    person = added(people)
    assert people.erase("ANN@example.org", LATER)
    assert people.by_public(person.public) is None
    assert people.by_email("ann@example.org") is None
    assert (people.everyone(), receiving(people), people.erased()) == ([], [], 1)
    assert not people.is_wanted(person.id, WEEKLY)
    assert not people.unsubscribe(person.public, None, LATER)
    assert not people.resubscribe(person.public, WEEKLY, LATER)
    with pytest.raises(SubscriberError, match="suppressed"):
        added(people)


def test_an_erased_person_comes_back_by_their_own_confirmation_as_somebody_new(people: Subscribers) -> None:
    old = added(people)
    people.erase("ann@example.org", NOW)
    new = asked(people)
    assert (new.id, new.public) != (old.id, old.public)
    assert receiving(people) == []
    assert people.confirm(new.public, WEEKLY, LATER)
    assert receiving(people) == ["ann@example.org"]


def test_nothing_personal_is_left_in_any_table(people: Subscribers) -> None:
    """Also not in tables of other rooms, where a server's reply or a notice quotes the address."""
    person = people.add(replace(ANN, email="Ann.Q@example.org", name="Quincunx", source="her letter"), NOW)
    people.request("ann.q@example.org", "x", (MONTHLY,), "en", "pdf", "v1", "page", "192.0.2.77", NOW)
    people.bounced("ann.q@example.org", False, NOW)
    with people.store.transaction() as connection:
        notice = {"k": "<ANN.Q@example.org> unknown, not ann.q@example.organic", "t": "x", "at": "x"}
        connection.execute(
            text(
                "INSERT INTO notices (key, kind, text, at, mail_attempts, webhook_attempts)"
                " VALUES (:k, :t, :k, :at, 0, 0)"
            ),
            notice,
        )
    people.erase("ann.q@example.org", LATER)
    said = everything(people)
    assert "ann.q@example.organic" in said
    for word in ("ann.q@example.org>", "Quincunx", "her letter", "192.0.2.77", person.public):
        assert word.casefold() not in said.casefold()


def everything(people: Subscribers) -> str:
    """All rows of all tables."""
    tables = MetaData()
    with people.store.reading() as connection:
        tables.reflect(connection)
        return repr([connection.execute(select(table)).all() for table in tables.sorted_tables])


def test_rows_of_other_tables_that_are_theirs_are_told_then_blanked(people: Subscribers) -> None:
    """Such a table has a column `subscriber`; also where the address in it is an older one."""
    person, other = added(people), added(people, "bob@example.org")
    with people.store.transaction() as connection:
        connection.execute(
            text("CREATE TABLE mails (id INTEGER PRIMARY KEY, subscriber INTEGER, email TEXT, name TEXT)")
        )
        for id, one in enumerate((person, other)):
            row = {"id": id, "who": one.id, "email": f"old-{one.email}", "name": one.name}
            connection.execute(text("INSERT INTO mails VALUES (:id, :who, :email, :name)"), row)
    row = {"id": 0, "subscriber": person.id, "email": "old-ann@example.org", "name": "Ann Smith"}
    assert people.export(person.email)["elsewhere"] == {"mails": [row]}
    people.erase(person.email, LATER)
    with people.store.reading() as connection:
        rows = connection.execute(text("SELECT email, name FROM mails ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("(erased)", "(erased)"), ("old-bob@example.org", "Ann Smith")]


def test_the_files_of_a_sqlite_database_hold_no_letter_of_who_was_erased(tmp_path: Path) -> None:
    people = subscribers(f"sqlite:///{tmp_path}/reporter.db")
    person = people.add(replace(ANN, email="quincunx@example.org", name="Zanzibar"), NOW)
    people.add(replace(ANN, email="quincunx@example.org", name="A"), NOW)
    added(people, "bob@example.org")
    holding = b"".join(file.read_bytes() for file in tmp_path.glob("reporter.db*"))
    assert b"quincunx" in holding
    people.erase("quincunx@example.org", LATER)
    for file in tmp_path.glob("reporter.db*"):
        for word in ("quincunx", "Zanzibar", person.public):
            assert word.encode() not in file.read_bytes()


def test_erasing_somebody_unknown_suppresses_the_address(people: Subscribers) -> None:
    assert not people.erase("ann@example.org", NOW)
    assert people.is_suppressed("ann@example.org")


def test_the_export_of_a_person_holds_what_other_tables_say_of_them(people: Subscribers) -> None:
    added(people)
    with people.store.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO notices (key, kind, text, at, mail_attempts, webhook_attempts)"
                " VALUES ('k', 'k', 'Ann@example.org bounced', 'x', 0, 0), ('l', 'k', 'joann@example.org', 'x', 0, 0)"
            )
        )
    held = people.export("ANN@example.org")
    assert isinstance(held["elsewhere"], dict)
    assert [row["text"] for row in held["elsewhere"]["notices"]] == ["Ann@example.org bounced"]
    assert isinstance(held["subscriber"], dict)
    assert held["subscriber"]["name"] == "Ann Smith"
    assert people.export("nobody@example.org")["subscriber"] is None


# ── what may become of a subscription ──


def test_a_move_that_is_not_allowed_is_refused_and_changes_nothing(people: Subscribers) -> None:
    pairs = {f"{start}-{end}": (start, end) for start in MOVES for end in MOVES}
    added(people, ANN.email, *pairs)
    with people.store.transaction() as connection:
        for edition, (start, _) in pairs.items():
            of_it = SUBSCRIPTIONS.c.edition == edition
            connection.execute(SUBSCRIPTIONS.update().where(of_it).values(state=start))
        person = load(connection)[0]
        for edition, (start, end) in pairs.items():
            if end in MOVES[start]:
                move(connection, person, edition, end, "chosen", Ground(), LATER)
            else:
                with pytest.raises(ValueError, match="not allowed"):
                    move(connection, person, edition, end, "chosen", Ground(), LATER)
    after = people.everyone()[0].editions
    for edition, (start, end) in pairs.items():
        assert after[edition].state == (end if end in MOVES[start] else start)


def test_the_database_itself_refuses_a_state_that_is_none(people: Subscribers) -> None:
    person = added(people)
    row = {"subscriber": person.id, "edition": "x", "state": "lost", "since": NOW}
    with pytest.raises(IntegrityError), people.store.transaction() as connection:
        connection.execute(insert(SUBSCRIPTIONS).values(row))


STEPS = (
    "request",
    "confirm",
    "add",
    "again",
    "unsubscribe",
    "resubscribe",
    "choose",
    "leave_all",
    "hard",
    "erase",
)
ENDS = {"unsubscribe", "leave_all", "hard", "erase"}
OWN = {"confirm", "again", "resubscribe", "choose"}
NUMBER = count()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Subscribers:
    """Subscribers who are not forgotten between examples: each has an address of its own."""
    return subscribers(f"sqlite:///{tmp_path_factory.mktemp('people')}/reporter.db")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=12))
@example(["add", "unsubscribe", "request", "add"])
@example(["add", "hard", "request", "add"])
@example(["add", "erase", "request", "add"])
def test_after_leaving_nothing_but_ones_own_word_brings_anybody_back(
    crowd: Subscribers, steps: list[str]
) -> None:
    """Whatever the order: a request or a list alone never makes somebody receive again."""
    email = f"ann{next(NUMBER)}@example.org"
    receives, left, public = False, False, ""
    for step in steps:
        before = crowd.by_email(email)
        take(crowd, step, email, public)
        person = crowd.by_email(email)
        public = person.public if person else public
        wanted = email in receiving(crowd)
        if step in ENDS:
            assert not wanted
            left = left or before is not None or step == "erase"
        elif wanted and not receives:
            assert step in (OWN if left else OWN | {"add"})
        else:
            assert wanted == receives
        assert not (wanted and crowd.is_suppressed(email))
        receives = wanted


def take(people: Subscribers, step: str, email: str, public: str) -> None:
    match step:
        case "request":
            asked(people, email)
        case "confirm":
            people.confirm(public, WEEKLY, NOW)
        case "add" | "again":
            try:
                added(people, email, again=step == "again")
            except SubscriberError:
                assert step == "add"
        case "unsubscribe":
            people.unsubscribe(public, WEEKLY, NOW)
        case "resubscribe":
            people.resubscribe(public, WEEKLY, NOW)
        case "choose":
            people.set_preferences(public, "en", "pdf", [WEEKLY], NOW)
        case "leave_all":
            people.set_preferences(public, "en", "pdf", [], NOW)
        case "hard":
            people.bounced(email, True, NOW)
        case "erase":
            people.erase(email, NOW)


def test_recipients_come_in_the_order_in_which_they_subscribed(people: Subscribers) -> None:
    for name in ("carl", "ann", "bob"):
        added(people, f"{name}@example.org")
    assert receiving(people) == ["carl@example.org", "ann@example.org", "bob@example.org"]
    ids = [one.id for one in people.recipients(WEEKLY)]
    assert ids == sorted(ids)


def test_a_second_opening_knows_the_same_people(database: str) -> None:
    added(subscribers(database))
    again = Subscribers(open_store(database), subscribers(database).signer)
    assert receiving(again) == ["ann@example.org"]
