"""Issues made by hand, so that the look can be tested without the rooms that compute them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

import reporter
from reporter.bulletin.issue import Highlight, Issue, Section
from reporter.calendar import PartialDate, Period
from reporter.market.outlook import CagrCheck, Conflict, Outlook, ScopeGroup
from reporter.market.pipeline import (
    CapacityChange,
    CapacityTotal,
    NewProject,
    Overdue,
    Pipeline,
    ProjectState,
    Slip,
    StageMove,
    Story,
)
from reporter.market.prices import (
    Average,
    Change,
    Correction,
    Estimate,
    Last,
    MonthChange,
    PeriodValue,
    PriceFigure,
    Range,
)
from reporter.records.model import (
    Capacity,
    Event,
    Forecast,
    Instrument,
    Ladder,
    Policy,
    Project,
    Route,
    Statistic,
    Text,
    Unit,
    Vocabulary,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
W49 = Period(date(2025, 12, 1), date(2025, 12, 7))
AS_OF = datetime(2025, 12, 6, 21, 47, tzinfo=SHANGHAI)
D = Decimal


@lru_cache
def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    path = Path(reporter.__file__).parent / "defaults" / "vocabulary.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))

    def units(name: str) -> Mapping[str, Unit]:
        return {code: Unit(u["dimension"], D(str(u.get("factor", 1)))) for code, u in raw[name].items()}

    return Vocabulary(
        **{name: raw[name] for name in ("segments", "routes", "states", "stages", "event_types", "regions")},
        ladders=tuple(Ladder(tuple(lad["stages"]), tuple(lad.get("segments", ()))) for lad in raw["ladders"]),
        off_ladder=frozenset(raw["off_ladder"]),
        dead=frozenset(raw["dead"]),
        running=frozenset(raw["running"]),
        capacity_kinds=raw["capacity_kinds"],
        capacity_qualifiers=raw["capacity_qualifiers"],
        units=units("units"),
        price_units=units("price_units"),
        spellings=raw["spellings"],
    )


def text(words: str) -> Text:
    return {"en": words}


def value(end: date, amount: str | Decimal, spread: str | None = None) -> PeriodValue:
    """One period value; `spread` is half of high − low."""
    amount = D(amount)
    low, high = (amount - D(spread), amount + D(spread)) if spread else (None, None)
    return PeriodValue(end, amount, low, high, end - timedelta(days=3), "assessed", 0, 1, True, ())


NO_MONTH = MonthChange("2025-12", None, 0, None, 0, None, None, "no_prior")


def figure(instrument: Instrument, series: tuple[PeriodValue, ...] = (), **changes: object) -> PriceFigure:
    """A figure of one instrument with everything absent that `changes` does not state."""
    plain = PriceFigure(
        instrument=instrument.id,
        spec_version=1,
        currency=instrument.currency,
        unit=instrument.unit,
        value=None,
        low=None,
        high=None,
        date=None,
        status="not_assessed",
        revision=None,
        corrected=False,
        last=None,
        estimates=(),
        wow=Change(reason="not_assessed"),
        four_week=Change(reason="not_assessed"),
        yoy=Change(reason="not_assessed"),
        ytd=Change(reason="not_assessed"),
        average_4w=Average(None, 0, "too_few"),
        mom=NO_MONTH,
        month_to_date=None,
        range_52w=Range(None, None, 0, None, True, None),
        wording=None,
        range_move=None,
        range_width=None,
        direction=None,
        direction_record=None,
        series=series,
        stale_days=None,
        records=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def assessed(instrument: Instrument, series: tuple[PeriodValue, ...], **changes: object) -> PriceFigure:
    """A figure whose value is the series' last, with the changes that follow from the series."""
    last = series[-1]
    before = series[-2] if len(series) > 1 else None
    wow, ytd, wording = Change(reason="new"), Change(reason="new"), None
    if before is not None:
        step = last.value - before.value
        wow = Change(step, step / before.value * 100, before.value, before.date, None, 1)
        rise = last.value - series[0].value
        ytd = Change(
            rise, rise / series[0].value * 100, series[0].value, series[0].date, "since_launch", len(series)
        )
        wording = "unchanged" if step == 0 else "edged_up" if step > 0 else "slipped"
    lows = [v.low if v.low is not None else v.value for v in series]
    highs = [v.high if v.high is not None else v.value for v in series]
    low, high = min(lows), max(highs)
    position = (last.value - low) / (high - low) if high > low else None
    month = tuple(v.value for v in series[-4:])
    mean = sum(month, D(0)) / len(month)
    given: dict[str, object] = {
        "value": last.value,
        "low": last.low,
        "high": last.high,
        "date": last.date,
        "status": "assessed",
        "revision": 0,
        "wow": wow,
        "ytd": ytd,
        "four_week": Change(reason="no_prior"),
        "yoy": Change(reason="no_prior"),
        "average_4w": Average(mean, len(month), None)
        if len(month) > 2
        else Average(None, len(month), "too_few"),
        "range_52w": Range(
            low,
            high,
            len(series),
            position,
            len(series) < 26,
            "new_high" if len(series) > 1 and highs[-1] == high and highs.count(high) == 1 else None,
        ),
        "wording": wording,
    }
    return figure(instrument, series, **{**given, **changes})


# ── the week of the real records ──

LITHIUM_SULFIDE = Instrument(
    "lithium-sulfide", text("Lithium sulfide"), "kg", "CNY", "Li2S", "precursor", decimals=0, source="SMM"
)
LATP = Instrument(
    "latp",
    text("LATP oxide electrolyte"),
    "kg",
    "CNY",
    "Li1.3Al0.3Ti1.7(PO4)3",
    "electrolyte",
    decimals=0,
    source="SMM",
)
BATTERY_GRADE = Instrument(
    "lithium-carbonate-battery",
    text("Lithium carbonate, battery grade"),
    "mt",
    "CNY",
    "Li2CO3",
    "precursor",
    frequency="daily",
    decimals=0,
    tick=D(50),
    source="SMM",
)
INDUSTRIAL_GRADE = replace(
    BATTERY_GRADE, id="lithium-carbonate-industrial", name=text("Lithium carbonate, industrial grade")
)

BATTERY_SERIES = (
    value(date(2025, 6, 8), "60200", "800"),
    value(date(2025, 6, 22), "60400"),
    value(date(2025, 7, 6), "61300", "800"),
    value(date(2025, 7, 13), "63750"),
    value(date(2025, 8, 3), "72000", "1200"),
    value(date(2025, 10, 19), "73000", "600"),
    value(date(2025, 11, 23), "91300"),
    value(date(2025, 11, 30), "93300"),
)
INDUSTRIAL_SERIES = (
    value(date(2025, 6, 8), "58600", "500"),
    value(date(2025, 6, 22), "58800"),
    value(date(2025, 7, 6), "59700", "500"),
    value(date(2025, 7, 13), "62150"),
    value(date(2025, 8, 3), "69900", "600"),
    value(date(2025, 10, 19), "70750", "600"),
    value(date(2025, 11, 2), "74300", "600"),
    value(date(2025, 11, 23), "88900"),
    value(date(2025, 11, 30), "90850"),
)


def _w49_prices() -> tuple[PriceFigure, ...]:
    day = date(2025, 12, 5)
    first = [value(W49.end, "2050"), value(W49.end, "145")]
    sulfide, latp = (
        replace(v, date=day, records=(f"prices/{name}/2025-12-05/r0",))
        for v, name in zip(first, ("lithium-sulfide", "latp"), strict=True)
    )
    return (
        assessed(
            LITHIUM_SULFIDE,
            (sulfide,),
            direction="stable with a slight downward trend",
            estimates=(Estimate(D(2000), date(2025, 10, 31), "prices/lithium-sulfide/2025-10-31/r0"),),
        ),
        assessed(LATP, (latp,), direction="slight decline"),
        figure(
            BATTERY_GRADE,
            BATTERY_SERIES,
            last=Last(D(93300), date(2025, 11, 27), 1, "prices/lithium-carbonate-battery/2025-11-27/r0"),
            range_52w=Range(D(59400), D(93300), 8, None, True, None),
            stale_days=9,
        ),
        figure(
            INDUSTRIAL_GRADE,
            INDUSTRIAL_SERIES,
            last=Last(D(90850), date(2025, 11, 27), 1, "prices/lithium-carbonate-industrial/2025-11-27/r0"),
            range_52w=Range(D(58100), D(90850), 9, None, True, None),
        ),
    )


def project(
    name: str,
    company: str,
    segment: str,
    stage: str | None,
    capacity: tuple[str, str] | None = None,
    *,
    state: str = "not_stated",
    route: str = "not_stated",
    expected: str | None = None,
    qualifier: str = "exact",
    kind: str = "not_stated",
    changed: bool = False,
) -> ProjectState:
    ident = f"{company}-{name}".lower().replace(" ", "-").replace("/", "-").replace("--", "-")
    size = Capacity(D(capacity[0]), capacity[1], kind, qualifier) if capacity else Capacity()
    return ProjectState(
        Project(ident, name, (company,), segment=segment, route=route, state=state, capacity=size),
        stage,
        size,
        PartialDate.parse(expected) if expected else None,
        (f"e-{ident}",),
        (f"projects/{ident}/r0",),
        changed,
    )


WUHAI = project(
    "Wuhai 200 MW / 800 MWh storage plant",
    "China Green Development",
    "pack_ess",
    "grid_connected",
    ("800", "MWh"),
    state="semi",
    kind="ess_energy",
    changed=True,
)
NEW_PROJECTS = (
    project("pilot line", "Jiugong New Energy", "cell", "construction", ("100", "MWh"), expected="2026-Q1"),
    project(
        "Jinshi all-solid-state mass production line",
        "Gotion High-tech",
        "cell",
        "design",
        ("2", "GWh"),
        state="all_solid",
    ),
    project("solid-state ESS battery project", "Chunlithium New Energy", "pack_ess", "eia", ("1", "GWh")),
    project(
        "sulfide electrolyte line",
        "Yanyixin Materials",
        "electrolyte",
        "mass_production",
        ("500", "mt/yr"),
        route="sulfide",
        kind="annual_output",
    ),
    project(
        "phosphorus pentasulfide capacity",
        "Xingfa Group",
        "precursor",
        "construction",
        ("10", "kt/yr"),
        route="sulfide",
        qualifier="level",
    ),
    project(
        "polymer solid-state battery project",
        "Zhongke Shenlan Huize",
        "cell",
        "announced",
        route="polymer",
        expected="2026-Q1",
    ),
    project("advanced energy materials gene engineering platform", "Chengdu", "platform", "commissioning"),
)
FOLLOWED = (
    project(
        "Chiba lithium sulfide plant",
        "Idemitsu Kosan",
        "precursor",
        "announced",
        ("1000", "mt/yr"),
        route="sulfide",
        expected="2027-06",
    ),
    project(
        "all-solid-state mother line", "Samsung SDI", "cell", "announced", state="all_solid", expected="2027"
    ),
    project(
        "Gemstone all-solid-state pilot line",
        "Gotion High-tech",
        "cell",
        "pilot",
        ("0.2", "GWh"),
        state="all_solid",
    ),
    project(
        "Hunan lithium metal battery materials project",
        "Dazhong Mining",
        "anode",
        "signed",
        ("3000", "mt"),
    ),
    project(
        "Meishan lithium sulfide pilot",
        "Tianqi Lithium",
        "precursor",
        "construction",
        ("50", "mt/yr"),
        route="sulfide",
    ),
    project("Chengdu phase one", "EVE Energy", "cell", "construction", expected="2025-12"),
    project("Chengdu solid-state institute base", "EVE Energy", "cell", "construction", expected="2027"),
    project("Chengdu semi-solid line", "QingTao", "cell", "construction", state="semi"),
    project("Daejeon pilot plant", "SK On", "cell", "pilot", state="all_solid", route="sulfide"),
    project(
        "continuous electrolyte pilot line",
        "Solid Power",
        "electrolyte",
        "announced",
        route="sulfide",
        expected="2026",
    ),
    project("60 Ah+ all-solid-state line", "GAC Group", "cell", "pilot", state="all_solid", expected="2026"),
    project("Anting all-solid-state line", "QingTao", "cell", "equipment", state="all_solid"),
)


def _pipeline(states: tuple[ProjectState, ...], **changes: object) -> Pipeline:
    counts: dict[str, int] = {}
    moved: dict[str, int] = {}
    for stage in vocabulary().stages:
        here = [s for s in states if s.stage == stage]
        if here:
            counts[stage] = len(here)
        if changed := sum(s.changed for s in here):
            moved[stage] = changed
    plain = Pipeline(
        projects=states,
        new=(),
        stage_moves=(),
        slips=(),
        capacity_changes=(),
        cancellations=(),
        overdue=(),
        by_stage=tuple(counts.items()),
        changed_by_stage=tuple(moved.items()),
        totals=(),
        no_capacity=sum(s.capacity.value is None for s in states),
        warnings=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def _w49_pipeline() -> Pipeline:
    new = tuple(replace(state, changed=True) for state in NEW_PROJECTS)
    return _pipeline(
        (WUHAI, *new, *FOLLOWED),
        new=tuple(NewProject(s.project.id, s.stage, s.events) for s in new),
        stage_moves=(StageMove(WUHAI.project.id, "equipment", "grid_connected", WUHAI.events),),
        totals=(
            CapacityTotal("cell", "not_stated", "construction", D(100), "MWh", 1, 0),
            CapacityTotal("cell", "not_stated", "design", D(2), "GWh", 1, 0),
            CapacityTotal("precursor", "not_stated", "construction", D(50), "mt/yr", 1, 1),
            CapacityTotal("electrolyte", "annual_output", "mass_production", D(500), "mt/yr", 1, 0),
            CapacityTotal("pack_ess", "ess_energy", "grid_connected", D(800), "MWh", 1, 0),
        ),
    )


SMM_WEEKLY = (
    "https://news.metal.com/newscontent/103658263/solid-state-battery-weekly-report-china-and-south-korea-"
    "vie-for-mass-production-%22beachhead%22"
)


def story(ident: str, headline: str, company: str, type_: str, **fields: object) -> Story:
    """One story of 6 December 2025, with one source."""
    rows = fields.pop("rows", ())
    capacity = fields.pop("story_capacity", None)
    late = fields.pop("late", False)
    head = Event(
        ident,
        date(2025, 12, 6),
        type_,
        headline,
        AS_OF,
        company=company,
        **{"source_url": SMM_WEEKLY, "region": "domestic", **fields},  # type: ignore[arg-type]
    )
    return Story(head, (head, *rows), bool(late), capacity)  # type: ignore[arg-type, misc]


def _w49_stories() -> tuple[Story, ...]:
    lvfa = Event(
        "2025-12-06-lvfa-group",
        date(2025, 12, 6),
        "stage_change",
        "Lvfa 200 MW/800 MWh semi-solid storage plant in Wuhai connects to grid",
        AS_OF,
        company="Lvfa Group",
        source_url=SMM_WEEKLY,
        claimed_by="SMM",
        detail="200 MW / 800 MWh; the source calls it the world's first semi-solid plant in large-scale "
        "commercial operation",
    )
    posco = Event(
        "2025-12-06-factorial",
        date(2025, 12, 6),
        "partnership",
        "Factorial and POSCO sign MOU on all-solid-state batteries",
        AS_OF,
        company="Factorial",
        source_url=SMM_WEEKLY,
    )
    cap = Capacity
    return (
        story(
            "2025-12-04-china-green-development",
            "Wuhai semi-solid storage station connected to grid on November 30",
            "China Green Development",
            "stage_change",
            project=WUHAI.project.id,
            segment="pack_ess",
            stage="grid_connected",
            event_date=PartialDate.parse("2025-11-30"),
            source_url="http://en.sasac.gov.cn/2025/12/04/c_20165.htm",
            rows=(lvfa,),
            story_capacity=cap(D(800), "MWh", "ess_energy"),
        ),
        story(
            "2025-12-06-jiugong-new-energy",
            "Jiugong New Energy breaks ground on 100 MWh solid-state pilot line",
            "Jiugong New Energy",
            "stage_change",
            project=NEW_PROJECTS[0].project.id,
            segment="cell",
            stage="construction",
            route="not_stated",
            expected=PartialDate.parse("2026-Q1"),
            story_capacity=cap(D(100), "MWh"),
        ),
        story(
            "2025-12-06-gotion-high-tech",
            "Gotion begins design of 2 GWh Jinshi all-solid-state line",
            "Gotion High-tech",
            "stage_change",
            project=NEW_PROJECTS[1].project.id,
            segment="cell",
            stage="design",
            story_capacity=cap(D(2), "GWh"),
        ),
        story(
            "2025-12-06-chunlithium-new-energy",
            "Chunlithium 1 GWh solid-state storage cell project enters environmental review",
            "Chunlithium New Energy",
            "stage_change",
            project=NEW_PROJECTS[2].project.id,
            segment="pack_ess",
            stage="eia",
            story_capacity=cap(D(1), "GWh"),
        ),
        story(
            "2025-12-06-zhongke-shenlan-huize",
            "Zhongke Shenlan Huize polymer cell project due to start output in Q1 2026",
            "Zhongke Shenlan Huize",
            "stage_change",
            project=NEW_PROJECTS[5].project.id,
            segment="cell",
            route="polymer",
            expected=PartialDate.parse("2026-Q1"),
        ),
        story(
            "2025-12-06-yanyixin-materials",
            "Yanyixin reaches stable output on 500 mt/year sulfide electrolyte line",
            "Yanyixin Materials",
            "bulk_supply",
            segment="electrolyte",
            route="sulfide",
            story_capacity=cap(D(500), "mt/yr", "annual_output"),
        ),
        story(
            "2025-12-06-xingfa-group",
            "Xingfa building 10 kt-scale phosphorus pentasulfide capacity",
            "Xingfa Group",
            "stage_change",
            segment="precursor",
            route="sulfide",
            story_capacity=cap(D(10), "kt/yr", "not_stated", "level"),
        ),
        story(
            "2025-12-06-yahua-group",
            "Yahua advancing lithium sulfide pilot line construction and samples",
            "Yahua Group",
            "stage_change",
            segment="precursor",
            route="sulfide",
            stage="pilot",
        ),
        story(
            "2025-12-06-canmax",
            "Canmax sending lithium sulfide samples",
            "Canmax",
            "sample_delivery",
            segment="precursor",
            route="sulfide",
        ),
        story(
            "2025-12-06-zhongke-guneng",
            "Zhongke Guneng 100 mt-level production line receives award",
            "Zhongke Guneng",
            "award",
            segment="electrolyte",
            route="sulfide",
            story_capacity=cap(D(100), "mt/yr", "not_stated", "level"),
        ),
        story(
            "2025-12-06-easpring-technology",
            "Easpring confirms high-nickel cathode supplied in bulk to downstream customers",
            "Easpring Technology",
            "bulk_supply",
            segment="cathode",
        ),
        story(
            "2025-12-06-fulin-precision-machining",
            "Fulin Precision confirms LFP cathode supplied in bulk to downstream customers",
            "Fulin Precision Machining",
            "bulk_supply",
            segment="cathode",
        ),
        story(
            "2025-12-06-sanfu-xinke",
            "Sanfu Xinke launches 3D composite current collector for solid-state cells",
            "Sanfu Xinke",
            "product_launch",
            segment="current_collector",
        ),
        story(
            "2025-12-06-china-national-petroleum-corporation",
            "CNPC discloses two quasi-solid electrolyte patents on polymer route",
            "China National Petroleum Corporation",
            "patent",
            segment="electrolyte",
            route="polymer",
        ),
        story(
            "2025-12-06-enli-power",
            "Enli Power closes B+ round of several hundred million yuan",
            "Enli Power",
            "financing",
            segment="cell",
            detail="several hundred million CNY",
        ),
        story(
            "2025-12-06-xiangtan-electrochemical",
            "Xiangtan Electrochemical studies LMO cathode in solid-state systems",
            "Xiangtan Electrochemical",
            "other",
            segment="cathode",
        ),
        story(
            "2025-12-06-chengdu",
            "Chengdu sets up energy-materials innovation platform with -60 C dew-point control",
            "Chengdu",
            "stage_change",
            segment="platform",
            stage="commissioning",
        ),
        story(
            "2025-12-04-posco-future-m",
            "POSCO Future M and Factorial sign materials MOU at Berlin forum",
            "POSCO Future M",
            "partnership",
            segment="cathode",
            region="overseas",
            rows=(posco,),
        ),
        story(
            "2025-12-06-quantumscape",
            "QuantumScape holds seminar in Japan to extend regional presence",
            "QuantumScape",
            "conference",
            segment="cell",
            region="overseas",
        ),
        story(
            "2025-12-06-south-korean-government",
            "South Korea to spend 280 billion won on solid-state battery plan",
            "South Korean government",
            "policy",
            region="overseas",
            money=D(280_000_000_000),
            money_currency="KRW",
            expected=PartialDate.parse("2030"),
            detail="aims at 25% of the global market by 2030",
        ),
    )


def forecast(
    ident: str, metric: str, scope: str, amount: str | None, unit: str, year: int, kind: str, **fields: object
) -> Forecast:
    return Forecast(
        ident,
        metric=metric,
        unit=unit,
        target_year=year,
        kind=kind,
        scope=scope,
        value=D(amount) if amount else None,
        **{  # type: ignore[arg-type]
            "issuer": "SMM",
            "issued_on": PartialDate.parse("2025-12-06"),
            "source": "SMM Solid-State Battery Weekly, 6 December 2025",
            **fields,
        },
    )


def _w49_outlook() -> Outlook:
    about: dict[str, object] = {"qualifier": "about"}
    ciaps: dict[str, object] = {
        "issuer": "China Industrial Association of Power Sources",
        "issued_on": PartialDate.parse("2025-04"),
        "source": "Speech at CLNB 2025, April 2025",
    }
    rows = (
        forecast("a", "shipments", "all-solid-state batteries", "13.5", "GWh", 2028, "level"),
        forecast("b", "shipments", "semi-solid-state batteries", "160", "GWh", 2028, "level"),
        forecast("c", "demand", "global lithium-ion batteries", "2800", "GWh", 2030, "level", **about),
        forecast(
            "c2",
            "demand",
            "global power batteries",
            "2772",
            "GWh",
            2030,
            "level",
            **{**ciaps, "issuer": "EV-volumes"},
        ),
        forecast(
            "d", "demand growth", "EV lithium-ion demand", "11", "pct", 2030, "cagr", base_year=2024, **about
        ),
        forecast(
            "e", "demand growth", "ESS lithium-ion demand", "27", "pct", 2030, "cagr", base_year=2024, **about
        ),
        forecast("f", "penetration", "global solid-state batteries", "0.1", "pct", 2025, "share", **about),
        forecast("g", "penetration", "all-solid-state batteries", "4", "pct", 2030, "share", **about),
        forecast(
            "h",
            "penetration",
            "global solid-state batteries",
            "10",
            "pct",
            2035,
            "share",
            qualifier="potentially",
        ),
        forecast("i", "production", "China power batteries", "2450", "GWh", 2030, "level", **ciaps),
        forecast("j", "production", "China ESS batteries", "1226", "GWh", 2030, "level", **ciaps),
        forecast(
            "k",
            "production",
            "China small batteries",
            "126",
            "GWh",
            2030,
            "level",
            qualifier="at_least",
            **ciaps,
        ),
        forecast(
            "l",
            "production",
            "China lithium-ion batteries",
            None,
            "GWh",
            2030,
            "level",
            low=D(3600),
            high=D(3900),
            **ciaps,
        ),
    )
    groups: dict[tuple[str, str, str, str], list[Forecast]] = {}
    for row in rows:
        groups.setdefault((row.metric, row.scope or "", row.unit, row.kind), []).append(row)
    return Outlook(
        tuple(ScopeGroup(*key, tuple(members)) for key, members in groups.items()),
        (
            Statistic(
                "cn-liion-2023",
                "production",
                "China lithium-ion batteries",
                PartialDate.parse("2023"),
                D(910),
                "GWh",
                None,
                D(71),
                "global production",
                "CIAPS 2025-04",
            ),
            Statistic(
                "cn-liion-2024",
                "production",
                "China lithium-ion batteries",
                PartialDate.parse("2024"),
                D(1170),
                "GWh",
                D("28.6"),
                D(76),
                "global production",
                "CIAPS 2025-04",
                "28.6% is against 910 GWh",
            ),
            Statistic(
                "cn-ess-2024",
                "production",
                "China ESS batteries",
                PartialDate.parse("2024"),
                D(254),
                "GWh",
                D(64),
                D("21.7"),
                "China lithium-ion production",
                "CIAPS 2025-04",
                "154.7 GWh in 2023",
            ),
            Statistic(
                "cn-export-value-2024",
                "export value",
                "China lithium-ion batteries",
                PartialDate.parse("2024"),
                D("61.12"),
                "billion USD",
                D(-6),
                D("91.3"),
                "China battery exports",
                "CIAPS 2025-04",
            ),
            Statistic(
                "separator-2024",
                "production",
                "China separator",
                PartialDate.parse("2024"),
                D("214.5"),
                "billion m2",
                D("23.5"),
                None,
                None,
                "003 strategic analysis",
                "as printed; about ten times what others publish",
            ),
        ),
        (
            Conflict(
                "production",
                "China lithium-ion batteries",
                "2023",
                "GWh",
                (D(910), D(940)),
                ("CIAPS 2025-04", "MIIT via CIAPS 2025-04"),
                ("statistics/cn-liion-2023/r0", "statistics/cn-liion-2023-miit/r0"),
            ),
        ),
        (CagrCheck("ciaps-power-cagr-2030", D(20), D("19.94"), True, ()),),
    )


ROUTES = (
    Route(
        "sulfide",
        D("1e-4"),
        D("1e-2"),
        "S/cm",
        "highest conductivity; rate capability; energy density",
        "moisture sensitivity (H2S); unstable against oxides; cost",
        "prototype validation",
        "003 strategic analysis",
    ),
    Route(
        "oxide",
        D("1e-5"),
        D("1e-3"),
        "S/cm",
        "high-voltage stability; safety",
        "brittle; poor solid contact; grain-boundary resistance",
        "leading route for semi-solid cells",
        "003 strategic analysis",
    ),
    Route(
        "polymer",
        D("1e-7"),
        D("1e-5"),
        "S/cm",
        "flexible; good contact; easy processing",
        "needs heating; narrow electrochemical window",
        "leading route for semi-solid cells",
        "003 strategic analysis",
    ),
    Route(
        "halide",
        D("1e-5"),
        D("1e-3"),
        "S/cm",
        "voltage and thermal stability; suits oxide cathodes",
        "reduced by lithium metal; moderate conductivity",
        "early experiments",
        "003 strategic analysis",
    ),
)
POLICIES = (
    Policy(
        "kr-kbattery-2025",
        PartialDate.parse("2025-12"),
        "South Korea",
        "K-Battery solid-state plan",
        "280 billion won; 25% of the global market by 2030",
        "SMM 2025-12-06",
    ),
    Policy(
        "us-tariff-2025",
        PartialDate.parse("2025-04-09"),
        "US",
        "Tariffs on lithium-ion batteries from China",
        "82.4% on power batteries; 57.4% on storage and consumer batteries (82.4% from 2026-01-01)",
        "CIAPS 2025-04",
    ),
    Policy(
        "cn-6bn-2024",
        PartialDate.parse("2024"),
        "China",
        "State programme for all-solid-state batteries",
        "6 billion yuan for six companies; prototype vehicles by 2026; 1000 vehicles by 2027",
        "CIAPS 2025-04",
    ),
)

# section id, kind, what its stories look like
PLAN = (
    ("prices", "prices"),
    ("price_charts", "price_charts"),
    ("projects", "projects"),
    ("materials", "news"),
    ("research", "news"),
    ("overseas", "news"),
    ("policy", "policy"),
    ("outlook", "outlook"),
    ("corrections", "corrections"),
    ("method", "method"),
)
_MATERIALS = ("electrolyte", "precursor", "cathode", "anode", "current_collector", "supporting")


def _section_of(told: Story) -> str:
    head = told.head
    if head.project is not None:
        return "projects"
    if head.type == "policy":
        return "policy"
    if head.region == "overseas":
        return "overseas"
    if head.type in ("patent", "financing", "other", "award"):
        return "research"
    return "materials" if head.segment in _MATERIALS else "research"


def _highlights(
    prices: tuple[PriceFigure, ...], pipeline: Pipeline, told: Mapping[str, list[str]]
) -> tuple[Highlight, ...]:
    found = [
        Highlight("prices", tuple(p.instrument for p in prices[:3])),
        Highlight("moves", tuple(move.project for move in pipeline.stage_moves[:3])),
        Highlight("new", tuple(new.project for new in pipeline.new[:3])),
        *(Highlight("section", (id, *told[id][:2])) for id in ("materials", "overseas") if told.get(id)),
    ]
    return tuple(highlight for highlight in found if highlight.refs)


def issue(
    prices: tuple[PriceFigure, ...],
    instruments: tuple[Instrument, ...],
    *,
    pipeline: Pipeline | None = None,
    stories: tuple[Story, ...] = (),
    outlook: Outlook | None = None,
    routes: tuple[Route, ...] = (),
    policies: tuple[Policy, ...] = (),
    corrections: tuple[Correction, ...] = (),
    title: str = "Solid-State Battery Weekly",
    edition: str = "solid-state-weekly",
    statement: Text | None = None,
    contact: Text | None = None,
) -> Issue:
    """An issue of 2025-W49; its stories go where they belong, sections without any are empty."""
    pipeline = pipeline or _pipeline(())
    outlook = outlook or Outlook((), (), (), ())
    told: dict[str, list[str]] = {}
    for one in stories:
        told.setdefault(_section_of(one), []).append(one.head.id)
    filled = {
        "prices": bool(prices),
        "price_charts": any(len(p.series) > 1 for p in prices),
        "projects": bool(pipeline.projects),
        "policy": bool(policies),
        "outlook": bool(outlook.groups or outlook.statistics or routes),
        "corrections": bool(corrections),
        "method": True,
    }
    sections = tuple(
        Section(ident, kind, None, tuple(told.get(ident, ())), not (told.get(ident) or filled.get(ident)))
        for ident, kind in PLAN
    )
    return Issue(
        edition=edition,
        title=text(title),
        week="2025-W49",
        version=1,
        period=W49,
        as_of=AS_OF,
        instruments={i.id: i for i in instruments},
        prices=prices,
        headline_prices=tuple(p.instrument for p in prices[:4]),
        corrections=corrections,
        pipeline=pipeline,
        stories=stories,
        lead=stories[0].head.id if stories else None,
        highlights=_highlights(prices, pipeline, told),
        sections=sections,
        outlook=outlook,
        routes=routes,
        policies=policies,
        company_names={"Lvfa Group": "China Green Development"},
        translations={},
        vocabulary=vocabulary(),
        warnings=(),
        statement=statement,
        contact=contact,
    )


@lru_cache
def w49() -> Issue:
    """The week of the real records: two first assessments, two gaps, twenty stories, eight moves."""
    return issue(
        _w49_prices(),
        (LITHIUM_SULFIDE, LATP, BATTERY_GRADE, INDUSTRIAL_GRADE),
        pipeline=_w49_pipeline(),
        stories=_w49_stories(),
        outlook=_w49_outlook(),
        routes=ROUTES,
        policies=POLICIES,
        contact=text("desk@example.org"),
    )


@lru_cache
def one_price() -> Issue:
    """One price and nothing else."""
    return issue(
        (assessed(LITHIUM_SULFIDE, (replace(value(W49.end, "2050"), date=date(2025, 12, 5)),)),),
        (LITHIUM_SULFIDE,),
    )


def weekly_series(
    first: str, steps: int, slope: str = "1", skip: frozenset[int] = frozenset()
) -> tuple[PeriodValue, ...]:
    """`steps` weekly values up to W49 that wander by a fixed pattern; `skip` leaves weeks out."""
    start, pattern = D(first), (0, 3, 1, -2, 4, 6, 5, 8, 3, 7, 9, 12, 8)
    return tuple(
        value(
            W49.end - timedelta(days=7 * (steps - 1 - n)),
            start + D(slope) * (pattern[n % 13] + 2 * n),
            str(D(slope) * 2),
        )
        for n in range(steps)
        if n not in skip
    )


@lru_cache
def crude() -> Issue:
    """Another market: three instruments in USD/bbl, no projects and no events."""
    names = (
        ("brent", "Brent, dated", "63.10"),
        ("wti", "WTI, Cushing", "59.05"),
        ("dubai", "Dubai", "62.40"),
    )
    instruments = tuple(
        Instrument(ident, text(name), "bbl", "USD", segment="crude oil", source="Exchange data")
        for ident, name, _ in names
    )
    return issue(
        tuple(
            assessed(i, weekly_series(start, 40, "0.11"))
            for i, (_, _, start) in zip(instruments, names, strict=True)
        ),
        instruments,
        title="Crude Oil Weekly",
        edition="crude-weekly",
    )


def _many_prices(count: int) -> tuple[tuple[Instrument, ...], tuple[PriceFigure, ...]]:
    segments = (
        "cathode",
        "anode",
        "electrolyte",
        "separator",
        "precursor",
        "recycling",
        "equipment",
        "supporting",
    )
    instruments, prices = [], []
    for n in range(count):
        unit = ("mt", "kg", "kWh", "m2")[n % 4]
        i = Instrument(
            f"material-{n}",
            text(f"Nickel-rich precursor material number {n}, single crystal, delivered to works"),
            unit,
            "CNY" if n % 3 else "USD",
            segment=segments[n // 5],
            decimals=(0, 2, 3, 2)[n % 4],
            source="SMM",
            frequency="biweekly" if n % 11 == 5 else "weekly",
        )
        series = weekly_series(
            str(100 + n * 37), 52, "1", frozenset(range(20, 24)) if n % 5 == 0 else frozenset()
        )
        if n % 10 == 0:
            series = weekly_series("987654321", 52, "12345")
        f = assessed(i, series)
        if n % 7 == 3:
            f = figure(
                i,
                series[:-1],
                last=Last(series[-2].value, series[-2].date, 1, ""),
                range_52w=f.range_52w,
                direction="stable to slightly weaker in a quiet market with few deals",
            )
        elif n % 7 == 5:
            f = replace(f, wow=replace(f.wow, reason="bridged", periods=2), status="rolled_over")
        elif n % 7 == 6:
            f = replace(
                f,
                corrected=True,
                revision=1,
                wow=replace(f.wow, pct=None, reason="undefined_base"),
                yoy=Change(D(12), D("3.5"), D(343), date(2024, 11, 30), None, 53),
                four_week=Change(D(-12), D("-2.5"), D(480), date(2025, 11, 7), None, 4),
                month_to_date=MonthChange("2025-12", D(480), 1, D(470), 4, D(10), D("2.1"), None),
            )
        instruments.append(i)
        prices.append(f)
    return tuple(instruments), tuple(prices)


def _many_projects(count: int) -> tuple[ProjectState, ...]:
    stages = [s for s in vocabulary().stages if s != "cancelled"]
    return tuple(
        project(
            f"phase {n} of the integrated industrial park for next-generation materials and cells no {n}",
            f"Very Long Name New Energy Materials Technology Holding Group Company {n % 37}",
            ("cell", "electrolyte", "precursor", "pack_ess")[n % 4],
            stages[n % len(stages)],
            (str(n * 1000 + 123456), "mt/yr") if n % 3 else None,
            state=("all_solid", "semi", "not_stated")[n % 3],
            route=("sulfide", "oxide", "not_stated")[n % 3],
            expected=("2026-Q1", None, "2027", "2026-03-14")[n % 4],
            qualifier=("exact", "approx", "up_to")[n % 3],
            changed=n < 18,
        )
        for n in range(count)
    )


@lru_cache
def large() -> Issue:
    """40 instruments, 120 projects and 300 stories with long names and nine-digit prices."""
    return _crowd(40, 120, 300)


@lru_cache
def crowded() -> Issue:
    """The same, of a size that is printed in seconds: 12 instruments, 24 projects and 40 stories."""
    return _crowd(12, 24, 40)


def _crowd(price_count: int, project_count: int, story_count: int) -> Issue:
    instruments, prices = _many_prices(price_count)
    states = _many_projects(project_count)
    slip = PartialDate.parse
    pipeline = _pipeline(
        states,
        new=tuple(NewProject(s.project.id, s.stage, s.events) for s in states[:6]),
        stage_moves=tuple(
            StageMove(s.project.id, "announced", s.stage or "pilot", s.events) for s in states[6:12]
        ),
        slips=(
            Slip(states[12].project.id, slip("2026-Q1"), slip("2026-Q3"), 183, ()),
            Slip(states[13].project.id, slip("2026-12"), slip("2026-06"), -184, ()),
        ),
        capacity_changes=(CapacityChange(states[14].project.id, D(100), "MWh", D(200), "MWh", ()),),
        cancellations=(StageMove(states[15].project.id, "construction", "cancelled", ()),),
        overdue=(Overdue(states[16].project.id, slip("2025-06"), 160),),
        totals=tuple(
            CapacityTotal(segment, "not_stated", stage, D(1234567), "mt/yr", 4, 2)
            for segment in ("cell", "electrolyte", "precursor")
            for stage in ("announced", "construction", "pilot", "mass_production")
        ),
    )
    types = ("partnership", "financing", "bulk_supply", "product_launch", "policy", "order")
    stories = tuple(
        story(
            f"event-{n}",
            f"Company {n} reports something long about its materials line number {n} in a province far away",
            f"Very Long Name New Energy Materials Technology Holding Group Company {n % 37}",
            types[n % 6],
            segment=("cell", "cathode", "electrolyte")[n % 3],
            region="overseas" if n % 4 == 0 else "domestic",
            project=states[n].project.id if n < 20 else None,
            detail="Averylongwordwithoutanybreak" * 6 if n % 50 == 0 else None,
            source_url=f"https://a-very-long-host-name.of-some-news-outlet.example.com/{n}/" + "path/" * 30,
            late=n % 9 == 0,
        )
        for n in range(story_count)
    )
    fixed = Correction(
        instruments[6].id,
        date(2025, 11, 27),
        D(315),
        D(310),
        D(320),
        D(315),
        D(310),
        D(320),
        D(318),
        D(312),
        D(324),
        1,
        "late deal",
        "prices/x",
    )
    return issue(
        prices,
        instruments,
        pipeline=pipeline,
        stories=stories,
        outlook=_w49_outlook(),
        routes=ROUTES,
        policies=POLICIES,
        corrections=(fixed, replace(fixed, instrument=instruments[7].id, reason=None)),
        title="The Weekly Bulletin of Materials",
    )
