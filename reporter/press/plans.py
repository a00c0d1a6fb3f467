"""Settings and records → the plain plan of one edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from reporter.bulletin.plan import EditionPlan, Layout, SectionPlan, StoryFilter
from reporter.calendar import WEEKDAYS, Period, PublicationCalendar, PublicationRule
from reporter.errors import Problem, SettingsError
from reporter.language import available_languages
from reporter.market.foreign import EXCLUDED, INCLUDED, ForeignTerms, Vat
from reporter.market.wording import Thresholds
from reporter.press.gate import GateTerms
from reporter.press.slots import Timetable
from reporter.publishing_settings import RULES, action_of
from reporter.records.validation import Records
from reporter.settings import EditionSettings, ForeignSettings, Settings


def edition_plan(settings: Settings, id: str, records: Records) -> EditionPlan:
    """Yields the plan of an edition; SettingsError where it names what the records do not have."""
    edition = settings.editions[id]
    problems = list(_problems(settings, id, edition, records))
    if problems:
        raise SettingsError(problems)
    rule = publication_rule(settings, edition, records.calendars)
    problems = list(_early_slots(settings, id, edition, rule))
    if problems:
        raise SettingsError(problems)
    return EditionPlan(
        id=id,
        title=edition.title,
        rule=rule,
        sections=tuple(
            SectionPlan(
                section.id,
                section.kind,
                section.title,
                tuple(StoryFilter(s.types, s.segments, s.regions) for s in section.stories),
                section.when_empty,
            )
            for section in edition.sections
        ),
        instruments=edition.instruments,
        headline_instruments=edition.headline_instruments,
        week_ends=WEEKDAYS.index(edition.week_ends),
        thresholds=Thresholds(**edition.wording.model_dump()),
        event_weights=edition.event_weights,
        statement=edition.statement,
        contact=edition.contact,
        foreign=_foreign(edition.foreign) if edition.foreign else None,
        layout=Layout(edition.paper, edition.most_rows),
        quality=edition.quality.plain(),
    )


def _foreign(foreign: ForeignSettings) -> ForeignTerms:
    vat = foreign.vat
    if vat is None:
        return ForeignTerms(foreign.currency, foreign.source)
    assumed = Vat(INCLUDED if vat.assume == "included" else EXCLUDED, vat.rate, assumed=True)
    return ForeignTerms(foreign.currency, foreign.source, assumed)


def gate_terms(settings: Settings, id: str) -> GateTerms:
    """Yields what the rules of an edition's gate do: as `gate:` says, else by the severity of `quality:`."""
    edition = settings.editions[id]
    severities = edition.quality.plain().severity
    actions = dict(RULES) | {code: action_of(severity) for code, severity in severities.items()}
    for code, rule in edition.gate.items():
        if rule.action is not None:
            actions[code] = rule.action
    least = edition.gate["few_events"].least if "few_events" in edition.gate else None
    return GateTerms(actions, least or 0)


def publication_rule(
    settings: Settings, edition: EditionSettings, calendars: Mapping[str, PublicationCalendar]
) -> PublicationRule:
    """Yields when an edition goes out; its calendar, if it has one, must be in `calendars`."""
    zone = ZoneInfo(edition.timezone or settings.timezone)
    schedule = edition.schedule
    if schedule is None:
        return PublicationRule(zone)
    calendar = calendars[schedule.calendar] if schedule.calendar else None
    return PublicationRule(zone, WEEKDAYS.index(schedule.day), schedule.at, calendar, schedule.on_holiday)


def timetable(settings: Settings, id: str, calendars: Mapping[str, PublicationCalendar]) -> Timetable:
    """Yields the timetable of an edition.

    A calendar that is not in `calendars` is one of which nothing is known: no year of it is covered.
    """
    edition, schedule = settings.editions[id], settings.editions[id].schedule
    known = dict(calendars)
    if schedule and schedule.calendar:
        known.setdefault(schedule.calendar, PublicationCalendar(schedule.calendar))
    rule = publication_rule(settings, edition, known)
    ends = WEEKDAYS.index(edition.week_ends)
    if schedule is None:
        return Timetable(id, rule, ends)
    return Timetable(id, rule, ends, schedule.wait_until, schedule.embargo, schedule.starts)


def _problems(settings: Settings, id: str, edition: EditionSettings, records: Records) -> Iterable[Problem]:
    """Yields what the edition names and the records, or the catalogues, do not have."""
    known = [instrument.id for instrument in records.instruments]
    for field in ("instruments", "headline_instruments"):
        for n, name in enumerate(getattr(edition, field) or ()):
            if name not in known:
                path = ("editions", id, field, n)
                yield settings.problem("unknown_instrument", _unknown(name, known), *path, value=name)
    shown = edition.instruments or known
    for n, name in enumerate(edition.headline_instruments or ()):
        if name in known and name not in shown:
            path = ("editions", id, "headline_instruments", n)
            yield settings.problem(
                "unknown_instrument", "is not in this edition's instruments", *path, value=name
            )
    for n, code in enumerate(edition.languages):
        if code not in available_languages():
            message = f"there is no catalogue for it; there are: {', '.join(available_languages())}"
            yield settings.problem("unknown_language", message, "editions", id, "languages", n, value=code)
    calendar = edition.schedule and edition.schedule.calendar
    if calendar and calendar not in records.calendars:
        where = ("editions", id, "schedule", "calendar")
        message = _unknown(calendar, records.calendars)
        yield settings.problem("unknown_calendar", message, *where, value=calendar)
    yield from _foreign_problems(settings, id, edition, records)


def _foreign_problems(
    settings: Settings, id: str, edition: EditionSettings, records: Records
) -> Iterable[Problem]:
    """Yields a fault where prices need rates of a source that fx.csv does not have."""
    if edition.foreign is None:
        return
    shown = [
        spec for spec in records.instruments if edition.instruments is None or spec.id in edition.instruments
    ]
    currencies = {spec.currency for spec in shown} - {None, edition.foreign.currency}
    table = records.tables.get("fx")
    sources = [] if table is None else sorted(set(table["source"]))
    if currencies and edition.foreign.source not in sources:
        path = ("editions", id, "foreign", "source")
        message = f"{_unknown(edition.foreign.source, sources)} (the sources of the fx table)"
        yield settings.problem("unknown_source", message, *path, value=edition.foreign.source)


def _early_slots(
    settings: Settings, id: str, edition: EditionSettings, rule: PublicationRule
) -> Iterable[Problem]:
    """Yields a fault where a holiday would shift a slot back into the period that it prints."""
    if rule.calendar is None or rule.on_holiday != "previous":
        return
    ends = WEEKDAYS.index(edition.week_ends)
    for holiday in sorted(rule.calendar.holidays):
        period = Period.containing(holiday - timedelta(days=1), ends).back(1)
        for candidate in (period, period.back(-1)):
            if rule.slot_day(candidate) <= candidate.end:
                message = (
                    f"the slot of {candidate.week} would move back to {rule.slot_day(candidate)}, before the"
                    f" period's end on {candidate.end}; choose next or skip, or a later day"
                )
                yield settings.problem("early_slot", message, "editions", id, "schedule", "on_holiday")
                return


def _unknown(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = get_close_matches(name, known, 1)
    if close:
        return f"is not in the records; did you mean {close[0]}?"
    return f"is not in the records; there are: {', '.join(known[:12]) or 'none'}"
