"""The commands of the post: who receives what."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from reporter.cli_shared import Config, Json, count, print_json, say, settings_of
from reporter.errors import NothingToDo, RecordsError, UsageError

if TYPE_CHECKING:
    from reporter.post.roster import Roster
    from reporter.post.subscriber_tables import Person
    from reporter.post.subscribers import Subscribers
    from reporter.settings import Settings

SHOWN = 50

post_app = typer.Typer()
people_app = typer.Typer(
    help="Who receives what: add, import, list, export, remove, erase.", no_args_is_help=True
)
post_app.add_typer(people_app, name="subscribers")

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="A mail address.")]
Editions = Annotated[
    list[str] | None,
    typer.Option("--edition", metavar="ID", help="Several times.", show_default="the only edition"),
]
OneEdition = Annotated[
    str | None, typer.Option("--edition", metavar="ID", help="Only of this one.", show_default="all")
]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="Of somebody new.", show_default="the edition's first"),
]
Wording = Annotated[
    str,
    typer.Option("--wording", metavar="VERSION", help="Of the text agreed to.", show_default="none"),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
MARKS = {"new": "+", "changed": "~", "not_taken": "!"}


@people_app.command()
def add(
    address: Address,
    consent: Annotated[str, typer.Option("--consent", metavar="TEXT", help="Where and when they agreed.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", show_default="none")] = "",
    edition: Editions = None,
    language: Language = None,
    format: Annotated[
        Literal["pdf", "link"] | None,
        typer.Option("--format", help="The PDF attached, or a link.", show_default="pdf"),
    ] = None,
    wording: Wording = "",
    again: Annotated[
        bool, typer.Option("--again", help="They ended it, bounced or were erased, and asked anew.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Add a person who agreed elsewhere: they receive the next issue."""
    from reporter.post.subscriber_tables import Entry

    settings = settings_of(config)
    editions = _editions(settings, edition)
    if not editions:
        raise UsageError(f"--edition is needed; there are: {', '.join(settings.editions)}")
    people, now = _people(settings)
    known = people.by_email(address)
    spoken = _language(settings, editions, language, known)
    wanted = format or (known.format if known else "pdf")
    person = people.add(Entry(address, name, editions, spoken, wanted, consent, wording), now, again)
    print_json(_json(person)) if as_json else _print_people([person])


@people_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file or a workbook.")],
    consent: Annotated[
        str,
        typer.Option(
            "--consent", metavar="TEXT", help="Where and when they agreed.", show_default="the file's column"
        ),
    ] = "",
    edition: Editions = None,
    language: Language = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Of a workbook.", show_default="the first")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, write nothing.")] = False,
    yes: Yes = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Take a list over after showing the difference; who ended it or was erased is not taken."""
    from reporter.post.roster import apply_roster, plan_roster
    from reporter.post.roster_rows import Wishes

    settings = settings_of(config)
    editions = _editions(settings, edition)
    languages = {id: one.languages for id, one in settings.editions.items()}
    if language is not None:
        _language(settings, editions or tuple(settings.editions), language, None)
    people, now = _people(settings)
    roster = plan_roster(people, file, sheet, Wishes(languages, editions, language or "", consent))
    _print_roster(roster, as_json)
    if roster.faults:
        raise RecordsError(roster.faults)
    rows = roster.of("new", "changed")
    write = bool(rows) and not dry_run
    if write and not yes and not as_json and sys.stdin.isatty():
        write = typer.confirm(f"take over {count(len(rows), 'row')}?", err=True)
    late = apply_roster(people, roster, now) if write else []
    for refused in late:
        say(str(refused))
    if as_json:
        changes = [
            {"kind": c.kind, "email": c.email, "what": c.words, "place": c.place} for c in roster.changes
        ]
        print_json({"written": write, "changes": changes, "refused_meanwhile": [str(one) for one in late]})
    elif write:
        say(f"took over {count(len(rows) - len(late), 'row')}")
    else:
        say("nothing was written" if rows else "nothing to write: the list says nothing new")


@people_app.command("list")
def list_(
    edition: OneEdition = None,
    state: Annotated[
        Literal["pending", "active", "unsubscribed", "bounced"] | None,
        typer.Option("--state", help="Only who stands so to it.", show_default="all"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List the subscribers, in whatever state."""
    settings = settings_of(config)
    _editions(settings, [edition] if edition else None)
    people, _ = _people(settings)
    found = [person for person in people.everyone(edition) if state in (None, _state(person, edition))]
    if as_json:
        print_json([_json(person) for person in found])
        return
    _print_people(found)
    many = "1 person" if len(found) == 1 else f"{len(found):,} people"
    say(f"{many}, {people.erased():,} erased")


@people_app.command()
def export(
    address: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", help="One person.", show_default="a list of all"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print all that is held on one person, as JSON; or all subscriptions, as CSV."""
    from reporter.post.roster import write_roster

    people, _ = _people(settings_of(config))
    if address is not None:
        held = people.export(address)
        print(json.dumps(held, ensure_ascii=False, indent=2, default=_text))
        if not (held["subscriber"] or held["suppressed"] or held["elsewhere"]):
            say(f"nothing is held on {held['address']}")
    elif as_json:
        print_json([_json(person) for person in people.everyone()])
    else:
        print(write_roster(people.everyone()), end="")


@people_app.command()
def remove(
    address: Address,
    edition: OneEdition = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="How they said so.", show_default="none")
    ] = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """End a person's subscription; they stay on the list as unsubscribed."""
    settings = settings_of(config)
    _editions(settings, [edition] if edition else None)
    people, now = _people(settings)
    known = people.by_email(address)
    if known is None or not people.unsubscribe(known.public, edition, now, reason or "operator"):
        raise NothingToDo(f"{address} is not subscribed{f' to {edition}' if edition else ''}")
    person = people.by_public(known.public)
    assert person is not None
    print_json(_json(person)) if as_json else _print_people([person])


@people_app.command()
def erase(address: Address, yes: Yes = False, config: Config = None, as_json: Json = False) -> None:
    """Forget a person; what is left is a keyed hash that keeps them from being imported again."""
    people, now = _people(settings_of(config))
    known = people.by_email(address)
    if not yes and not as_json and sys.stdin.isatty():
        typer.confirm(f"erase all that is held on {address}?", err=True, abort=True)
    people.erase(address, now)
    if as_json:
        print_json({"erased": known is not None, "suppressed": True})
    else:
        say("erased" if known else "nobody had that address; it is suppressed")


# ── what they share ──


def _people(settings: Settings) -> tuple[Subscribers, datetime]:
    from reporter.clock import SystemClock
    from reporter.post.subscribers import Subscribers
    from reporter.post.tokens import signer_of
    from reporter.store import open_store

    now = SystemClock().now()
    store = open_store(settings.database)
    return Subscribers(store, signer_of(settings, store, now)), now


def _editions(settings: Settings, named: list[str] | None) -> tuple[str, ...]:
    """Yields the editions named, or the only one there is; UsageError for one that there is not."""
    from reporter.settings import choose_edition

    if named:
        return tuple(dict.fromkeys(choose_edition(settings, one) for one in named))
    return tuple(settings.editions) if len(settings.editions) == 1 else ()


def _language(settings: Settings, editions: tuple[str, ...], named: str | None, known: Person | None) -> str:
    spoken = list(dict.fromkeys(code for one in editions for code in settings.editions[one].languages))
    if named is not None and named not in spoken:
        raise UsageError(f"--language {named!r}: no edition of it has that; there are: {', '.join(spoken)}")
    return named or (known.language if known else spoken[0])


def _state(person: Person, edition: str | None) -> str:
    return person.editions[edition].state if edition else person.state


def _json(person: Person) -> dict[str, Any]:
    editions = {
        id: {"state": one.state, "since": one.since.isoformat()} for id, one in person.editions.items()
    }
    names = ("email", "name", "state", "language", "format")
    return {name: getattr(person, name) for name in names} | {"editions": editions}


def _print_people(people: Iterable[Person]) -> None:
    for person in people:
        editions = ", ".join(f"{id} {one.state}" for id, one in person.editions.items())
        words = (person.email, person.name, person.language, person.format, editions)
        print("  ".join(filter(None, words)))


def _print_roster(roster: Roster, as_json: bool) -> None:
    for warning in roster.warnings:
        say(str(warning))
    if as_json:
        return
    taken = roster.of("new", "changed")
    for change in (*taken[:SHOWN], *roster.of("not_taken")):
        place = f"  ({change.place})" if change.kind == "not_taken" else ""
        words = f"not taken: {change.words}" if change.kind == "not_taken" else change.words
        print(f"{MARKS[change.kind]} {change.email}  {words}{place}", flush=True)
    if len(taken) > SHOWN:
        print(f"… and {len(taken) - SHOWN:,} more")
    kinds = (("new", "new"), ("changed", "changed"), ("unchanged", "unchanged"), ("not_taken", "not taken"))
    print(", ".join(f"{len(roster.of(kind)):,} {word}" for kind, word in kinds), flush=True)  # type: ignore[arg-type]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
