"""What is followed, from instruments.yaml: every version of every instrument."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise

from reporter.errors import Problem
from reporter.records import cells
from reporter.records.model import Instrument, Place, Text, Vocabulary
from reporter.records.problems import Problems
from reporter.yamltext import Lines, YamlFault, line_at, load_yaml

FREQUENCIES = ("daily", "weekly", "biweekly", "monthly")
WEEKLY_RULES = ("last", "mean")
YTD_BASES = ("prev_year_last", "first_of_year")
WITHOUT_CURRENCY = ("index", "pct")

Reader = Callable[[object], object]


@dataclass(frozen=True)
class Instruments:
    """The versions in the file's order, where each stands, and every id met, faulty ones too."""

    versions: tuple[Instrument, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()


def read_instruments(
    text: str,
    file: str,
    vocabulary: Vocabulary | None,
    calendars: Collection[str] | None,
    problems: Problems,
) -> Instruments | None:
    """Yields the instruments of a YAML text; None if it is not a list at all.

    Faults go to `problems`; a faulty entry is left out. Without a vocabulary or calendars (they have
    faults of their own) their words are not checked.
    """
    try:
        content, lines = load_yaml(text, file)
    except YamlFault as fault:
        problems.extend(fault.problems)
        return None
    if not isinstance(content, list) or not content:
        problems.add(
            Problem("instruments", "must be a list of instruments, each '- {id: …, name: …}'", file, 1)
        )
        return None
    readers = _readers(vocabulary, calendars)
    made: list[tuple[Instrument, int]] = []
    ids = set()
    for index, entry in enumerate(content):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            ids.add(entry["id"].strip())
        instrument = _instrument(entry, index, _Places(file, lines), readers, problems)
        if instrument is not None:
            made.append((instrument, line_at(lines, (index,)) or 1))
    _check_versions(made, file, problems)
    places = {version_key(one): Place(file, line) for one, line in made}
    return Instruments(tuple(one for one, _ in made), places, frozenset(ids))


def version_key(instrument: Instrument) -> str:
    """Yields `instruments/<id>/v<spec_version>`."""
    return f"instruments/{instrument.id}/v{instrument.spec_version}"


@dataclass(frozen=True)
class _Places:
    file: str
    lines: Lines

    def problem(
        self, message: str, *path: str | int, value: object = None, severity: str = "error"
    ) -> Problem:
        field_ = str(path[1]) if len(path) > 1 else ""
        shown = None if value is None else str(value)
        code = "unknown_field" if severity == "warning" else "instrument"
        return Problem(code, message, self.file, line_at(self.lines, path), field_, shown, severity)


def _instrument(
    entry: object, index: int, places: _Places, readers: Mapping[str, Reader], problems: Problems
) -> Instrument | None:
    if not isinstance(entry, dict):
        problems.add(
            places.problem("must be an instrument, such as {id: …, name: …, unit: kg, currency: CNY}", index)
        )
        return None
    values: dict[str, object] = {}
    faults = []
    for name, value in entry.items():
        if name not in readers:
            problems.add(places.problem("is not a field of an instrument", index, name, severity="warning"))
        elif value is not None:
            try:
                values[name] = readers[name](value)
            except ValueError as fault:
                faults.append(places.problem(str(fault), index, name, value=value))
    faults += [
        places.problem("is required", index, name)
        for name in ("id", "name", "unit")
        if entry.get(name) is None
    ]
    faults += _currency_faults(entry, index, places)
    problems.extend(faults)
    return None if faults else Instrument(**values)  # type: ignore[arg-type]


def _currency_faults(entry: Mapping[str, object], index: int, places: _Places) -> list[Problem]:
    bare = entry.get("unit") in WITHOUT_CURRENCY
    if entry.get("currency") is None and not bare and entry.get("unit") is not None:
        return [places.problem("is required unless the unit is index or pct", index, "currency")]
    if entry.get("currency") is not None and bare:
        return [
            places.problem(f"has no meaning for the unit {entry['unit']}; leave it out", index, "currency")
        ]
    return []


def _check_versions(made: list[tuple[Instrument, int]], file: str, problems: Problems) -> None:
    """Refuses a version twice, and later versions that do not say from when they are valid."""

    def fault(message: str, line: int, name: str) -> None:
        problems.add(Problem("instrument", message, file, line, name))

    ordered = sorted(made, key=lambda entry: (entry[0].id, entry[0].spec_version))
    for _, group in groupby(ordered, key=lambda entry: entry[0].id):
        for (before, first), (after, line) in pairwise(group):
            if before.spec_version == after.spec_version:
                fault(f"{after.id} has this spec_version on line {first} already", line, "spec_version")
            elif after.valid_from is None:
                fault(
                    f"is required, because spec_version {after.spec_version} follows another",
                    line,
                    "valid_from",
                )
            elif before.valid_from is not None and after.valid_from <= before.valid_from:
                fault(
                    f"must be later than {before.valid_from}, that of the version before", line, "valid_from"
                )


def _readers(vocabulary: Vocabulary | None, calendars: Collection[str] | None) -> Mapping[str, Reader]:
    free = _text(cells.plain_text)
    texts = ("formula", "grade", "tax_basis", "delivery", "price_type", "source", "status")
    words = vocabulary.spellings if vocabulary else {}
    code: dict[str, Reader] = dict.fromkeys(("a segment", "route", "unit"), free)
    if vocabulary is not None:
        code["segment"] = _text(cells.code_of("a segment", vocabulary.segments, words))
        code["route"] = _text(cells.code_of("a route", vocabulary.routes, words))
        code["unit"] = _text(_price_unit(vocabulary))
    return {
        "id": _text(cells.identifier),
        "name": _name,
        "currency": _text(cells.currency),
        **code,
        **dict.fromkeys(texts, free),
        "vat_rate": _vat_rate,
        "frequency": _text(cells.code_of("a frequency", FREQUENCIES)),
        "weekly_rule": _text(cells.code_of("a weekly_rule", WEEKLY_RULES)),
        "ytd_base": _text(cells.code_of("a ytd_base", YTD_BASES)),
        "calendar": free
        if calendars is None
        else _text(cells.code_of("a calendar of calendars.yaml", calendars)),
        "tick": _positive,
        "decimals": _whole(0, 6),
        "methodology_url": _text(cells.address),
        "spec_version": _whole(1, 9999),
        "valid_from": _day,
        "continues": _flag,
        "factor": _positive,
        "freshness_days": _whole(1, 9999),
    }


def _price_unit(vocabulary: Vocabulary) -> Callable[[str], str]:
    known = cells.code_of("a unit of a price", vocabulary.price_units, vocabulary.spellings)

    def read(text: str) -> str:
        if text == "Mt" and text not in vocabulary.price_units:
            raise ValueError(cells.AMBIGUOUS_MT)
        return known(text)

    return read


def _text(read: Callable[[str], str]) -> Reader:
    def from_yaml(value: object) -> str:
        if isinstance(value, bool | dict | list) or not str(value).strip():
            raise ValueError("must be text")
        return read(str(value).strip())

    return from_yaml


def _name(value: object) -> Text:
    if not isinstance(value, dict):
        return {"": str(_text(cells.plain_text)(value))}
    if not value or not all(map(cells.LANGUAGE.fullmatch, value)):
        raise ValueError("must be text, or texts by language such as {en: Copper, zh: 铜}")
    return {language: str(_text(cells.plain_text)(words)) for language, words in value.items()}


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    return Decimal(cells.decimal_text(f"{value:f}" if isinstance(value, Decimal) else str(value)))


def _positive(value: object) -> Decimal:
    if (number := _number(value)) <= 0:
        raise ValueError("must be above 0")
    return number


def _vat_rate(value: object) -> Decimal:
    if not 0 <= (number := _number(value)) < 1:
        raise ValueError("must be a fraction of 1, such as 0.13")
    return number


def _whole(lowest: int, highest: int) -> Reader:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return read


def _day(value: object) -> date:
    return cells.iso_date(str(value))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value
