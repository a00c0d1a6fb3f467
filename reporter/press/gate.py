"""The gate: may this issue go out? Each rule publishes, flags, leaves an instrument out, or holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reporter.bulletin.issue import Issue
from reporter.errors import Problem
from reporter.market.quality import HOLD, OVERRIDDEN, WARNING
from reporter.publishing_settings import ALWAYS, FLAG, OMIT, RULES
from reporter.records.model import Place

DECIDED = ("overrides", "omitted")
"""What a manifest says that the gate and the desk decided."""

OF_THE_GATE = ("spec_change", "few_events")
"""Rules of the gate alone; all others are data quality's, the reading's or the PDF check's."""

WAITABLE = ("stale", "no_headline_price", "few_events", "no_data", "no_rate")
"""Rules that data still to come may satisfy: at the deadline `publish_partial` lets them go."""

_DO = {
    "refused": "mend the records",
    "no_data": "enter the week's records",
    "no_calendar": "add the year to calendars.yaml",
    "not_approved": "make a draft, look at it, then `reporter approve`",
    "layout": "mend what is named",
    "judge": "mend what is named",
    "contradiction": "mend the commentary, or mark the number as quoted",
}


@dataclass(frozen=True)
class GateTerms:
    """What each rule does, and how many stories an issue must have."""

    actions: Mapping[str, str] = field(default_factory=lambda: dict(RULES))
    least_stories: int = 0


@dataclass(frozen=True)
class Ruling:
    """What one rule found, and what it does about it; `override` is why it does nothing."""

    rule: str
    action: str
    problem: Problem
    record: str = ""
    override: str | None = None

    def __str__(self) -> str:
        done = f"overridden: {self.override}" if self.override is not None else self.action
        place = f"{self.problem.place}: " if self.problem.place else ""
        return f"{place}{done} [{self.rule}] {self.problem.told}"

    @property
    def to_do(self) -> str:
        """What the desk does about a hold."""
        if self.rule in ALWAYS or self.rule in _DO:
            return _DO.get(self.rule, "mend it")
        return f"mend the record, or `--override {self.rule} --reason TEXT`"


@dataclass(frozen=True)
class Verdict:
    """All rulings on one issue."""

    rulings: tuple[Ruling, ...] = ()

    @property
    def holds(self) -> tuple[Ruling, ...]:
        """What holds the issue."""
        return tuple(one for one in self.rulings if one.action == HOLD and one.override is None)

    @property
    def omitted(self) -> dict[str, str]:
        """The instruments to leave out, each with the first rule that says so."""
        found: dict[str, str] = {}
        for one in self.rulings:
            if one.action == OMIT and one.override is None:
                found.setdefault(instrument_of(one.record), one.rule)
        return found

    @property
    def overridden(self) -> dict[str, str]:
        """By rule, why what it found does not hold the issue."""
        return {one.rule: one.override for one in self.rulings if one.override is not None}

    def waiving(self, rules: Sequence[str], reason: str) -> Verdict:
        """Yields the verdict with these rules overridden where they hold."""
        held = self.holds
        return Verdict(
            tuple(
                replace(one, override=reason) if one in held and one.rule in rules else one
                for one in self.rulings
            )
        )

    def problems(self) -> list[Problem]:
        """Yields the holds as problems, each with what to do."""
        return [
            replace(one.problem, code=one.rule, severity=HOLD, message=f"{one.problem.message}; {one.to_do}")
            for one in self.holds
        ]


def judge(
    issue: Issue,
    terms: GateTerms,
    overrides: Mapping[str, str],
    contradictions: Sequence[Problem],
    place: Callable[[str], Place | None],
) -> Verdict:
    """Yields what the rules say of an issue. `overrides` are reasons by rule."""

    def at(code: str, record: str, text: str) -> Problem:
        where = place(record)
        file, line, cell = (where.file, where.line, where.at) if where else ("", None, "")
        return Problem(code, text, file, line, record, severity=WARNING, at=cell)

    found = [
        *((one.code, one.record, at(one.code, one.record, one.text)) for one in issue.warnings if one.counts),
        *(("spec_change", record, at("spec_change", record, text)) for record, text in _spec_changes(issue)),
        *(("few_events", "", Problem("few_events", text)) for text in _few(issue, terms)),
        *(("contradiction", "", one) for one in contradictions),
    ]
    return Verdict(tuple(_ruling(terms, overrides, *one) for one in found))


def hold(rule: str, problem: Problem) -> Verdict:
    """Yields the verdict of one rule that always holds."""
    return Verdict((Ruling(rule, HOLD, problem),))


def _ruling(terms: GateTerms, overrides: Mapping[str, str], rule: str, record: str, found: Problem) -> Ruling:
    action = terms.actions.get(rule, FLAG)
    reason = overrides.get(rule) if action in (HOLD, OMIT) else None
    severity = HOLD if action == HOLD and reason is None else OVERRIDDEN if reason is not None else WARNING
    return Ruling(rule, action, replace(found, severity=severity), record, reason)


def _spec_changes(issue: Issue) -> Iterator[tuple[str, str]]:
    for figure in issue.prices:
        if figure.wow.reason == "spec_change" and figure.records:
            yield figure.records[0], f"the specification is now version {figure.spec_version}"


def _few(issue: Issue, terms: GateTerms) -> Iterator[str]:
    if len(issue.stories) < terms.least_stories:
        yield f"the issue has {len(issue.stories)} stories; at least {terms.least_stories} are asked for"


def instrument_of(record: str) -> str:
    """Yields the instrument of a price's key, `prices/latp/2025-12-05/r0`."""
    return record.split("/")[1]
