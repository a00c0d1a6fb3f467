"""The desk of an edition: its settings, records and plan, and the issues that it prepares and prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import MANIFEST, issue_files, manifest, provenance
from reporter.bulletin.figures import Json, figures
from reporter.bulletin.glyphs import unprintable
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Maker, Step, make_here
from reporter.bulletin.plan import EditionPlan
from reporter.calendar import WEEKDAYS, Period, Week, end_of_day
from reporter.errors import NothingToDo, Problem, RecordsError, UsageError
from reporter.press.commentary import Commented, with_commentary
from reporter.press.gate import GateTerms
from reporter.press.plans import edition_plan, gate_terms, timetable
from reporter.press.slots import Timetable
from reporter.press.storage import week_folder
from reporter.press.versions import Replaced, read_manifest, version_folders
from reporter.records.location import Location, Source, near, near_path
from reporter.records.need import WHOLE_BELOW, Need
from reporter.records.snapshot import Snapshot
from reporter.records.validation import Records, load_records
from reporter.settings import Settings, choose_edition

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


@dataclass(frozen=True)
class Desk:
    """What every command on one edition needs: settings, checked records, plan, commentaries."""

    settings: Settings
    records: Records
    plan: EditionPlan
    languages: tuple[str, ...]
    commentary: Path

    @property
    def gate(self) -> GateTerms:
        """What the rules of the edition's gate do."""
        return gate_terms(self.settings, self.plan.id)

    @property
    def timetable(self) -> Timetable:
        """When the edition goes out."""
        return timetable(self.settings, self.plan.id, self.records.calendars)

    def commented(self, issue: Issue, languages: Sequence[str] = ()) -> Commented:
        """Yields the issue with its commentary (in the edition's languages), checked."""
        stable_below = self.plan.thresholds.edged
        return with_commentary(issue, self.commentary, languages or self.languages, stable_below)


@dataclass(frozen=True)
class Prepared:
    """An issue with its commentary, ready to be printed; `made_with` goes into its manifest."""

    issue: Issue
    snapshot: Snapshot
    languages: tuple[str, ...]
    made_with: Json
    contradictions: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Made:
    """An issue and its files, not saved yet."""

    issue: Issue
    files: dict[str, bytes]


def silent(_: str) -> None:
    """Tells nobody about a step."""


def open_desk(
    settings: Settings,
    edition: str | None = None,
    *,
    records: str | None = None,
    step: Step = silent,
    moment: datetime | None = None,
    week: str | None = None,
    whole_below: int = WHOLE_BELOW,
) -> Desk:
    """Yields the desk of an edition (default: the first).

    With a `moment` it is good for the issue of `week` (default: the latest) as of that moment alone: a long
    price history (of `whole_below` rows or more) is read as far as that issue needs it.

    Raises UsageError for an unknown edition, RecordsError with every fault of the records, SettingsError
    where settings and records disagree.
    """
    id = choose_edition(settings, edition)
    source = near(settings.source) if records is None else Source(Location(records))
    step(f"records of {source}")
    need = None if moment is None else _need(settings, id, moment, week, whole_below)
    loaded = load_records(source, ZoneInfo(settings.timezone), need)
    plan = edition_plan(settings, id, loaded)
    commentary = settings.commentary_folder
    if records is not None and source.folder:
        commentary = source.folder / "commentary"
    return Desk(settings, loaded, plan, settings.editions[id].languages, near_path(commentary))


def _need(settings: Settings, id: str, moment: datetime, week: str | None, whole_below: int) -> Need:
    edition = settings.editions[id]
    week_ends = WEEKDAYS.index(edition.week_ends)
    return Need(
        moment,
        ZoneInfo(settings.timezone),
        moment.astimezone(ZoneInfo(edition.timezone or settings.timezone)).date(),
        parse_week(week).period(week_ends) if week else None,
        week_ends,
        frozenset(edition.instruments) if edition.instruments is not None else None,
        whole_below,
    )


def parse_as_of(text: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """Yields the moment of an `--as-of`: without a time 23:59:59, without a zone in `zone`; None is now."""
    if text is None:
        return now.astimezone(zone).replace(microsecond=0)
    try:
        if _DAY.fullmatch(text):
            return end_of_day(date.fromisoformat(text), zone)
    except ValueError:
        pass
    return parse_moment("--as-of", text, zone)


def parse_moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    """Yields the moment an option names: of a day 00:00, without a zone in `zone`; UsageError for none."""
    try:
        if not (_DAY.fullmatch(text) or _MOMENT.fullmatch(text)):
            raise ValueError
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r} is not a moment such as 2025-12-06T21:47+08:00 or 2025-12-06"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def parse_week(text: str) -> Week:
    """Yields the week of a `--week`; UsageError where it is none."""
    try:
        return Week.parse(text)
    except ValueError as error:
        raise UsageError(f"--week {error}") from None


def choose_period(desk: Desk, snapshot: Snapshot, week: str | None) -> Period:
    """Yields the period of `week`, else of the latest day on which a price or an event is known."""
    if week is not None:
        return parse_week(week).period(desk.plan.week_ends)
    latest = snapshot.latest_day(desk.plan.rule.zone, desk.plan.instruments)
    if latest is None:
        raise NothingToDo(f"{desk.plan.id}: no price and no event is known at {snapshot.as_of.isoformat()}")
    return Period.containing(latest, desk.plan.week_ends)


def make_issue(
    desk: Desk,
    snapshot: Snapshot,
    period: Period,
    *,
    version: int | None = None,
    replaced: Replaced | None = None,
    languages: tuple[str, ...] = (),
    decided: Json | None = None,
    step: Step = silent,
    make: Maker = make_here,
) -> Made:
    """Yields an issue and all its files, manifest included, in memory; nothing is written.

    `decided` is what a manifest says that the gate and the desk decided.
    """
    omitted = (decided or {}).get("omitted", {})
    issue = build_issue(snapshot, desk.plan, period, version=version, omitted=omitted)
    if replaced is not None:
        issue = replaced.reissued(issue)
    return print_files(desk, prepare(desk, snapshot, issue, languages, decided), step, make)


def prepare(
    desk: Desk, snapshot: Snapshot, issue: Issue, languages: tuple[str, ...] = (), decided: Json | None = None
) -> Prepared:
    """Yields an issue with its commentary, and what its manifest will say of its making.

    `decided` is what the gate and the desk decided of it. Raises RecordsError where a record or the
    commentary cannot be printed. Whether the figures bear the commentary out is not asked here.
    """
    chosen = languages or desk.languages
    refuse_unprintable(issue, snapshot, figures(issue), chosen)
    commented = desk.commented(issue, chosen).printable()
    made_with = provenance(desk.plan, desk.settings.templates, chosen)
    if commented.hashes:
        made_with["commentary"] = dict(commented.hashes)
    return Prepared(commented.issue, snapshot, chosen, made_with | (decided or {}), commented.contradictions)


def print_files(desk: Desk, prepared: Prepared, step: Step = silent, make: Maker = make_here) -> Made:
    """Yields the files of a prepared issue, manifest included, in memory."""
    issue = prepared.issue
    files = issue_files(issue, prepared.languages, desk.plan.layout, desk.settings.templates, step, make)
    hashes, windows = prepared.snapshot.table_hashes(issue.period), prepared.snapshot.windows(issue.period)
    files[MANIFEST] = manifest(issue, files, hashes, prepared.made_with, windows)
    return Made(issue, files)


def refuse_unprintable(issue: Issue, snapshot: Snapshot, document: Json, languages: Sequence[str]) -> None:
    """Raises RecordsError naming each record with a letter that no bundled font has, at its place."""
    problems = []
    for found in unprintable(issue, document, languages):
        place = snapshot.place(found.record)
        message = f"no font of the bulletin has {found.letters}; write it in other letters"
        file, line, at = (place.file, place.line, place.at) if place else (found.record, None, "")
        problems.append(Problem("no_glyph", message, file, line, found.field, found.text, at=at))
    if problems:
        raise RecordsError(problems)


def published_as_of(output: Path, edition: str, week: str) -> datetime | None:
    """Yields the as-of of the latest published version of a week, or None where there is none."""
    folders = version_folders(week_folder(output, edition, week))
    return datetime.fromisoformat(read_manifest(folders[-1])["as_of"]) if folders else None
