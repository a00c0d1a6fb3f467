"""A snapshot holds what was known at its moment, and later knowledge never changes it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from builders import HEADERS, SHANGHAI, folder, records, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.calendar import PartialDate, Period, Week
from reporter.errors import RecordsError
from reporter.records.location import in_folder
from reporter.records.model import Capacity, Company, Place
from reporter.records.price_history import window_start
from reporter.records.snapshot import Snapshot, take_snapshot
from reporter.records.validation import Records, load_records

DATA = Path(__file__).parents[2] / "data"
W49 = Week.parse("2025-W49").period()
PLANT = "p,Plant,Firm"


@pytest.fixture(scope="module")
def real() -> Records:
    return load_records(in_folder(DATA), SHANGHAI)


def at(found: Records, moment: str) -> Snapshot:
    return take_snapshot(found, datetime.fromisoformat(moment))


def values(found: Snapshot, period: Period = W49) -> list[tuple[str, str, int]]:
    """The assessments of the first instrument as (day, mid, revision)."""
    return [(str(one.date), str(one.mid), one.revision) for one in found.histories(period)[0].assessments]


def test_the_acceptance_week_is_known_as_told(real: Records) -> None:
    """On 6 December 2025, 21:47 in Shanghai, the real records show the week's prices and 22 event rows."""
    found = at(real, "2025-12-06T21:47+08:00")
    last = {history.id: history.assessments[-1] for history in found.histories(W49) if history.assessments}
    assert (last["lithium-sulfide"].average, last["latp"].average) == (Decimal(2050), Decimal(145))
    assert (last["lithium-carbonate-battery"].date, last["lithium-carbonate-battery"].average) == (
        date(2025, 11, 27), Decimal(93300),
    )  # fmt: skip
    assert sum(event.reported_on in W49 for event in found.events) == 22
    assert {forecast.issuer for forecast in found.forecasts if forecast.issued_on.text == "2025-12-06"} == {
        "SMM"
    }
    assert found.latest_day(SHANGHAI) == date(2025, 12, 6)


@pytest.mark.parametrize(
    ("row", "from_"),
    [
        ("latp,2025-12-05,,,145", "2025-12-05T00:00+08:00"),
        ("latp,2025-12-05,,,145,,0,2025-12-06", "2025-12-06T00:00+08:00"),
        ("latp,2025-12-05,,,145,,0,2025-12-06T09:30", "2025-12-06T09:30+08:00"),
        ("latp,2025-12-05,,,145,,0,2025-12-06T09:30:15.5Z", "2025-12-06T09:30:15.500000+00:00"),
        ("latp,2025-12-05,,,145,,0,2025-12-04 09:30-05:00", "2025-12-04T09:30-05:00"),
    ],
)
def test_a_price_is_known_from_its_publication(row: str, from_: str, tmp_path: Path) -> None:
    """`published_at`, else the date; a day begins at 00:00 and a time stands in the records' zone."""
    found, moment = records(tmp_path, prices=row), datetime.fromisoformat(from_)
    assert take_snapshot(found, moment).histories(W49)[0].assessments[0].known_at == moment
    assert take_snapshot(found, moment - timedelta(microseconds=1)).histories(W49)[0].assessments == ()


def test_context_is_known_from_the_end_of_its_date(tmp_path: Path) -> None:
    """Statistics, policies and forecasts count from the last day of their partial date; routes, companies
    and projects without published_at always."""
    tables = {
        "projects": PLANT, "events": "e,2025-12-31,other,H",
        "statistics": "s,production,China,2025,5,GWh", "policies": "p,2025-Q4,China,Law",
        "forecasts": "f,Firm,demand,GWh,2030,level,2025-H2,5",
        "routes": "sulfide,1e-4,1e-2,S/cm", "companies": "c,Firm,Alpha; Beta,China",
    }  # fmt: skip
    found = records(tmp_path, **tables)
    before, after = at(found, "2025-12-30T23:59:59+08:00"), at(found, "2025-12-31T00:00+08:00")
    names = ("statistics", "policies", "forecasts", "events", "routes", "companies", "projects")
    assert [len(getattr(before, name)) for name in names] == [0, 0, 0, 0, 1, 1, 1]
    assert [len(getattr(after, name)) for name in names] == [1] * 7
    assert before.companies == (Company("c", "Firm", ("Alpha", "Beta"), "China"),)
    assert (before.routes[0].conductivity_low, after.statistics[0].value) == (Decimal("0.0001"), Decimal(5))


def test_the_highest_revision_known_is_current(tmp_path: Path) -> None:
    """The published chain 185–195, 185–198, 187–198 shows each state in its time."""
    rows = [
        "latp,2025-12-01,185,195",
        "latp,2025-12-01,185,198,,,1,2025-12-03,typing error",
        "latp,2025-12-01,187,198,,,2,2025-12-05,late bids",
    ]
    found = records(tmp_path, prices=rows)
    states = [values(at(found, f"2025-12-0{day}T12:00+08:00")) for day in (2, 3, 5)]
    assert states == [
        [("2025-12-01", "190.0", 0)],
        [("2025-12-01", "191.5", 1)],
        [("2025-12-01", "192.5", 2)],
    ]
    [chain] = at(found, "2025-12-06T12:00+08:00").histories(W49)[0].chains
    assert [(one.low, one.high, one.reason) for one in chain] == [
        (185, 195, None), (185, 198, "typing error"), (187, 198, "late bids"),
    ]  # fmt: skip
    assert at(found, "2025-12-02T12:00+08:00").histories(W49)[0].chains == ()


def test_windows_hold_what_the_figures_need_and_no_future(tmp_path: Path) -> None:
    """From the window's first day to the period's last; nothing after it, whatever is known."""
    start = window_start(W49)
    assert start == date(2023, 12, 25)
    assert window_start(Period(date(2026, 12, 28), date(2027, 1, 3))) == date(2025, 11, 29)
    days = [start - timedelta(days=1), start, W49.end, W49.end + timedelta(days=1)]
    found = snapshot(tmp_path, "2026-01-31T00:00Z", prices=[f"latp,{day},,,1" for day in days])
    [history] = found.histories(W49)
    assert [one.date for one in history.assessments] == [start, W49.end]
    assert history.first_assessed == days[0]


def test_a_series_that_ended_keeps_its_last_period(tmp_path: Path) -> None:
    """Where the last assessed date lies before the window, the six days before it come too, no more."""
    rows = ["latp,2020-01-03,,,1", "latp,2020-01-04,,,2", "latp,2020-01-10,,,3", "latp,2020-01-11,,,,holiday"]
    rows += ["latp,2025-12-03,,,,not_assessed", "b,2025-12-03,,,1"]
    old, young = snapshot(tmp_path, "2026-01-31T00:00Z", prices=rows).histories(W49)
    assert [str(one.date) for one in old.assessments] == ["2020-01-04", "2020-01-10", "2025-12-03"]
    assert (old.first_assessed, young.first_assessed) == (date(2020, 1, 3), date(2025, 12, 3))


def test_histories_come_in_the_order_asked_for(tmp_path: Path) -> None:
    """The ids' order, else that of instruments.yaml; an instrument without prices has an empty history."""
    listed = "\n".join(f"- {{id: {name}, name: N, unit: kg, currency: CNY}}" for name in "cab")
    found = snapshot(
        tmp_path, "2026-01-31T00:00Z", instruments=listed, prices=["a,2025-12-05,,,1", "b,2025-12-05,,,2"]
    )
    assert [history.id for history in found.histories(W49)] == ["c", "a", "b"]
    assert [(history.id, len(history.assessments)) for history in found.histories(W49, ["b", "c"])] == [
        ("b", 1),
        ("c", 0),
    ]
    with pytest.raises(RecordsError, match=r"unknown_instrument\] 'd'"):
        found.histories(W49, ["a", "d"])


def test_versions_are_given_in_order(tmp_path: Path) -> None:
    """A history carries every version of its instrument, the earliest first."""
    one = "{id: latp, name: N, unit: kg, currency: CNY"
    listed = f"- {one}, spec_version: 2, valid_from: 2025-01-01, continues: true, factor: 0.5}}\n- {one}}}"
    [history] = snapshot(
        tmp_path, "2026-01-31T00:00Z", instruments=listed, prices="latp,2025-12-05,,,1"
    ).histories(W49)
    assert [(spec.spec_version, spec.factor) for spec in history.specs] == [(1, None), (2, Decimal("0.5"))]


def test_events_keep_their_place_when_corrected(tmp_path: Path) -> None:
    """A corrected event stays where its first row stood and remembers when that was known."""
    rows = ["a,2025-12-04,other,First", "b,2025-12-04,other,Second"]
    rows += ["a,2025-12-04,other,First corrected,,,,,,,,,1,2025-12-06"]
    found = snapshot(tmp_path, "2025-12-07T00:00+08:00", projects=PLANT, events=rows)
    assert [(event.id, event.headline, event.order) for event in found.events] == [
        ("a", "First corrected", 2), ("b", "Second", 3),
    ]  # fmt: skip
    assert found.events[0].known_at == datetime(2025, 12, 5, 16, tzinfo=UTC)
    assert found.events[0].first_known_at == datetime(2025, 12, 3, 16, tzinfo=UTC)


def test_a_corrected_date_leaves_the_first_one_known(tmp_path: Path) -> None:
    """The row is the current revision's; `first_reported_on` the lowest known revision's."""
    rows = ["b,2025-11-28,other,H", "b,2025-12-02,other,H,,,,,,,,,1,2025-12-03"]
    [event] = snapshot(tmp_path, "2025-12-07T00:00+08:00", projects=PLANT, events=rows).events
    assert (event.reported_on, event.first_reported_on) == (date(2025, 12, 2), date(2025, 11, 28))


def test_a_snapshot_knows_what_was_known_earlier(tmp_path: Path) -> None:
    """`at` an earlier moment is the snapshot of that moment; it never knows more than itself."""
    rows = ["latp,2025-12-01,,,1", "latp,2025-12-01,,,2,,1,2025-12-03", "latp,2025-12-01,,,3,,2,2025-12-05"]
    found = snapshot(tmp_path, "2025-12-04T00:00+08:00", prices=rows)
    earlier = found.at(datetime(2025, 12, 2, tzinfo=SHANGHAI))
    later = found.at(datetime(2025, 12, 31, tzinfo=SHANGHAI))
    assert [values(one) for one in (earlier, later)] == [
        [("2025-12-01", "1", 0)],
        [("2025-12-01", "2", 1)],
    ]


def test_a_corrected_project_is_listed_from_when_it_was(tmp_path: Path) -> None:
    """A correction's `published_at` says when the correction is known, not since when there is a plant."""
    rows = [PLANT, "p,Plant corrected,Firm,,,,,,,,1,2025-12-03"]
    tables = {"projects": rows, "events": "e,2025-12-06,other,H,p"}
    found = records(tmp_path, **tables)  # type: ignore[arg-type]
    assert at(found, "2025-12-05T00:00+08:00").projects == ()
    [project] = at(found, "2025-12-06T00:00+08:00").projects
    assert (project.name, project.published_at) == ("Plant corrected", None)


def test_projects_gather_their_parts(tmp_path: Path) -> None:
    """Companies and aliases are lists, capacity one value, empty fields their defaults."""
    row = "p,Plant,One; Two,cell,sulphide,100.50,MWh,design,2026-Q1,Works;Hall"
    rows = [row, "q,Later,Firm,,,,,,,,0,2026-01-01"]
    found = snapshot(tmp_path, "2025-12-07T00:00Z", projects=rows, events="e,2025-12-06,other,H,p")
    [project] = found.projects
    assert (project.companies, project.aliases) == (("One", "Two"), ("Works", "Hall"))
    assert project.capacity == Capacity(Decimal("100.5"), "MWh", "not_stated", "exact")
    assert (project.route, project.state, project.country) == ("sulfide", "not_stated", None)
    assert (project.expected, project.published_at) == (PartialDate.parse("2026-Q1"), None)


def test_latest_day_is_the_latest_known(tmp_path: Path) -> None:
    """The latest price or event known, dated no later than as-of's local day; None where there is none."""
    tables = {
        "prices": [
            "latp,2025-12-01,,,1",
            "latp,2025-12-03,,,1,,0,2025-12-09",
            "latp,2025-12-20,,,1,,0,2025-12-01",
        ],
        "projects": PLANT,
        "events": "e,2025-12-02,other,H",
    }
    found = records(tmp_path, **tables)  # type: ignore[arg-type]
    days = [
        at(found, f"2025-{day}T23:00+08:00").latest_day(SHANGHAI)
        for day in ("11-30", "12-01", "12-08", "12-09", "12-20")
    ]
    assert days == [None, date(2025, 12, 1), date(2025, 12, 2), date(2025, 12, 3), date(2025, 12, 20)]


def test_latest_day_is_judged_in_the_zone_asked_for(tmp_path: Path) -> None:
    """5 December 20:00 UTC is 6 December in Shanghai, wherever the moment itself was written."""
    rows = ["latp,2025-12-05,,,1,,0,2025-12-01", "latp,2025-12-06,,,1,,0,2025-12-01"]
    found = snapshot(tmp_path, "2025-12-05T20:00+00:00", prices=rows)
    assert found.latest_day(UTC) == date(2025, 12, 5)
    assert found.latest_day(SHANGHAI) == date(2025, 12, 6)


def test_latest_day_is_one_whose_week_tells_the_event(tmp_path: Path) -> None:
    """A corrected date moves no story, so it does not choose the week either."""
    rows = ["b,2025-11-28,other,H", "b,2025-12-02,other,H,,,,,,,,,1,2025-12-03"]
    found = snapshot(tmp_path, "2025-12-31T00:00Z", projects=PLANT, events=rows)
    assert found.latest_day(UTC) == date(2025, 11, 28)


def test_latest_day_counts_only_the_instruments_asked_for(tmp_path: Path) -> None:
    """An edition's prices and all events; the prices of other editions are not its week."""
    prices = ["a,2025-12-01,,,1", "b,2025-12-05,,,1"]
    found = snapshot(
        tmp_path, "2025-12-31T00:00Z", prices=prices, projects=PLANT, events="e,2025-12-03,other,H"
    )
    asked = (None, ["a"], ["a", "b"], [])
    assert [found.latest_day(UTC, ids) for ids in asked] == [
        date(2025, 12, 5),
        date(2025, 12, 3),
        date(2025, 12, 5),
        date(2025, 12, 3),
    ]


def test_keys_lead_to_file_and_line(real: Records) -> None:
    """Every kind of key finds its row; a key of nothing finds None."""
    found = at(real, "2026-02-01T00:00+08:00")
    rows = [
        *found.events,
        *found.projects,
        *found.forecasts,
        *found.statistics,
        *found.routes,
        *found.policies,
    ]
    rows += [
        one for history in found.histories(Week.parse("2026-W02").period()) for one in history.assessments
    ]
    assert all(found.place(row.key) for row in rows)
    place = found.place("prices/latp/2025-12-05/r0")
    assert place == Place((DATA / "prices.csv").as_posix(), 6)
    assert found.place("instruments/latp/v1") == Place((DATA / "instruments.yaml").as_posix(), 4)
    for key in (
        "prices/latp/2025-12-05/r1",
        "prices/latp/soon/r0",
        "prices/latp",
        "events/x/r0",
        "nothing",
        "",
    ):
        assert found.place(key) is None


def test_a_translation_is_known_and_corrected_as_any_record(tmp_path: Path) -> None:
    """By language and exact text, at any moment the highest revision known by then; its place is found."""
    rows = [
        "zh,10 kt/r0,一,0,",
        "zh,Plant grows,二,0,",
        "ja,Plant grows,三,0,",
        "zh,Plant grows,四,1,2025-12-05",
    ]
    found = records(tmp_path, prices="latp,2025-12-05,,,1", translations=rows)
    before, after = at(found, "2025-12-04T12:00+08:00"), at(found, "2025-12-06T12:00+08:00")
    assert before.translations == {"zh": {"10 kt/r0": "一", "Plant grows": "二"}, "ja": {"Plant grows": "三"}}
    assert after.translations["zh"]["Plant grows"] == "四"
    keys = ("translations/zh/10 kt/r0/r0", "translations/zh/Plant grows", "translations/ja/Plant grows/r0")
    assert [place and place.line for place in map(after.place, keys)] == [2, 5, 4]
    assert before.table_hashes(W49)["translations"] != after.table_hashes(W49)["translations"]


def test_rates_are_those_of_a_source_as_they_were_known(tmp_path: Path) -> None:
    """A rate is known from its day, a correction from its publication; other sources and days are not given."""
    rates = [
        "USDCNY,2025-12-03,7.10,BANK",
        "USDCNY,2025-12-03,7.20,BANK,1,2025-12-06",
        "USDCNY,2025-12-05,7.30,BANK",
        "USDCNY,2025-12-03,7.40,OTHER",
        "USDCNY,2025-11-28,7.50,BANK",
        "USDCNY,2025-12-06,7.60,BANK",
    ]
    found = records(tmp_path, prices="latp,2025-12-05,,,145", fx=rates)

    def known(moment: str) -> list[tuple[str, str]]:
        rates = at(found, moment).fx("BANK", date(2025, 11, 29), date(2025, 12, 5))
        return [(one.key, str(one.rate)) for one in rates]

    assert known("2025-12-04T12:00+08:00") == [("fx/USDCNY/2025-12-03/BANK/r0", "7.1")]
    assert known("2025-12-07T12:00+08:00") == [
        ("fx/USDCNY/2025-12-03/BANK/r1", "7.2"),
        ("fx/USDCNY/2025-12-05/BANK/r0", "7.3"),
    ]
    place = at(found, "2025-12-07T12:00+08:00").place("fx/USDCNY/2025-12-03/BANK/r1")
    assert str(place).endswith("fx.csv:3")


def test_without_the_table_there_are_no_rates(tmp_path: Path) -> None:
    found = snapshot(tmp_path, "2025-12-07T12:00+08:00", prices="latp,2025-12-05,,,145")
    assert found.fx("BANK", date(2025, 1, 1), date(2025, 12, 31)) == ()


def test_an_absent_table_is_not_an_empty_one(tmp_path: Path) -> None:
    """has_table tells a table that is not there from one in which nothing is known yet."""
    found = snapshot(
        tmp_path,
        "2020-01-01T00:00Z",
        prices="latp,2025-12-05,,,1",
        forecasts="id,issuer,metric,unit,target_year,kind,issued_on",
    )
    assert [found.has_table(name) for name in ("prices", "forecasts", "instruments", "events")] == [
        True,
        True,
        True,
        False,
    ]
    assert (found.forecasts, found.events, found.policies, found.projects) == ((), (), (), ())


def test_a_table_of_only_a_header_is_empty(tmp_path: Path) -> None:
    """Every table may be empty: no values, no latest day, a hash all the same."""
    tables = dict(HEADERS)
    listed = "- {id: latp, name: L, unit: kg, currency: CNY}"
    found = snapshot(tmp_path, "2026-01-01T00:00Z", instruments=listed, **tables)
    assert found.histories(W49)[0].assessments == ()
    assert (found.latest_day(UTC), found.place("prices/latp/2025-12-05/r0")) == (None, None)
    names = ("events", "projects", "forecasts", "statistics", "routes", "policies", "companies")
    assert [getattr(found, name) for name in names] == [()] * 7
    assert set(found.table_hashes(W49)) == {*HEADERS, "instruments", "calendars", "vocabulary"}


def test_a_snapshot_needs_a_zone(tmp_path: Path) -> None:
    """A moment without a zone is a programming fault, said at once."""
    with pytest.raises(ValueError, match="time zone"):
        take_snapshot(records(tmp_path, prices="latp,2025-12-05,,,1"), datetime(2025, 12, 6))


def test_hashes_do_not_depend_on_how_a_table_is_written(tmp_path: Path) -> None:
    """Row order, column order, quoting, number style, line ends, zone notation and unknown columns."""
    one = (
        b"instrument,date,average,published_at,note\n"
        b"latp,2025-12-05,145.50,2025-12-06T08:00+08:00,a\nlatp,2025-12-04,140,,\n"
    )
    two = (
        b"\xef\xbb\xbfnote,liquidity,average,date,instrument,published_at,status,mood\r\n"
        b',,0140.0,2025-12-04,"latp",,assessed,fine\r\n\r\n"a",,145.5,2025-12-05,latp,2025-12-06T00:00Z,,\r\n'
    )
    three = one.replace(b"145.50", b"145.51")
    hashes = [
        snapshot(
            tmp_path,
            "2025-12-07T00:00Z",
            name,
            instruments="- {id: latp, name: L, unit: kg, currency: CNY}",
            prices=data,
        ).table_hashes(W49)
        for name, data in (("one", one), ("two", two), ("three", three))
    ]
    assert hashes[0] == hashes[1]
    assert {name for name in hashes[0] if hashes[0][name] != hashes[2][name]} == {"prices"}


def test_hashes_cover_instruments_calendars_and_words(tmp_path: Path) -> None:
    """A changed tick, holiday or label changes its own hash and no other."""
    listed, prices = "- {id: latp, name: L, unit: kg, currency: CNY, tick: 0.5}", "latp,2025-12-05,,,1"

    def hashes(name: str, instruments: str, calendars: str) -> dict[str, str]:
        return snapshot(
            tmp_path, "2026-01-01T00:00Z", name, instruments=instruments, prices=prices, calendars=calendars
        ).table_hashes(W49)

    base = hashes("a", listed, "CN: {holidays: [2026-01-01..2026-01-02]}")
    assert base == hashes("b", listed.replace("0.5", "0.50"), "CN: {holidays: [2026-01-02, 2026-01-01]}")
    ticked, holiday = (
        hashes("c", listed.replace("0.5", "0.6"), "CN: {holidays: [2026-01-01..2026-01-02]}"),
        hashes("d", listed, "CN: {}"),
    )
    assert [name for name in base if base[name] != ticked[name]] == ["instruments"]
    assert [name for name in base if base[name] != holiday[name]] == ["calendars"]


days = st.dates(date(2025, 11, 20), date(2025, 12, 6))
row = st.tuples(st.sampled_from("ab"), days, st.integers(1, 999))


@settings(max_examples=30, deadline=None)
@given(
    known=st.dictionaries(
        st.tuples(st.sampled_from("ab"), days), st.integers(1, 999), min_size=1, max_size=8
    ),
    later=st.lists(
        st.tuples(row, st.integers(1, 40), st.integers(1, 3)),
        max_size=6,
        unique_by=lambda one: (one[0][:2], one[2]),
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_later_knowledge_never_changes_an_earlier_snapshot(known, later, shuffled, tmp_path_factory) -> None:
    """Rows published after as-of, revisions or new days, anywhere in the file, leave all of it alone."""
    place, as_of = tmp_path_factory.mktemp("r"), "2025-12-06T21:47+08:00"
    listed = "\n".join(f"- {{id: {name}, name: N, unit: kg, currency: CNY}}" for name in "ab")
    rows = [f"{name},{day},,,{value}" for (name, day), value in known.items()]
    added = [
        f"{name},{day},,,{value},,{revision},{date(2025, 12, 6) + timedelta(days=after)}"
        for (name, day, value), after, revision in later
    ]
    first = snapshot(place, as_of, "first", instruments=listed, prices=rows)
    mixed = [*rows, *added]
    shuffled.shuffle(mixed)
    second = snapshot(place, as_of, "second", instruments=listed, prices=mixed)
    assert first.histories(W49) == second.histories(W49)
    assert first.table_hashes(W49) == second.table_hashes(W49)
    assert first.latest_day(SHANGHAI) == second.latest_day(SHANGHAI)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.dates(date(2023, 11, 1), date(2026, 1, 31)), st.integers(0, 2),
                  st.sampled_from(["assessed", "estimated", "holiday"]), st.integers(0, 30)),
        min_size=1, max_size=25, unique_by=lambda one: one[:3],
    ),
)  # fmt: skip
def test_histories_agree_with_a_plain_reading(rows, tmp_path_factory) -> None:
    """The column-wise selection picks what a loop over the definition picks."""
    as_of = datetime(2025, 12, 20, tzinfo=SHANGHAI)
    lines = [
        f"{name},{day},,,{'' if status == 'holiday' else 7},{status},{revision},{day + timedelta(days=late)}"
        for name, day, revision, status, late in rows
    ]
    listed = "\n".join(f"- {{id: {name}, name: N, unit: kg, currency: CNY}}" for name in "ab")
    found = take_snapshot(records(tmp_path_factory.mktemp("r"), instruments=listed, prices=lines), as_of)
    known = [one for one in rows if one[1] + timedelta(days=one[4]) <= as_of.date() and one[1] <= W49.end]
    for history in found.histories(W49):
        chains: dict[date, list[tuple[int, str]]] = {}
        for name, day, revision, status, _ in sorted(known):
            if name == history.id:
                chains.setdefault(day, []).append((revision, status))
        current = {day: chain[-1] for day, chain in chains.items()}
        assessed = [day for day, (_, status) in current.items() if status == "assessed"]
        start = window_start(W49)
        ended = max(assessed) if assessed and max(assessed) < start else None
        chosen = [
            day for day in current if day >= start or (ended and ended - timedelta(days=6) <= day <= ended)
        ]
        assert [(one.date, (one.revision, one.status)) for one in history.assessments] == [
            (day, current[day]) for day in chosen
        ]
        assert history.first_assessed == min(assessed, default=None)
        revised = [chain for chain in chains.values() if chain[-1][0] > 0]
        assert [[(one.revision, one.status) for one in chain] for chain in history.chains] == revised


def test_folders_with_one_content_are_equal_wherever_they_are(tmp_path: Path) -> None:
    """The same tables in two folders give the same hashes and the same values."""
    tables = {
        "prices": ["latp,2025-12-05,,,1", "latp,2025-12-04,1,3"],
        "forecasts": "f,Firm,demand,GWh,2030,level,2025,5",
    }
    one, two = (
        take_snapshot(
            load_records(in_folder(folder(tmp_path, name, **tables)), SHANGHAI),
            datetime(2026, 1, 1, tzinfo=UTC),
        )  # type: ignore[arg-type]
        for name in ("one", "two")
    )
    assert (one.table_hashes(W49), one.histories(W49), one.forecasts) == (
        two.table_hashes(W49),
        two.histories(W49),
        two.forecasts,
    )
