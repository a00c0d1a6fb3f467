"""The commands of delivery: send an issue, settle what is unknown, tell what became of each mail."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reporter.cli_shared import Config, EditionName, Json, WeekName, count, print_json, say, settings_of
from reporter.errors import NothingToDo, UsageError

if TYPE_CHECKING:
    from reporter.post.dispatch import Office
    from reporter.post.message import Letter
    from reporter.post.model import IssueFolder
    from reporter.post.outbox_tables import Delivery, Mail
    from reporter.post.sender import Outcome
    from reporter.settings import Settings

INCOMPLETE = 4

send_app = typer.Typer()

Version = Annotated[
    int | None, typer.Option("--version", metavar="N", min=1, show_default="the latest, not withdrawn")
]


@send_app.command()
def send(
    edition: EditionName,
    week: WeekName,
    version: Version = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write .eml files; send nothing.")] = False,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDRESS", help="Only a proof, to this one.", show_default="none"),
    ] = None,
    sure: Annotated[
        bool, typer.Option("--yes", help="Also if it is old, or the database went back in time.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Mail a published issue, or go on with it; exit status 4 until everybody has it."""
    from reporter.mailing import refuse_embargoed
    from reporter.post.dispatch import dispatch, send_proof
    from reporter.post.dispatch import dry_run as tried
    from reporter.press.by_hand import books_if_begun

    if dry_run and to:
        raise UsageError("--dry-run sends nothing, --to does; give one of them")
    settings = settings_of(config)
    issue = _issue(settings, edition, week, version)
    office = _office(settings)
    if dry_run:
        folder, number = tried(office, issue)
        print_json({"folder": str(folder), "mails": number}) if as_json else print(folder)
        say(f"{_name(issue)}: {count(number, 'mail')} written, nothing sent")
        return
    if to:
        answers = send_proof(office, issue, to)
        print_json(answers) if as_json else print("\n".join(answers))
        return
    ledger = books_if_begun(settings, office.clock)
    refuse_embargoed(ledger, issue.edition, issue.week, issue.version, office.clock.now())
    with _progress() as (started, noted):
        outcome = dispatch(office, issue, sure=sure, on_mail=noted, on_start=started, on_link=_linked)
    _tell(issue, outcome, as_json)
    if not outcome.complete:
        raise typer.Exit(INCOMPLETE)


def _issue(settings: Settings, edition: str, week: str, version: int | None) -> IssueFolder:
    from reporter.calendar import Week
    from reporter.post.issues import read_issue
    from reporter.settings import choose_edition

    id = choose_edition(settings, edition)
    try:
        name = str(Week.parse(week))
    except ValueError:
        raise UsageError(f"{week!r} is not a week such as 2025-W48") from None
    return read_issue(settings.output, id, name, version)


def _office(settings: Settings) -> Office:
    from reporter.clock import SystemClock
    from reporter.post.dispatch import Office
    from reporter.post.tokens import signer_of
    from reporter.store import open_store

    store, clock = open_store(settings.database), SystemClock()
    return Office(settings, store, signer_of(settings, store, clock.now()), clock)


def _name(issue: IssueFolder) -> str:
    return f"{issue.edition} {issue.week} v{issue.version}"


def _linked(letter: Letter) -> None:
    size = (letter.too_large or 0) / 1_000_000
    words = f"with its PDF a mail would have {size:,.1f} MB, more than may be sent; it has a link instead"
    say(f"{letter.edition} {letter.week} v{letter.version} in {letter.language}: {words}")


def _tell(issue: IssueFolder, outcome: Outcome, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"edition": issue.edition, "week": issue.week, "version": issue.version}
        next_try = None if outcome.next_try is None else outcome.next_try.isoformat()
        told |= {"states": outcome.counts, "complete": outcome.complete, "paused": outcome.paused}
        print_json(told | {"reason": outcome.reason, "next_try": next_try})
    say(f"{_name(issue)}: {', '.join(f'{number:,} {state}' for state, number in outcome.counts.items())}")
    if outcome.reason:
        say(f"{'paused' if outcome.paused else 'stopped'}: {outcome.reason}")
    if outcome.counts.get("unknown"):
        say("of some it is not known whether they arrived: `reporter resolve` lists and settles them")
    if outcome.next_try is not None:
        say(f"`reporter send` goes on; the next mail is due at {outcome.next_try:%Y-%m-%d %H:%M} UTC")
    elif outcome.counts.get("claimed") or outcome.counts.get("dot"):
        say("another process is sending the rest")


@contextmanager
def _progress() -> Iterator[tuple[Callable[[int], None], Callable[[str], None]]]:
    """Shows a bar on a terminal; elsewhere a line a minute."""
    done: Counter[str] = Counter()
    if not sys.stderr.isatty():
        last = [time.monotonic()]

        def noted(state: str) -> None:
            done[state] += 1
            if time.monotonic() - last[0] >= 60:
                last[0] = time.monotonic()
                say(", ".join(f"{number:,} {state}" for state, number in done.items()))

        yield lambda _: None, noted
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mails", total=None)
        yield lambda total: bar.update(task, total=total), lambda _: bar.advance(task)


@send_app.command()
def resolve(
    edition: Annotated[str | None, typer.Argument(help="Only of this edition.", show_default="all")] = None,
    week: Annotated[str | None, typer.Argument(help="Only of this week.", show_default="all")] = None,
    message_id: Annotated[
        list[str] | None,
        typer.Option("--message-id", metavar="ID", help="Only this mail.", show_default="all listed"),
    ] = None,
    sent: Annotated[bool, typer.Option("--sent", help="They were sent.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="They were not; queue them again.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Nobody knows; queue them all the same.")] = False,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Ask the relay's log.", show_default="none"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List mails whose outcome is unknown, or settle them; exit status 4 while there are any."""
    from reporter.post.outbox import Outbox
    from reporter.post.resolve import choose, settle_by_log, settle_unknown, unknowns
    from reporter.store import open_store

    if sum((sent, not_sent, resend, log is not None)) > 1:
        raise UsageError("give one of --sent, --not-sent, --resend and --log")
    settings, now = settings_of(config), datetime.now(UTC)
    outbox = Outbox(open_store(settings.database))

    def listed() -> list[tuple[Delivery, Mail]]:
        return [
            (one, mail)
            for one, mail in unknowns(outbox)
            if edition in (None, one.edition) and week in (None, one.week)
        ]

    mails = choose(listed(), message_id or ())
    if log is not None:
        try:
            with log.open(encoding="utf-8", errors="replace") as lines:
                told = settle_by_log(outbox, mails, lines, now)
        except OSError as error:
            raise UsageError(f"--log {log}: {error.strerror}") from None
        for name, words in told.items():
            say(f"{name} {words}")
    elif sent or not_sent or resend:
        for mail in mails:
            settle_unknown(outbox, mail, "sent" if sent else "not_sent" if not_sent else "resend", now)
        say(f"{count(len(mails), 'mail')} settled{'' if sent else '; `reporter send` sends them'}")
    left = listed()
    _list_unknown(left, as_json)
    if left:
        raise typer.Exit(INCOMPLETE)


def _list_unknown(left: list[tuple[Delivery, Mail]], as_json: bool) -> None:
    rows = [
        {
            "delivery": str(one),
            "message_id": mail.envelope.message_id,
            "email": mail.envelope.recipient.email,
            "at": mail.changed_at.isoformat(),
            "reply": mail.reply,
        }
        for one, mail in left
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print("  ".join(str(row[name]) for name in ("delivery", "at", "message_id", "email", "reply")))
    if not rows:
        say("no mail's outcome is unknown")


@send_app.command()
def outcomes(edition: EditionName, week: WeekName, version: Version = None, config: Config = None) -> None:
    """Print what became of each mail of an issue, with the server's reply, as CSV."""
    from reporter.post.delivery_status import outcomes_csv
    from reporter.post.outbox import Outbox
    from reporter.store import open_store

    settings = settings_of(config)
    issue = _issue(settings, edition, week, version)
    outbox = Outbox(open_store(settings.database))
    delivery = outbox.find(issue.edition, issue.week, issue.version)
    if delivery is None:
        raise NothingToDo(f"{_name(issue)}: no delivery was begun")
    sys.stdout.write(outcomes_csv(outbox, delivery))
