"""One figure of an issue: its formula, what went in, and the records behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from reporter.bulletin.figures import Json
from reporter.errors import UsageError

Locate = Callable[[str], str]
"""From a record's key to where it stands (`data/prices.csv:24`)."""

_CHANGE = "value − base, and (value − base) / base × 100; the base is "
FORMULAS = {
    "value": "the last assessed mid in the period; under rule `mean` the mean of its assessed mids",
    "wow": _CHANGE + "the value of the period before",
    "four_week": _CHANGE + "the latest value of a period that ended 28 to 38 days before this one",
    "yoy": _CHANGE + "the latest value of a period that ended on this date a year ago or 14 days before",
    "ytd": _CHANGE + "the instrument's year-to-date base",
    "average_4w": "sum of the values of the periods of the last 28 days / their number (at least 3)",
    "mom": "mean of the month's assessed mids − mean of the month before, and that / the latter × 100",
    "month_to_date": "mean of the running month's mids − mean of the month before, / the latter × 100",
    "range_52w": "lowest low to highest high of the assessed records of the last 364 days;"
    " position = (value − low) / (high − low)",
    "foreign": "price / (1 + VAT rate) / rate of its date, or of the latest of the 7 days before;"
    " wow: value − base, the base at the rate of its own date",
}
_CHANGES = ("wow", "four_week", "yoy", "ytd")
_NOT_ALWAYS = ("month_to_date", "foreign")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One figure explained: formula, named values in order, and (record key, place) pairs."""

    figure: str
    formula: str
    values: tuple[tuple[str, str], ...]
    records: tuple[tuple[str, str], ...]


def figure_names(document: Json) -> list[str]:
    """Yields the name of every figure of an issue that can be explained."""
    prices = [
        f"{price['instrument']}.{name}"
        for price in document["prices"]
        for name in FORMULAS
        if name not in _NOT_ALWAYS or price[name]
    ]
    projects = [f"project.{entry['project']}" for entry in document["pipeline"]["projects"]]
    totals = [_total_name(entry) for entry in document["pipeline"]["totals"]]
    events = [f"event.{entry['id']}" for entry in document["events"]]
    forecasts = [f"forecast.{entry['id']}" for entry in document["forecasts"]]
    statistics = [f"statistic.{entry['id']}" for entry in document["statistics"]]
    return [*prices, *projects, *totals, *events, *forecasts, *statistics]


def explain(document: Json, figure: str, locate: Locate) -> Explanation:
    """Yields the explanation of a figure of figures.json; UsageError where the issue has no such one."""
    names = figure_names(document)
    if figure not in names:
        close = get_close_matches(figure, names, 3) or names[:3]
        raise UsageError(f"{document['week']} has no figure {figure!r}; for example: {', '.join(close)}")
    group, _, rest = figure.partition(".")
    finders: dict[str, Callable[[], Explanation]] = {
        "project": lambda: _project(document, rest, figure, locate),
        "total": lambda: _total(document, figure, locate),
        "event": lambda: _entry(document["events"], rest, figure, locate),
        "forecast": lambda: _entry(document["forecasts"], rest, figure, locate),
        "statistic": lambda: _entry(document["statistics"], rest, figure, locate),
    }
    if group in finders and not any(price["instrument"] == group for price in document["prices"]):
        return finders[group]()
    instrument, _, name = figure.rpartition(".")
    price = next(price for price in document["prices"] if price["instrument"] == instrument)
    return _price(price, name, figure, locate)


def _price(price: Json, name: str, figure: str, locate: Locate) -> Explanation:
    if name == "value":
        parts = {key: price[key] for key in ("value", "low", "high", "date", "status", "last")}
        return _explanation(figure, FORMULAS[name], parts, _value_records(price), locate)
    if name == "foreign":
        return _foreign(price, figure, locate)
    part = price["changes"][name] if name in _CHANGES else price[name]
    values = {key: value for key, value in part.items() if key != "records"}
    records = part.get("records", [])
    if name in _CHANGES:
        values = {"value": price["value"], "value_date": price["date"], **values}
        records = [*_value_records(price), *records]
    return _explanation(figure, FORMULAS[name], values, records, locate)


def _foreign(price: Json, figure: str, locate: Locate) -> Explanation:
    """Yields the price, its VAT and its rate, then the value abroad; then the same of its change."""
    foreign = price["foreign"]
    change = {f"wow_{key}": value for key, value in foreign["wow"].items() if key != "records"}
    local = price["changes"]["wow"] if foreign["wow"]["base"] is not None else {}
    values = {
        "price": price["value"],
        "price_currency": price["currency"],
        "price_date": price["date"],
        **{f"vat_{key}": value for key, value in foreign["vat"].items()},
        **{key: value for key, value in foreign.items() if key not in ("vat", "wow", "records")},
        "price_base": local.get("base"),
        **change,
    }
    records = [*_value_records(price), *foreign["records"], *foreign["wow"]["records"]]
    return _explanation(figure, FORMULAS["foreign"], values, records, locate)


def _value_records(price: Json) -> list[str]:
    """Yields the records of the value itself: those listed, less the week-on-week base's."""
    if price["value"] is None:
        return [price["last"]["record"]] if price["last"] else []
    base = set(price["changes"]["wow"]["records"])
    return [key for key in price["records"] if key not in base]


def _project(document: Json, id: str, figure: str, locate: Locate) -> Explanation:
    state = next(entry for entry in document["pipeline"]["projects"] if entry["project"] == id)
    values = {key: value for key, value in state.items() if key != "records"}
    formula = "stage, capacity and expected date of the latest event that states them, else of projects.csv"
    return _explanation(figure, formula, values, state["records"], locate)


def _total_name(total: Json) -> str:
    return f"total.{total['segment']}.{total['kind']}.{total['stage']}.{total['unit']}"


def _total(document: Json, figure: str, locate: Locate) -> Explanation:
    total = next(entry for entry in document["pipeline"]["totals"] if _total_name(entry) == figure)
    states = {entry["project"]: entry for entry in document["pipeline"]["projects"]}
    members = [states[id] for id in total["members"]]
    values = {name: value for name, value in total.items() if name != "members"}
    for state in members:
        amount = f"{state['capacity']} {state['capacity_unit']} ({state['capacity_qualifier']})"
        values[f"of {state['project']}"] = amount
    formula = "sum of the capacities of one segment, kind, dimension and stage, less what is left out"
    return _explanation(figure, formula, values, [key for m in members for key in m["records"]], locate)


def _entry(entries: list[Json], id: str, figure: str, locate: Locate) -> Explanation:
    formula = "as its source states it; nothing is computed"
    entry = next(entry for entry in entries if entry["id"] == id)
    values = {key: value for key, value in entry.items() if key not in ("records", "record")}
    return _explanation(figure, formula, values, entry.get("records") or [entry["record"]], locate)


def _explanation(figure: str, formula: str, values: Json, records: list[str], locate: Locate) -> Explanation:
    shown = tuple((name, text) for name, value in values.items() for text in _shown(value))
    return Explanation(figure, formula, shown, tuple((key, locate(key)) for key in dict.fromkeys(records)))


def _shown(value: object) -> Iterator[str]:
    if value is None or value == []:
        return
    if isinstance(value, list):
        yield ", ".join(map(str, value))
    elif isinstance(value, dict):
        yield ", ".join(f"{key} {item}" for key, item in value.items())
    else:
        yield str(value)
