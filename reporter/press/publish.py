"""Read → build → save: the one place that joins disk and clock with the core."""

from __future__ import annotations

import json
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
from reporter.press.plans import edition_plan
from reporter.press.storage import publishing, save_folder, version_folder
from reporter.records.location import Location, Source, near, near_path
from reporter.records.need import WHOLE_BELOW, Need
from reporter.records.snapshot import Snapshot, take_snapshot
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

    def commented(self, issue: Issue, languages: Sequence[str] = ()) -> Commented:
        """Yields the issue with its commentary (in the edition's languages), checked."""
        stable_below = self.plan.thresholds.edged
        return with_commentary(issue, self.commentary, languages or self.languages, stable_below)


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
    languages: tuple[str, ...] = (),
    step: Step = silent,
    make: Maker = make_here,
) -> Made:
    """Yields an issue and all its files, manifest included, in memory; nothing is written."""
    issue = build_issue(snapshot, desk.plan, period, version=version)
    return render(desk, snapshot, issue, languages, step, make)


def render(
    desk: Desk,
    snapshot: Snapshot,
    issue: Issue,
    languages: tuple[str, ...] = (),
    step: Step = silent,
    make: Maker = make_here,
) -> Made:
    """Yields the files of an issue, manifest included, in memory.

    Raises RecordsError where a record or the commentary cannot be printed. Whether the figures bear the
    commentary out is not asked here: `publish` does.
    """
    chosen = languages or desk.languages
    own = desk.settings.templates
    refuse_unprintable(issue, snapshot, figures(issue), chosen)
    commented = desk.commented(issue, chosen).printable()
    issue = commented.issue
    made_with = provenance(desk.plan, own, chosen)
    if commented.hashes:
        made_with["commentary"] = dict(commented.hashes)
    files = issue_files(issue, chosen, desk.plan.layout, own, step, make)
    files[MANIFEST] = manifest(
        issue, files, snapshot.table_hashes(issue.period), made_with, snapshot.windows(issue.period)
    )
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


def publish(
    desk: Desk,
    as_of: datetime,
    week: str | None = None,
    *,
    draft: bool = False,
    languages: tuple[str, ...] = (),
    output: Path | None = None,
    step: Step = silent,
    make: Maker = make_here,
) -> tuple[Issue, Path]:
    """Builds and saves one issue; yields it and its folder.

    A draft is replaced each time. A published version is never changed: NothingToDo where there is one.
    Only a draft may have a commentary that the figures contradict: else RecordsError names every place.
    """
    target = output or desk.settings.output
    snapshot = take_snapshot(desk.records, as_of)
    period = choose_period(desk, snapshot, week)
    version = None if draft else 1
    step(f"figures of {period.week}")
    issue = build_issue(snapshot, desk.plan, period, version=version)
    folder = version_folder(target, desk.plan.id, str(period.week), version)
    with publishing(target, desk.plan.id, str(period.week)):
        if not draft and folder.exists():
            raise NothingToDo(
                f"{desk.plan.id} {period.week} is published already: {folder};"
                " `--draft` makes a draft beside it"
            )
        if not draft:
            desk.commented(issue, languages).publishable()
        made = render(desk, snapshot, issue, languages, step, make)
        step(f"saving to {folder}")
        save_folder(folder, made.files)
    return issue, folder


def published_as_of(output: Path, edition: str, week: str) -> datetime | None:
    """Yields the as-of of the latest published version of a week, or None where there is none."""

    versions = sorted(version_folder(output, edition, week, 1).parent.glob("v[0-9]*"), key=_version)
    for folder in reversed(versions):
        if (folder / MANIFEST).is_file():
            return datetime.fromisoformat(json.loads((folder / MANIFEST).read_text("utf-8"))["as_of"])
    return None


def _version(folder: Path) -> int:
    return int(folder.name[1:]) if folder.name[1:].isdecimal() else 0
