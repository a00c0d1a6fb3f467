"""Every figure of some hundred random series against a second computation, from the definitions alone.

The upper half of this file knows nothing of the program: rows are plain dicts, every rule loops over
all of them, and rounding is done on integers. Only the tests at the end call `price_figure`.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from reporter.calendar import Period, PublicationCalendar
from reporter.market.prices import Change, MonthChange, PriceFigure, price_figure
from reporter.market.wording import Thresholds
from reporter.records.model import Assessment, History, Instrument

Row = dict[str, Any]
DAY = timedelta(days=1)


# The plain computation


def digits13(number: Fraction) -> Fraction:
    """To 13 significant digits, half away from zero."""
    if number == 0:
        return number
    size, power = abs(number), 0
    while size >= 10**13:
        size, power = size / 10, power + 1
    while size < 10**12:
        size, power = size * 10, power - 1
    whole = int(size)
    if size - whole >= Fraction(1, 2):
        whole += 1
    return (1 if number > 0 else -1) * whole * Fraction(10) ** power


def average(numbers: list[Fraction]) -> Fraction:
    """Exact where its decimals end: where 2 and 5 are the only factors of the denominator."""
    total = Fraction(0)
    for number in numbers:
        total += number
    made = total / len(numbers)
    rest = made.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return made if rest == 1 else digits13(made)


def mid(row: Row) -> Fraction | None:
    if row["average"] is not None:
        return row["average"]  # type: ignore[no-any-return]
    if row["low"] is None or row["high"] is None:
        return None
    return (row["low"] + row["high"]) / 2  # type: ignore[no-any-return]


def value_of_period(rows: list[Row], end: date, rule: str) -> Row | None:
    """The value of one period; a rolled-over row without number is left for `all_values` to fill."""
    assessed, rolled = [], []
    for row in rows:
        if end - 7 * DAY < row["date"] <= end:
            if row["status"] == "assessed":
                assessed.append(row)
            elif row["status"] == "rolled_over":
                rolled.append(row)
    if assessed:
        last = assessed[-1]
        made = {
            "end": end,
            "date": last["date"],
            "status": "assessed",
            "low": last["low"],
            "high": last["high"],
        }
        if rule == "last":
            return {**made, "value": mid(last), "revision": last["revision"]}
        for side in ("low", "high"):
            numbers = [row[side] for row in assessed if row[side] is not None]
            made[side] = average(numbers) if len(numbers) == len(assessed) else None
        made["value"] = average([mid(row) for row in assessed])  # type: ignore[misc]
        return {**made, "revision": max(row["revision"] for row in assessed)}
    if rolled:
        return {"end": end, "rolled": rolled}
    return None


def all_values(rows: list[Row], end: date, rule: str) -> list[Row]:
    """The values of all periods up to `end`, oldest first."""
    values: list[Row] = []
    first = rows[0]["date"] if rows else end
    last_days = []
    while end >= first:
        last_days.insert(0, end)
        end -= 7 * DAY
    for last_day in last_days:
        value = value_of_period(rows, last_day, rule)
        if value and "rolled" in value:
            carried = values[-1] if values else None
            for row in value["rolled"]:
                if mid(row) is not None:
                    new = {
                        "value": mid(row),
                        "low": row["low"],
                        "high": row["high"],
                        "revision": row["revision"],
                    }
                elif carried:
                    new = {key: carried[key] for key in ("value", "low", "high")}
                    new["revision"] = max(row["revision"], carried["revision"])
                else:
                    continue
                carried = {**new, "end": last_day, "date": row["date"], "status": "rolled_over"}
            value = carried if carried and carried["end"] == last_day else None
        if value:
            values.append(value)
    return values


def undefined(new: Fraction, base: Fraction, tick: Fraction | None) -> bool:
    if base <= 0 or (base > 0) != (new >= 0):
        return True
    return tick is not None and abs(base) < 10 * tick


def without_change(reason: str) -> Row:
    return {"abs": None, "pct": None, "base": None, "base_date": None, "reason": reason, "periods": None}


def with_change(now: Row, base: Row, tick: Fraction | None, reason: str | None = None) -> Row:
    difference = now["value"] - base["value"]
    bad = undefined(now["value"], base["value"], tick)
    return {
        "abs": difference,
        "pct": None if bad else digits13(difference / base["value"] * 100),
        "base": base["value"],
        "base_date": base["date"],
        "reason": "undefined_base" if bad else reason,
        "periods": (now["end"] - base["end"]).days // 7,
        "revised": now["revision"] > 0 or base["revision"] > 0,
    }


def week_on_week(case: Row, now: Row, earlier: list[Row]) -> Row:
    if now["status"] == "rolled_over":
        made = {**without_change("rolled_over"), "abs": Fraction(0), "pct": Fraction(0), "base": now["value"]}
        if earlier and earlier[-1]["value"] == now["value"]:
            made["base_date"] = earlier[-1]["date"]
            made["periods"] = (now["end"] - earlier[-1]["end"]).days // 7
        return {**made, "revised": now["revision"] > 0}
    back = {"biweekly": 2, "monthly": 5}.get(case["frequency"], 1)
    for n in range(1, back + 1):
        for value in earlier:
            if value["end"] == now["end"] - 7 * n * DAY:
                return with_change(now, value, case["tick"])
    if not earlier:
        before = [
            row for row in case["rows"] if row["status"] == "assessed" and row["date"] <= now["end"] - 7 * DAY
        ]
        return without_change("no_prior" if before else "new")
    end = now["end"] - 7 * DAY
    while end > earlier[-1]["end"]:
        closed = all(
            day not in case["workdays"] and (day.weekday() > 4 or day in case["holidays"])
            for day in (end - n * DAY for n in range(7))
        )
        for row in case["rows"]:
            if end - 7 * DAY < row["date"] <= end and row["status"] in ("holiday", "suspended"):
                closed = True
        if not closed:
            return without_change("no_prior")
        end -= 7 * DAY
    return with_change(now, earlier[-1], case["tick"], "bridged")


def latest_between(case: Row, now: Row, earlier: list[Row], first: date, last: date) -> Row:
    found = None
    for value in earlier:
        if first <= value["end"] <= last:
            found = value
    return with_change(now, found, case["tick"]) if found else without_change("no_prior")


def year_on_year(case: Row, now: Row, earlier: list[Row]) -> Row:
    end = now["end"]
    day = 28 if (end.month, end.day) == (2, 29) else end.day
    target = date(end.year - 1, end.month, day)
    return latest_between(case, now, earlier, target - 14 * DAY, target)


def year_to_date(case: Row, now: Row, earlier: list[Row]) -> Row:
    year, values = now["end"].year, [*earlier, now]
    base, reason = None, None
    if case["ytd_base"] == "first_of_year":
        base = next(value for value in values if value["end"].year == year)
    else:
        for value in values:
            if value["end"].year == year - 1:
                base = value
        if base is None and values[0]["end"].year < year:
            return without_change("no_prior")
        if base is None:
            base, reason = values[0], "since_launch"
    return without_change("new") if base is now else with_change(now, base, case["tick"], reason)


def month(case: Row, year: int, number: int, until: date) -> list[Fraction]:
    return [
        mid(row)  # type: ignore[misc]
        for row in case["rows"]
        if row["status"] == "assessed"
        and (row["date"].year, row["date"].month) == (year, number)
        and row["date"] <= until
    ]


def month_change(case: Row, year: int, number: int) -> Row:
    before = (year - 1, 12) if number == 1 else (year, number - 1)
    these, those = month(case, year, number, case["judged_on"]), month(case, *before, case["judged_on"])
    value, base = average(these) if these else None, average(those) if those else None
    made = {
        "month": f"{year}-{number:02d}",
        "value": value,
        "n": len(these),
        "base": base,
        "base_n": len(those),
    }
    made |= {"abs": None, "pct": None, "reason": "not_assessed" if value is None else "no_prior"}
    if value is None or base is None:
        return made
    bad = undefined(value, base, case["tick"])
    percent = None if bad else digits13((value - base) / base * 100)
    return {**made, "abs": value - base, "pct": percent, "reason": "undefined_base" if bad else None}


def months(case: Row) -> tuple[Row, Row | None]:
    """The last closed month and, unless the day is a month's last, the running one."""
    day = case["judged_on"]
    if (day + DAY).month != day.month:
        return month_change(case, day.year, day.month), None
    closed = (day.year - 1, 12) if day.month == 1 else (day.year, day.month - 1)
    return month_change(case, *closed), month_change(case, day.year, day.month)


def year_range(case: Row, now: Row | None, values: list[Row]) -> Row:
    end = case["end"]
    lows, highs, earlier_lows, earlier_highs = [], [], [], []
    for row in case["rows"]:
        if row["status"] == "assessed" and end - 364 * DAY < row["date"] <= end:
            low = row["low"] if row["low"] is not None else mid(row)
            high = row["high"] if row["high"] is not None else mid(row)
            lows.append(low)
            highs.append(high)
            if now and row["date"] < (now["date"] if case["rule"] == "last" else end - 6 * DAY):
                earlier_lows.append(low)
                earlier_highs.append(high)
    n = len([value for value in values if value["end"] > end - 364 * DAY])
    made = {"low": None, "high": None, "n": n, "position": None, "since_launch": n < 26, "extreme": None}
    if not lows:
        return made
    made |= {"low": min(lows), "high": max(highs)}
    if now and min(lows) < max(highs):
        made["position"] = digits13((now["value"] - min(lows)) / (max(highs) - min(lows)))
    if now and now["status"] == "assessed" and earlier_lows:
        own_low = now["low"] if now["low"] is not None else now["value"]
        own_high = now["high"] if now["high"] is not None else now["value"]
        for said, true in (
            ("matches_low", own_low == min(earlier_lows)),
            ("matches_high", own_high == max(earlier_highs)),
            ("new_low", own_low < min(earlier_lows)),
            ("new_high", own_high > max(earlier_highs)),
        ):
            made["extreme"] = said if true else made["extreme"]
    return made


def words(now: Row, base: Row | None, change: Row) -> str | None:
    if change["reason"] == "rolled_over":
        return "rolled_over"
    if base is None or change["abs"] is None or change["pct"] is None:
        return None
    if change["abs"] == 0:
        known = None not in (base["low"], base["high"], now["low"], now["high"])
        moved = known and (base["low"], base["high"]) != (now["low"], now["high"])
        return "mid_unchanged" if moved else "unchanged"
    percent = change["abs"] / change["base"] * 100
    up = ["inched_up", "edged_up", "rose", "climbed", "surged"]
    down = ["inched_down", "slipped", "fell", "dropped", "plunged"]
    step = 0
    for bound in (Fraction(1, 2), Fraction(5, 2), 5, 10):
        if abs(percent) >= bound:
            step += 1
    return up[step] if percent > 0 else down[step]


def plain_figures(case: Row) -> Row:
    values = all_values(case["rows"], case["end"], case["rule"])
    now = values.pop() if values and values[-1]["end"] == case["end"] else None
    made: Row = {name: without_change("not_assessed") for name in ("wow", "four_week", "yoy", "ytd")}
    made["wording"] = None
    if now:
        end = case["end"]
        made["wow"] = week_on_week(case, now, values)
        made["four_week"] = latest_between(case, now, values, end - 38 * DAY, end - 28 * DAY)
        made["yoy"] = year_on_year(case, now, values)
        made["ytd"] = year_to_date(case, now, values)
        made["wording"] = words(now, values[-1] if values else None, made["wow"])
    together = [*values, now] if now else values
    recent = [value["value"] for value in together if value["end"] > case["end"] - 28 * DAY]
    assessed = [row["date"] for row in case["rows"] if row["status"] == "assessed"]
    age = (case["judged_on"] - assessed[-1]).days if assessed else 0
    made |= {
        "now": now,
        "last": values[-1] if values and not now else None,
        "average": (average(recent) if len(recent) >= 3 else None, len(recent)),
        "months": months(case),
        "range": year_range(case, now, together),
        "series": [value["value"] for value in together if value["end"] > case["end"] - 364 * DAY],
        "estimates": [
            mid(row)
            for row in case["rows"]
            if row["status"] == "estimated" and row["date"] > case["end"] - 364 * DAY
        ],
        "stale": age if age > case["freshness"] else None,
    }
    return made


# Random series


def random_case(seed: int) -> Row:
    """A market of one to 130 weeks: gaps, holidays, estimates, carried values, revisions, ranges."""
    dice = random.Random(seed)
    end = date(2025, 1, 1) + dice.randrange(900) * DAY
    case: Row = {
        "end": end,
        "judged_on": end - dice.choice((0, 0, 0, 2, 5)) * DAY,
        "frequency": dice.choice(("daily", "weekly", "weekly", "biweekly", "monthly")),
        "rule": dice.choice(("last", "last", "mean")),
        "ytd_base": dice.choice(("prev_year_last", "first_of_year")),
        "tick": dice.choice((None, Fraction(1, 2), Fraction(5))),
        "freshness": dice.choice((3, 10)),
        "holidays": set(),
        "workdays": set(),
    }
    for _ in range(dice.randrange(8)):
        first = end - dice.randrange(60) * DAY
        case["holidays"] |= {first + n * DAY for n in range(dice.choice((1, 3, 9, 16)))}
    case["workdays"] = {day for day in case["holidays"] if dice.random() < 0.03}
    case["rows"] = random_rows(dice, case)
    return case


def random_rows(dice: random.Random, case: Row) -> list[Row]:
    step = {"daily": 1, "weekly": 7, "biweekly": 14, "monthly": 28}[case["frequency"]]
    day = case["end"] - dice.choice((5, 40, 200, 500, 900)) * DAY
    gap = dice.choice((0.0, 0.1, 0.5))
    price = Fraction(dice.choice((20, 4000, 250000)), dice.choice((1, 100)))
    rows: list[Row] = []
    while day <= case["end"]:
        price += price * Fraction(dice.choice((0, 0, 1, -1, 3, -4, 30, -60, 110)), 1000)
        price = Fraction(round(price * 100), 100) or Fraction(1, 100)
        if dice.random() >= gap and (step > 1 or day.weekday() < 5):
            rows.append(random_row(dice, day, price))
        day += step * DAY
    return rows


def random_row(dice: random.Random, day: date, price: Fraction) -> Row:
    status = dice.choice(
        ("assessed",) * 14 + ("not_assessed", "estimated", "rolled_over", "rolled_over", "holiday")
    )
    row: Row = {"date": day, "status": status, "low": None, "high": None, "average": None}
    row["revision"] = dice.choice((0,) * 12 + (1, 2))
    numbered = status in ("assessed", "estimated") or (status == "rolled_over" and dice.random() < 0.3)
    shape = dice.choice(("average", "range", "both")) if numbered else ""
    if shape in ("range", "both"):
        width = Fraction(dice.choice((0, 1, 2, 50)), 100)
        row |= {"low": price - width, "high": price + width}
    if shape in ("average", "both"):
        row["average"] = price
    return row


# The program's figures of the same series


def exact(number: Fraction | None) -> Decimal | None:
    return None if number is None else Decimal(number.numerator) / Decimal(number.denominator)


def program_figure(case: Row) -> PriceFigure:
    rows = tuple(
        Assessment(
            "x",
            row["date"],
            *(exact(row[key]) for key in ("low", "high", "average")),
            row["status"],
            row["revision"],
        )
        for row in case["rows"]
    )
    spec = Instrument(
        id="x",
        name={"": "X"},
        unit="mt",
        currency="CNY",
        frequency=case["frequency"],
        weekly_rule=case["rule"],
        ytd_base=case["ytd_base"],
        tick=exact(case["tick"]),
        freshness_days=case["freshness"],
    )
    first = min((row.date for row in rows if row.status == "assessed"), default=None)
    return price_figure(
        History((spec,), rows, first),
        Period(case["end"] - 6 * DAY, case["end"]),
        calendar=PublicationCalendar("X", frozenset(case["holidays"]), frozenset(case["workdays"])),
        thresholds=Thresholds(),
        units={},
        judged_on=case["judged_on"],
    )


def same_change(made: Change, plain: Row) -> None:
    for name in ("abs", "pct", "base", "base_date", "reason", "periods"):
        assert getattr(made, name) == plain[name], name
    assert made.corrected == plain.get("revised", False)


def same_month(made: MonthChange, plain: Row) -> None:
    for name, value in plain.items():
        assert getattr(made, name) == value, name


def assert_same(made: PriceFigure, plain: Row) -> None:
    """Every figure that the program made is what the plain computation makes."""
    now = plain["now"]
    for name in ("value", "low", "high", "date", "revision"):
        assert getattr(made, name) == (now[name] if now else None), name
    assert made.status == now["status"] if now else made.status in ("not_assessed", "holiday")
    for name in ("wow", "four_week", "yoy", "ytd"):
        same_change(getattr(made, name), plain[name])
    assert (made.average_4w.value, made.average_4w.n) == plain["average"]
    same_month(made.mom, plain["months"][0])
    assert (made.month_to_date is None) == (plain["months"][1] is None)
    if made.month_to_date is not None:
        same_month(made.month_to_date, plain["months"][1])
    for name, value in plain["range"].items():
        assert getattr(made.range_52w, name) == value, name
    assert made.wording == plain["wording"]
    assert [one.value for one in made.series] == plain["series"]
    assert [one.value for one in made.estimates] == plain["estimates"]
    assert made.stale_days == plain["stale"]
    assert (made.last is None) == (plain["last"] is None)
    if made.last is not None:
        assert (made.last.value, made.last.date) == (plain["last"]["value"], plain["last"]["date"])


@pytest.mark.parametrize("block", range(8))
def test_every_figure_agrees_with_the_plain_computation(block: int) -> None:
    """50 random series a block: each figure is what plain loops over all rows make of the definitions."""
    for seed in range(block * 50, block * 50 + 50):
        case = random_case(seed)
        assert_same(program_figure(case), plain_figures(case))


def test_the_random_series_reach_every_reason_and_word() -> None:
    """The comparison is worth something: every reason, word and extreme occurs among the series."""
    reasons: set[str | None] = set()
    words_seen: set[str | None] = set()
    extremes: set[str | None] = set()
    for seed in range(400):
        made = program_figure(random_case(seed))
        reasons |= {change.reason for change in (made.wow, made.four_week, made.yoy, made.ytd)}
        words_seen.add(made.wording)
        extremes.add(made.range_52w.extreme)
    assert reasons >= {
        None, "new", "no_prior", "bridged", "not_assessed", "undefined_base", "since_launch", "rolled_over",
    }  # fmt: skip
    assert words_seen >= {
        None, "unchanged", "mid_unchanged", "rolled_over",
        "inched_up", "edged_up", "rose", "climbed", "surged",
        "inched_down", "slipped", "fell", "dropped", "plunged",
    }  # fmt: skip
    assert extremes == {None, "new_high", "new_low", "matches_high", "matches_low"}
