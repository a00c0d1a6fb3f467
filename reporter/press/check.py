"""Everything that a check finds about one week, from records, commentary, figures and translations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import figures
from reporter.bulletin.issue import Issue, Warning
from reporter.bulletin.pages import Step
from reporter.bulletin.record_texts import Untranslated, untranslated
from reporter.errors import NothingToDo, Problem
from reporter.market.quality import HOLD, INFO, OFF, OVERRIDDEN, WARNING
from reporter.press.desk import Desk, choose_period, refuse_unprintable, silent
from reporter.press.gate import OF_THE_GATE, GateTerms, judge
from reporter.records.snapshot import Snapshot, take_snapshot

ERROR = "error"  # of records that are refused
RANKS = (ERROR, HOLD, WARNING, INFO, OVERRIDDEN)


@dataclass(frozen=True)
class Checked:
    """What was found, grouped: the most severe codes first, and so within a code.

    `issue` is None where the week has nothing to print; then `nothing` says so.
    """

    desk: Desk
    issue: Issue | None
    nothing: str
    findings: tuple[Problem, ...]

    def groups(self) -> Iterator[tuple[str, tuple[Problem, ...]]]:
        """Yields each code with its findings, in the order of `findings`."""
        return groups_of(self.findings)

    @property
    def held(self) -> bool:
        """Whether the gate would hold the issue."""
        return any(one.severity == HOLD for one in self.findings)

    def counts(self) -> dict[str, int]:
        """Yields how many findings there are of each severity, the most severe first, no zeros."""
        return counts_of(self.findings)


def groups_of(findings: Sequence[Problem]) -> Iterator[tuple[str, tuple[Problem, ...]]]:
    """Yields each code with its findings, in their order."""
    for code in dict.fromkeys(found.code for found in findings):
        yield code, tuple(found for found in findings if found.code == code)


def counts_of(findings: Sequence[Problem]) -> dict[str, int]:
    """Yields how many findings there are of each severity, the most severe first, no zeros."""
    counts = {rank: sum(found.severity == rank for found in findings) for rank in RANKS}
    return {rank: n for rank, n in counts.items() if n}


def check_week(
    desk: Desk,
    moment: datetime,
    week: str | None,
    step: Step = silent,
    overridden: Callable[[str], Mapping[str, str]] = lambda _: {},
) -> Checked:
    """Yields what is odd about the records and one week's issue, and what the gate holds; writes nothing.

    `overridden` yields for a week the reasons by rule for which the desk lets it go out nevertheless.
    Raises RecordsError where the issue could not be published.
    """
    snapshot = take_snapshot(desk.records, moment)
    issue, nothing = None, ""
    found = list(_of_tables(desk, snapshot))
    try:
        period = choose_period(desk, snapshot, week)
        step(f"figures of {period.week}")
        issue = build_issue(snapshot, desk.plan, period)
        refuse_unprintable(issue, snapshot, figures(issue), desk.languages)
        found += desk.commented(issue).publishable().warnings
    except NothingToDo as error:
        nothing = str(error)
    if issue:
        # an odd row that the issue prints was found when the table was read, too
        told = {(one.code, one.file, one.line) for one in found}
        verdict = judge(issue, desk.gate, overridden(issue.week), (), snapshot.place)
        placed = [
            *(_placed(warning, snapshot) for warning in issue.warnings),
            *(one.problem for one in verdict.rulings if one.rule in OF_THE_GATE),
        ]
        found += [one for one in placed if (one.code, one.file, one.line) not in told]
        here = {
            (one.code, one.file, one.line) for one in placed
        }  # what the tables show of other weeks holds none
        found = [
            _at_the_gate(one, desk.gate, overridden(issue.week))
            if (one.code, one.file, one.line) in here
            else one
            for one in found
        ]
        found += [_not_translated(one, snapshot) for one in untranslated(issue, desk.languages)]
    return Checked(desk, issue, nothing, _grouped(found))


def _at_the_gate(found: Problem, gate: GateTerms, overridden: Mapping[str, str]) -> Problem:
    """Yields a finding as the gate takes it: a hold, where its rule holds and nobody overrode it."""
    if found.severity == OVERRIDDEN:
        return found
    if found.code in overridden:
        return replace(found, severity=OVERRIDDEN, reason=overridden[found.code])
    if gate.actions.get(found.code) == HOLD:
        return replace(found, severity=HOLD)
    return replace(found, severity=WARNING) if found.severity == HOLD else found


def _of_tables(desk: Desk, snapshot: Snapshot) -> Iterator[Problem]:
    """Yields what was odd when the tables were read, with the severity set and what is overridden."""
    reasons = {}
    for override in snapshot.overrides:
        if place := snapshot.place(override.record):
            reasons[override.code, place.file, place.line] = override.reason
    for one in desk.records.warnings:
        severity = desk.plan.quality.severity.get(one.code, WARNING)
        reason = reasons.get((one.code, one.file, one.line or 0))
        if severity != OFF:
            yield replace(one, severity=severity if reason is None else OVERRIDDEN, reason=reason)


def _placed(warning: Warning, snapshot: Snapshot) -> Problem:
    place = snapshot.place(warning.record)
    file, line, at = (place.file, place.line, place.at) if place else ("", None, "")
    return Problem(
        warning.code,
        warning.text,
        file,
        line,
        warning.record,
        severity=warning.severity,
        reason=warning.reason,
        at=at,
    )


def _not_translated(found: Untranslated, snapshot: Snapshot) -> Problem:
    first, place = found.first, snapshot.place(found.first.record)
    file, line, at = (place.file, place.line, place.at) if place else (first.record, None, "")
    others = f" (the first of {found.count} texts here)" if found.count > 1 else ""
    mend = (
        "a name in instruments.yaml"
        if first.table == "instruments"
        else "its translation to translations.csv"
    )
    message = f"stays English on {found.language} pages{others}; add {mend}"
    return Problem("untranslated", message, file, line, first.field, first.text, WARNING, found.count, at)


def _grouped(found: Iterable[Problem]) -> tuple[Problem, ...]:
    codes: dict[str, list[Problem]] = {}
    for one in found:
        codes.setdefault(one.code, []).append(one)
    groups: Sequence[list[Problem]] = [sorted(group, key=_rank) for group in codes.values()]
    return tuple(one for group in sorted(groups, key=lambda group: _rank(group[0])) for one in group)


def _rank(one: Problem) -> int:
    return RANKS.index(one.severity)
