"""What a changed thing is called, and how each of its fields is written in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from reporter.bulletin.changes import Scalar
from reporter.bulletin.prose import Prose
from reporter.calendar import PartialDate
from reporter.language import Language

Get: TypeAlias = Callable[[str], Scalar]  # a field of the thing by its path, before or after
Write: TypeAlias = Callable[[Prose, str, Get], str]  # "" where there is nothing


def _decimal(value: Scalar) -> Decimal:
    return Decimal(str(value))


def _decimals(prose: Prose, instrument: str) -> int | None:
    known = prose.issue.instruments.get(instrument)
    return known.decimals if known else None


def _range(prose: Prose, decimals: int | None, low: Scalar, high: Scalar) -> str:
    if low is None or high is None:
        return ""
    if low == high:
        return prose.say.number(_decimal(low), decimals)
    return prose.say.span(_decimal(low), _decimal(high), decimals)


def _price(prose: Prose, thing: str, get: Get) -> str:
    """Yields `185–198 yuan/kg`: the range where one is stated, else the value."""
    say, decimals, value = prose.say, _decimals(prose, thing), get("value")
    if value is None:
        return ""
    low, high = get("low"), get("high")
    number = say.number(_decimal(value), decimals) if low == high else _range(prose, decimals, low, high)
    return _with_unit(say, number, get)


def _with_unit(say: Language, number: str, get: Get) -> str:
    unit = str(get("unit"))
    if unit == "index":
        return number
    if unit == "pct":
        return say("format.percent", number=number)
    return say("quantity.plain", number=number, unit=_per(say, get))


def _move(path: str) -> Write:
    """Yields the writer of a change: its percentage, else its amount."""

    def write(prose: Prose, thing: str, get: Get) -> str:
        percent, amount = get(f"{path}.pct"), get(f"{path}.abs")
        if percent is not None and get("unit") != "pct":
            return prose.say.percent(_decimal(percent))
        return (
            "" if amount is None else prose.say.number(_decimal(amount), _decimals(prose, thing), signed=True)
        )

    return write


def _number(path: str) -> Write:
    def write(prose: Prose, thing: str, get: Get) -> str:
        value = get(path)
        return "" if value is None else prose.say.number(_decimal(value), _decimals(prose, thing))

    return write


def _year_range(prose: Prose, thing: str, get: Get) -> str:
    return _range(prose, _decimals(prose, thing), get("range_52w.low"), get("range_52w.high"))


def _corrected(prose: Prose, thing: str, get: Get) -> str:
    instrument = thing.partition("/")[0]
    low, high, value = get("new_low"), get("new_high"), get("new")
    if value is None:
        return ""
    decimals = _decimals(prose, instrument)
    return _range(prose, decimals, low, high) or prose.say.number(_decimal(value), decimals)


def _quantity(value: str, unit: str, low: str = "", high: str = "") -> Write:
    """Yields the writer of an amount with its unit, or of a range of amounts."""

    def write(prose: Prose, thing: str, get: Get) -> str:
        first, last = get(value), None
        if first is None and low:
            first, last = get(low), get(high)
        if first is None:
            return ""
        top = None if last is None else _decimal(last)
        named = get(unit)
        if named is None:
            return prose.say.number(_decimal(first))
        return prose.say.quantity(_decimal(first), prose.own(str(named)), top)

    return write


def _word(path: str, key: str) -> Write:
    """Yields the writer of a code that the catalogue has words for."""

    def write(prose: Prose, thing: str, get: Get) -> str:
        code = get(path)
        return "" if code is None else prose.say(f"{key}.{code}")

    return write


def _stage(prose: Prose, thing: str, get: Get) -> str:
    stage = get("stage")
    return prose.stage(str(stage)) if stage is not None else ""


def _expected(prose: Prose, thing: str, get: Get) -> str:
    expected = get("expected")
    return "" if expected is None else prose.say.partial(PartialDate.parse(str(expected)))


def _text(path: str) -> Write:
    def write(prose: Prose, thing: str, get: Get) -> str:
        text = get(path)
        return "" if text is None else prose.own(str(text))

    return write


def _unit(prose: Prose, thing: str, get: Get) -> str:
    return _per(prose.say, get)


def _per(say: Language, get: Get) -> str:
    currency = get("currency")
    return say.unit(None if currency is None else str(currency), str(get("unit")))


def _money(prose: Prose, thing: str, get: Get) -> str:
    money, currency = get("money"), get("money_currency")
    return "" if money is None else prose.say.money(_decimal(money), str(currency or ""))


def _silent(prose: Prose, thing: str, get: Get) -> str:
    """Writes nothing: that the fields differ is told by the fact's own words."""
    return ""


_CAPACITY = ("capacity", ("capacity", "capacity_unit"), _quantity("capacity", "capacity_unit"))
_MOVES = ("new", "stage_moves", "slips", "capacity_changes", "cancellations", "overdue")
# By kind: what a fact is called, the fields it tells of, and how these are written; the first is the thing's
# own value where it is called so.
FACTS: Mapping[str, tuple[tuple[str, tuple[str, ...], Write], ...]] = {
    "price": (
        ("value", ("value", "low", "high"), _price),
        *(
            (name, (f"changes.{name}",), _move(f"changes.{name}"))
            for name in ("wow", "four_week", "yoy", "ytd")
        ),
        ("mom", ("mom",), _move("mom")),
        ("average_4w", ("average_4w",), _number("average_4w.value")),
        ("range_52w", ("range_52w",), _year_range),
        ("status", ("status",), _word("status", "changed.status")),
        ("wording", ("wording",), _word("wording", "wording")),
        ("spec_version", ("spec_version",), _text("spec_version")),
        ("unit", ("unit", "currency"), _unit),
        ("foreign", ("foreign",), _quantity("foreign.value", "foreign.currency")),
    ),
    "correction": (("value", ("new", "new_low", "new_high"), _corrected),),
    "event": (
        ("headline", ("headline",), _text("headline")),
        ("stage", ("stage",), _stage),
        ("expected", ("expected",), _expected),
        _CAPACITY,
        ("money", ("money", "money_currency"), _money),
    ),
    "project": (
        ("stage", ("stage",), _stage),
        ("expected", ("expected",), _expected),
        _CAPACITY,
        ("name", ("name",), _text("name")),
        ("moves", _MOVES, _silent),
    ),
    "by_stage": (("stage", (), _silent),),
    "total": (
        ("value", ("value",), _quantity("value", "unit")),
        ("projects", ("projects",), _text("projects")),
    ),
    "forecast": (
        ("value", ("value", "low", "high", "unit"), _quantity("value", "unit", "low", "high")),
        ("target_year", ("target_year",), _text("target_year")),
    ),
    "statistic": (("value", ("value", "unit"), _quantity("value", "unit")),),
    "route": (("stage", ("stage_in_china",), _text("stage_in_china")),),
    "policy": (("title_text", ("title",), _text("title")),),
}


# ── what a thing is called ──

Name: TypeAlias = Callable[[Prose, str, Get], str]


def _instrument(prose: Prose, thing: str, get: Get) -> str:
    if thing in prose.issue.instruments:
        return prose.instrument_name(thing)
    named = (get(f"names.{code}") for code in (prose.say.code, "", "en"))
    return str(next(filter(None, named), thing))


def _correction(prose: Prose, thing: str, get: Get) -> str:
    name, date = _instrument(prose, str(get("instrument")), get), PartialDate.parse(str(get("date")))
    return prose.say("changed.correction", name=name, date=prose.say.date(date.start, "short"))


def _headline(prose: Prose, thing: str, get: Get) -> str:
    return prose.own(str(get("headline")))


def _project(prose: Prose, thing: str, get: Get) -> str:
    company, name = get("company.0"), get("name")
    names = [prose.company(str(company)) if company else "", prose.own(str(name)) if name else thing]
    return " · ".join(filter(None, names))


def _stages(prose: Prose, thing: str, get: Get) -> str:
    return prose.say("changed.by_stage")


def _total(prose: Prose, thing: str, get: Get) -> str:
    say, words = prose.say, prose.issue.vocabulary
    labels = (
        say.label(words.segments, str(get("segment"))),
        say.label(words.capacity_kinds, str(get("kind"))),
        prose.stage(str(get("stage"))),
    )
    return say("changed.total", of=say("list.names").join(filter(None, labels)))


def _outlook(prose: Prose, thing: str, get: Get) -> str:
    """Yields `issuer, metric, 2030` of a forecast, or of a statistic its metric and period."""
    issuer, when = get("issuer"), get("target_year") or get("period")
    names = [prose.own(str(text)) for text in (issuer, get("metric"), get("scope")) if text]
    return prose.say("list.names").join([*names, str(when)])


def _route(prose: Prose, thing: str, get: Get) -> str:
    return prose.say.label(prose.issue.vocabulary.routes, thing)


NAMES: Mapping[str, Name] = {
    "price": _instrument,
    "correction": _correction,
    "event": _headline,
    "project": _project,
    "by_stage": _stages,
    "total": _total,
    "forecast": _outlook,
    "statistic": _outlook,
    "route": _route,
    "policy": _text("title"),
}
