"""The commands of the press: what is published, by hand or by the scheduler, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from reporter.cli_shared import (
    AsOf,
    Config,
    Edition,
    EditionName,
    Json,
    LanguageOption,
    OutputOption,
    Reason,
    Records,
    WeekName,
    WeekOption,
    count,
    languages_of,
    print_json,
    progress,
    say,
    settings_of,
    summary_of,
)
from reporter.errors import UsageError

if TYPE_CHECKING:
    from reporter.bulletin.issue import Issue
    from reporter.press.desk import Desk
    from reporter.press.slots import Slot
    from reporter.settings import Settings

HELD = 3

press_app = typer.Typer()


@press_app.command()
def run(
    edition: Edition = None,
    week: WeekOption = None,
    as_of: AsOf = None,
    records: Records = None,
    output: OutputOption = None,
    language: LanguageOption = None,
    draft: Annotated[bool, typer.Option("--draft", help="A draft, replaced each time.")] = False,
    reissue: Annotated[
        bool, typer.Option("--reissue", help="Replace the published version by the next one.")
    ] = False,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--override",
            metavar="RULE",
            help="A rule of the gate that does not hold it.",
            show_default="none",
        ),
    ] = None,
    reason: Reason = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Build one issue and publish it, or make a draft of it."""
    from reporter.press.pagemakers import page_makers
    from reporter.settings import choose_edition

    why = _reason(reissue, override, reason, draft)
    settings = settings_of(config)
    id = choose_edition(settings, edition)
    elsewhere = output is not None and output.resolve() != settings.output.resolve()
    if elsewhere and override:
        raise UsageError("--override is written into the ledger, which knows nothing of --output DIR")
    languages = languages_of(language) or settings.editions[id].languages
    with progress() as step, page_makers(len(languages)) as make:
        # imported beside the makers' own libraries
        from reporter.press.desk import open_desk, parse_as_of
        from reporter.press.publish import publish

        moment = parse_as_of(as_of, ZoneInfo(settings.timezone), datetime.now(UTC))
        desk = open_desk(settings, id, records=records, step=step, moment=moment, week=week)
        if draft or elsewhere:
            told = why if reissue else None
            issue, folder = publish(
                desk,
                moment,
                week,
                draft=draft,
                reissue=told,
                languages=languages,
                output=output,
                step=step,
                make=make,
            )
        else:
            from reporter.clock import SystemClock
            from reporter.press.by_hand import Wish, open_books, publish_now
            from reporter.press.by_hand import override as overridden
            from reporter.press.desk import choose_period
            from reporter.press.publish import Press
            from reporter.records.snapshot import take_snapshot

            ledger = open_books(settings, SystemClock())
            period = choose_period(desk, take_snapshot(desk.records, moment), week)
            for rule in override or ():
                overridden(ledger, id, str(period.week), rule, why or "", datetime.now(UTC))
            wish = Wish(period, moment, languages, why if reissue else None)
            done = publish_now(Press(ledger, make=make, step=step), desk, wish)
            folder = done.folder
            if done.issue is None:
                say(f"{id} {done.week} v{done.version} was saved before; the ledger knows it now: {folder}")
                return
            issue = done.issue
    _tell_published(desk, issue, folder, languages, as_json)
    if elsewhere and not draft:
        say(f"the ledger is left alone: {folder} is not in {settings.output}")


def _tell_published(
    desk: Desk, issue: Issue, folder: Path, languages: tuple[str, ...], as_json: bool
) -> None:
    from reporter.bulletin.record_texts import untranslated

    files = sorted(path for path in folder.iterdir() if path.is_file())
    if as_json:
        print_json(summary_of(issue) | {"folder": str(folder), "files": [str(path) for path in files]})
        return
    kind = "draft" if issue.version is None else f"v{issue.version}"
    say(f"{issue.edition} {issue.week} ({kind}), as of {issue.as_of.isoformat()}")
    if issue.omitted:
        say(f"left out by the gate: {', '.join(f'{one.instrument} [{one.rule}]' for one in issue.omitted)}")
    odd = any(warning.counts for warning in issue.warnings)
    if odd or desk.records.warnings or untranslated(issue, desk.languages):
        say(f"there are warnings; `reporter check --week {issue.week}` lists them")
    commented = desk.commented(issue, languages)
    for problem in (*commented.contradictions, *commented.warnings):
        say(str(replace(problem, severity="warning")))
    for path in files:
        if path.suffix in (".pdf", ".html"):
            print(path)


def _reason(reissue: bool, override: Sequence[str] | None, reason: str | None, draft: bool) -> str | None:
    """Yields why a version is replaced, or a rule overridden; None where neither is."""
    if draft and (reissue or override):
        raise UsageError(
            "--draft goes without --reissue and --override: it replaces nothing, nothing holds it"
        )
    if not reissue and not override:
        if reason is not None:
            raise UsageError("--reason goes with --reissue or --override")
        return None
    from reporter.press.reissue import checked_reason

    return checked_reason(reason)


@press_app.command()
def schedule(config: Config = None) -> None:
    """Publish what is due, in the foreground, until SIGTERM or Ctrl-C."""
    from reporter.clock import SystemClock
    from reporter.journal import Journal, write_log
    from reporter.mailing import Mailing
    from reporter.press.rounds import Rounds
    from reporter.press.scheduler import run_rounds
    from reporter.press.settings_watch import SettingsWatch
    from reporter.settings import find_config

    watch = SettingsWatch(config if config is not None else find_config(Path.cwd()))
    write_log()
    clock = SystemClock()
    rounds = Rounds(watch, clock, Journal(clock))
    mailing = Mailing(watch, clock, rounds.journal, rounds.stopping)
    run_rounds(rounds, beside=[mailing.round])


@press_app.command("next")
def next_(
    edition: Edition = None,
    number: Annotated[int, typer.Option("--count", metavar="N", min=1, max=200, help="How many.")] = 5,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the coming publications, and why one is not on its usual day; change nothing."""
    from reporter.press.status import coming, slot_json, timetables

    settings = settings_of(config)
    now = datetime.now(UTC)
    found = [
        slot
        for table in timetables(settings, _calendars(settings))
        if edition is None or table.edition == edition
        for slot in coming(table, now, number)
    ]
    found = sorted(found, key=lambda slot: slot.at)[:number]
    if edition is not None:
        from reporter.settings import choose_edition

        choose_edition(settings, edition)
    if as_json:
        print_json([slot_json(slot) for slot in found])
        return
    for slot in found:
        print(_slot_line(slot))
    if not found:
        say("nothing is scheduled: no edition has a `schedule:`")


def _slot_line(slot: Slot) -> str:
    local = f"{slot.at:%a %Y-%m-%d %H:%M} {slot.at.tzinfo}"
    why = f"  ({slot.shift})" if slot.shift else ""
    unknown = f"  held: no holiday of {slot.unknown_year} is known" if slot.unknown_year else ""
    when = "no issue" if slot.skipped else f"{local}  {slot.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{slot.edition}  {slot.week}  {when}{why}{unknown}"


@press_app.command()
def due(
    run_now: Annotated[
        bool, typer.Option("--run", help="Publish it, and mail what is to be mailed.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what should have been published by now and is not; exit status 3 where there is anything."""
    from reporter.clock import SystemClock
    from reporter.press.due import Due
    from reporter.press.status import due_now, slot_json
    from reporter.settings import find_config

    settings = settings_of(config)
    clock = SystemClock()
    if run_now:
        from reporter.journal import Journal, write_log
        from reporter.mailing import Mailing
        from reporter.press.rounds import Rounds
        from reporter.press.settings_watch import SettingsWatch

        write_log()
        watch = SettingsWatch(config if config is not None else find_config(Path.cwd()))
        journal = Journal(clock)
        Rounds(watch, clock, journal, impatient=True).round()
        Mailing(watch, clock, journal).round()
    from reporter.press.by_hand import books_if_begun

    ledger = books_if_begun(settings, clock)
    open_now = list(due_now(settings, ledger, _calendars(settings), clock.now())) if ledger else []
    issues = [one for one in open_now if isinstance(one, Due)]
    if as_json:
        print_json(
            [
                slot_json(one.slot)
                | {"state": one.entry.state if one.entry else "due", "late": one.late}
                | {"reason": one.entry.reason if one.entry else None}
                for one in issues
            ]
        )
    else:
        for one in issues:
            state = one.entry.state if one.entry else "due"
            reason = f"  {one.entry.reason}" if one.entry and one.entry.reason else ""
            print(f"{one.slot.edition}  {one.slot.week}  {state}{' (late)' if one.late else ''}{reason}")
    if ledger is None:
        say("no ledger was begun: `reporter schedule` or `reporter run` begins one")
    elif not issues:
        say("nothing is due")
    if issues:
        raise typer.Exit(HELD)


@press_app.command()
def backfill(
    edition: EditionName,
    weeks: Annotated[str, typer.Argument(metavar="WEEK..WEEK", help="Such as 2025-W40..2025-W49.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Publish past weeks, each as known at its own cut-off; what is published already stays."""
    from reporter.clock import SystemClock
    from reporter.press.by_hand import backfill as filled
    from reporter.press.by_hand import open_books, weeks_of
    from reporter.press.desk import open_desk
    from reporter.press.pagemakers import page_makers
    from reporter.press.publish import Press

    settings = settings_of(config)
    wanted, results = weeks_of(weeks), []
    with progress() as step:
        desk = open_desk(settings, edition, step=step)
        with page_makers(len(desk.languages)) as make:
            press = Press(open_books(settings, SystemClock()), make=make, step=step)
            for one in filled(press, desk, wanted):
                results.append(one)
                if not as_json:
                    print(f"{one.week}  {one.state}  {one.told}", flush=True)
    if as_json:
        print_json([{"week": one.week, "state": one.state, "told": one.told} for one in results])
    states = [one.state for one in results]
    say(", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    if "held" in states:
        raise typer.Exit(HELD)


@press_app.command()
def approve(edition: EditionName, week: WeekName, config: Config = None, as_json: Json = False) -> None:
    """Release the draft of a week: what it says may be published; a later change voids that."""
    from reporter.clock import SystemClock
    from reporter.press.by_hand import approve as approved
    from reporter.press.by_hand import open_books
    from reporter.press.desk import parse_week
    from reporter.settings import choose_edition

    settings, clock = settings_of(config), SystemClock()
    id, name = choose_edition(settings, edition), str(parse_week(week))
    content = approved(open_books(settings, clock), settings, id, name, clock.now())
    if as_json:
        print_json({"edition": id, "week": name, "content": content})
        return
    print(content)
    say(f"{id} {name}: approved; it is void as soon as a record, the commentary or a template changes")


@press_app.command()
def withdraw(
    edition: EditionName,
    week: WeekName,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, show_default="the latest")
    ] = None,
    reason: Reason = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Mark a published version as withdrawn, in manifest, index and ledger; delete nothing."""
    from reporter.clock import SystemClock
    from reporter.press.by_hand import books_if_begun, withdraw_version
    from reporter.press.desk import parse_week
    from reporter.press.reissue import checked_reason
    from reporter.press.versions import WITHDRAWN, read_manifest
    from reporter.settings import choose_edition

    settings = settings_of(config)
    id, why = choose_edition(settings, edition), checked_reason(reason)
    at = datetime.now(ZoneInfo(settings.timezone)).replace(microsecond=0)
    ledger = books_if_begun(settings, SystemClock())
    folder = withdraw_version(ledger, settings, id, str(parse_week(week)), version, at, why)
    mark = read_manifest(folder)[WITHDRAWN]
    if as_json:
        print_json({"edition": id, "week": week, "folder": str(folder), "withdrawn": mark})
        return
    print(folder)
    say(f"{id} {week} {folder.name}: withdrawn at {mark['at']}: {mark['reason']}")


@press_app.command()
def status(config: Config = None, as_json: Json = False) -> None:
    """Show issues, what comes next, and what is wrong; exit status 3 where anything is."""
    from reporter.clock import SystemClock
    from reporter.post.delivery_status import delivery_status
    from reporter.press.by_hand import books_if_begun
    from reporter.press.status import lines
    from reporter.press.status import status as looked

    settings, clock = settings_of(config), SystemClock()
    ledger = books_if_begun(settings, clock)
    deliveries = delivery_status(ledger.store, clock.now()) if ledger else []
    found = looked(settings, ledger, _calendars(settings), clock.now(), deliveries)
    print_json(found.report) if as_json else print("\n".join(lines(found)))
    if not found.healthy:
        say(count(len(found.faults), "fault"))
        raise typer.Exit(HELD)


def _calendars(settings: Settings) -> dict[str, Any]:
    from reporter.records.location import near
    from reporter.records.validation import load_calendars

    return dict(load_calendars(near(settings.source)))
