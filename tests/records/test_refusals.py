"""Every kind of bad record is refused with one exact line: place, code, field, value, what is expected."""

from pathlib import Path

import pytest
from builders import SHANGHAI, Table, folder

from reporter.errors import RecordsError
from reporter.records.location import in_folder
from reporter.records.validation import load_records

CASES: dict[str, tuple[dict[str, Table], str]] = {
    "a required column is missing": (
        {"prices": "instrument,low\nlatp,1"},
        "r/prices.csv:1: error [missing_column] date: the column is missing; the header has instrument, low",
    ),
    "a required cell is empty": (
        {"prices": [",2025-12-05,,,145"]},
        "r/prices.csv:2: error [required] instrument: is required",
    ),
    "a date in another order": (
        {"prices": ["latp,05/12/2025,,,145"]},
        "r/prices.csv:2: error [value] date '05/12/2025': is not a date such as 2025-12-06",
    ),
    "a day that does not exist": (
        {"prices": ["latp,2025-02-30,,,145"]},
        "r/prices.csv:2: error [value] date '2025-02-30': does not exist in the calendar",
    ),
    "a year out of bounds": (
        {"prices": ["latp,0205-01-01,,,145"]},
        "r/prices.csv:2: error [value] date '0205-01-01': lies outside the years 1900 to 2199",
    ),
    "a thousands separator": (
        {"prices": b'instrument,date,average\nlatp,2025-12-05,"93,300"\n'},
        "r/prices.csv:2: error [value] average '93,300': has a thousands separator; write it plainly, such as 93300",
    ),
    "a decimal comma": (
        {"prices": b'instrument,date,average\nlatp,2025-12-05,"0,5"\n'},
        "r/prices.csv:2: error [value] average '0,5': has a decimal comma; write a point, such as 0.5",
    ),
    "an exponent in a price": (
        {"prices": ["latp,2025-12-05,,,1e5"]},
        "r/prices.csv:2: error [value] average '1e5': has an exponent; write the number out, such as 93300 or 0.5",
    ),
    "not a number": (
        {"prices": ["latp,2025-12-05,,,NaN"]},
        "r/prices.csv:2: error [value] average 'NaN': is not a decimal number such as 93300 or 0.5",
    ),
    "infinity": (
        {"prices": ["latp,2025-12-05,,,inf"]},
        "r/prices.csv:2: error [value] average 'inf': is not a decimal number such as 93300 or 0.5",
    ),
    "full-width digits": (
        {"prices": ["latp,2025-12-05,,,１４５"]},
        "r/prices.csv:2: error [value] average '１４５': is not a decimal number such as 93300 or 0.5",
    ),
    "too many digits": (
        {"prices": ["latp,2025-12-05,,,1234567890123456789"]},
        "r/prices.csv:2: error [value] average '1234567890123456789': is too long: at most 18 digits before and 12 after the point",
    ),
    "too many decimals": (
        {"prices": ["latp,2025-12-05,,,0.1234567890123"]},
        "r/prices.csv:2: error [value] average '0.1234567890123': is too long: at most 18 digits before and 12 after the point",
    ),
    "low above high": (
        {"prices": ["latp,2025-12-05,150,140,"]},
        "r/prices.csv:2: error [low_above_high] low '150': is above high, 140",
    ),
    "average outside the range": (
        {"prices": ["latp,2025-12-05,140,150,151"]},
        "r/prices.csv:2: error [average_outside] average '151': lies outside low and high, 140 to 150",
    ),
    "low without high": (
        {"prices": ["latp,2025-12-05,140,,145"]},
        "r/prices.csv:2: error [half_range] high: is missing beside low",
    ),
    "high without low": (
        {"prices": ["latp,2025-12-05,,150,"]},
        "r/prices.csv:2: error [half_range] low: is missing beside high",
    ),
    "assessed without a number": (
        {"prices": ["latp,2025-12-05,,,"]},
        "r/prices.csv:2: error [no_number] status 'assessed': needs low and high, or average; a row that states only a direction has status not_assessed",
    ),
    "estimated without a number": (
        {"prices": ["latp,2025-12-05,,,,estimated"]},
        "r/prices.csv:2: error [no_number] status 'estimated': needs low and high, or average; a row that states only a direction has status not_assessed",
    ),
    "not assessed with a number": (
        {"prices": ["latp,2025-12-05,,,145,not_assessed"]},
        "r/prices.csv:2: error [number_not_assessed] status 'not_assessed': must not come with numbers; leave low, high and average empty",
    ),
    "holiday with numbers": (
        {"prices": ["latp,2025-12-05,140,150,,holiday"]},
        "r/prices.csv:2: error [number_not_assessed] status 'holiday': must not come with numbers; leave low, high and average empty",
    ),
    "an unknown status": (
        {"prices": ["latp,2025-12-05,,,145,asessed"]},
        "r/prices.csv:2: error [value] status 'asessed': is not a status; did you mean assessed?",
    ),
    "a revision without published_at": (
        {"prices": ["latp,2025-12-05,,,145,,1"]},
        "r/prices.csv:2: error [undated_revision] revision '1': needs published_at, or it would rewrite the past",
    ),
    "a negative revision": (
        {"prices": ["latp,2025-12-05,,,145,,-1"]},
        "r/prices.csv:2: error [value] revision '-1': is not a whole number from 0",
    ),
    "a broken revision": (
        {"prices": ["latp,2025-12-05,,,145,,1.5,2025-12-06"]},
        "r/prices.csv:2: error [value] revision '1.5': is not a whole number from 0",
    ),
    "one key and revision with two values": (
        {"prices": ["latp,2025-12-05,,,145", "latp,2025-12-05,,,146"]},
        "r/prices.csv:3: error [duplicate_key] instrument 'latp': the same instrument, date and revision stand on line 2 with another average; a correction takes a higher revision",
    ),
    "an unknown instrument": (
        {"instruments": "- {id: latp, name: L, unit: kg, currency: CNY}", "prices": "lapt,2025-12-05,,,145"},
        "r/prices.csv:2: error [unknown_instrument] instrument 'lapt': is not an id of instruments.yaml; did you mean latp?",
    ),
    "published_at that is no time": (
        {"prices": ["latp,2025-12-05,,,145,,0,yesterday"]},
        "r/prices.csv:2: error [value] published_at 'yesterday': is not a date or time such as 2025-12-06 or 2025-12-06T21:47+08:00",
    ),
    "published_at at 25 o'clock": (
        {"prices": ["latp,2025-12-05,,,145,,0,2025-12-05T25:00"]},
        "r/prices.csv:2: error [value] published_at '2025-12-05T25:00': is a time that does not exist",
    ),
    "a control character": (
        {"prices": ["latp,2025-12-05,,,145,,,,,,a\x07b"]},
        "r/prices.csv:2: error [value] note 'a\\x07b': holds the control character U+0007",
    ),
    "an address that runs a script": (
        {"prices": ["latp,2025-12-05,,,145,,,,,,,javascript:alert(1)"]},
        "r/prices.csv:2: error [value] source_url 'javascript:alert(1)': is not an address that begins with http:// or https://",
    ),
    "a price before the first version": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, valid_from: 2026-01-01}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/prices.csv:2: error [before_version] date '2025-12-05': lies before the first version of latp, valid from 2026-01-01",
    ),
    "a ragged row": (
        {"prices": b"instrument,date,average\nlatp,2025-12-05,145,9\n"},
        "r/prices.csv:2: error [ragged_row] the row has 4 cells, the header 3",
    ),
    "an open quote": (
        {"prices": b'instrument,date,average\nlatp,2025-12-05,145\nlatp,2025-12-06,"145\n'},
        "r/prices.csv:3: error [csv_syntax] not CSV in the row that begins here: a quote is opened and never closed",
    ),
    "text after a quote": (
        {"prices": b'instrument,date,average\nlatp,"2025-12-05"x,145\n'},
        "r/prices.csv:2: error [csv_syntax] not CSV in the row that begins here: ',' expected after '\"'",
    ),
    "a byte that is not UTF-8": (
        {"prices": b"instrument,date,average\nlatp,2025-12-05,14\xff\n"},
        "r/prices.csv:2: error [not_utf8] byte 0xff is not UTF-8; save the file as UTF-8",
    ),
    "UTF-16": (
        {"prices": b"\xff\xfei\x00n\x00s\x00t\x00r\x00u\x00m\x00e\x00n\x00t\x00,\x00d\x00a\x00t\x00e\x00"},
        "r/prices.csv:1: error [not_utf8] is UTF-16; save it as UTF-8",
    ),
    "a NUL byte": (
        {"prices": b"instrument,date,average\nlatp,2025-12-05,145\n\x00"},
        "r/prices.csv:3: error [nul_byte] holds a NUL byte; it is not a text file",
    ),
    "an empty file": (
        {"prices": b""},
        "r/prices.csv:1: error [empty_file] is empty; its first line must name the columns",
    ),
    "a column named twice": (
        {"prices": b"instrument,date,average,average\n"},
        "r/prices.csv:1: error [duplicate_column] average: the header names this column twice",
    ),
    "semicolons for commas": (
        {"prices": b"instrument;date;average\nlatp;2025-12-05;145\n"},
        "r/prices.csv:1: error [not_comma] the columns are separated by ';'; separate them by commas",
    ),
    "an instrument version twice": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY}\n- {id: latp, name: L, unit: kg, currency: CNY}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:2: error [instrument] spec_version: latp has this spec_version on line 1 already",
    ),
    "a later version without valid_from": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY}\n- {id: latp, name: L, unit: kg, currency: CNY, spec_version: 2}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:2: error [instrument] valid_from: is required, because spec_version 2 follows another",
    ),
    "versions valid in the wrong order": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, valid_from: 2025-01-01}\n- {id: latp, name: L, unit: kg, currency: CNY, spec_version: 2, valid_from: 2024-01-01}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:2: error [instrument] valid_from: must be later than 2025-01-01, that of the version before",
    ),
    "a price without a currency": (
        {"instruments": "- {id: latp, name: L, unit: kg}", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instrument] currency: is required unless the unit is index or pct",
    ),
    "an index with a currency": (
        {
            "instruments": "- {id: latp, name: L, unit: index, currency: CNY}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] currency: has no meaning for the unit index; leave it out",
    ),
    "a currency nobody lists": (
        {"instruments": "- {id: latp, name: L, unit: kg, currency: RMB}", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instrument] currency 'RMB': is not an ISO 4217 currency such as CNY",
    ),
    "the ambiguous Mt": (
        {"instruments": "- {id: latp, name: L, unit: Mt, currency: CNY}", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instrument] unit 'Mt': is ambiguous; write mt for metric tons",
    ),
    "an unknown price unit": (
        {"instruments": "- {id: latp, name: L, unit: kgs, currency: CNY}", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instrument] unit 'kgs': is not a unit of a price; did you mean kg?",
    ),
    "an unknown calendar": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, calendar: CN}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] calendar 'CN': is not a calendar of calendars.yaml; there is none",
    ),
    "a tick of zero": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, tick: 0}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] tick '0': must be above 0",
    ),
    "too many displayed decimals": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, decimals: 7}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] decimals '7': must be a whole number from 0 to 6",
    ),
    "an unknown frequency": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, frequency: dayly}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] frequency 'dayly': is not a frequency; did you mean daily?",
    ),
    "a VAT rate in percent": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, vat_rate: 13}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] vat_rate '13': must be a fraction of 1, such as 0.13",
    ),
    "continues that is no boolean": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, continues: yes}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] continues 'yes': must be true or false",
    ),
    "an unknown route": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, route: sulfid}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [instrument] route 'sulfid': is not a route; did you mean sulfide?",
    ),
    "an instrument without a name": (
        {"instruments": "- {id: latp, unit: kg, currency: CNY}", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instrument] name: is required",
    ),
    "instruments that are no list": (
        {"instruments": "latp: 1", "prices": "latp,2025-12-05,,,145"},
        "r/instruments.yaml:1: error [instruments] must be a list of instruments, each '- {id: …, name: …}'",
    ),
    "a field twice": (
        {
            "instruments": "- {id: latp, name: L, unit: kg, currency: CNY, name: M}",
            "prices": "latp,2025-12-05,,,145",
        },
        "r/instruments.yaml:1: error [yaml_duplicate_key] 0.name: the key occurs twice; first on line 1",
    ),
    "an event of an unknown project": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,q"]},
        "r/events.csv:2: error [unknown_project] project 'q': is not an id of projects.csv",
    ),
    "an unknown type of event": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,othr,H"]},
        "r/events.csv:2: error [value] type 'othr': is not a type of event; did you mean other?",
    ),
    "the stage delayed": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,p,delayed"]},
        "r/events.csv:2: error [value] stage 'delayed': is computed, never entered; state the new expected date instead",
    ),
    "an unknown stage": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,p,constructon"]},
        "r/events.csv:2: error [value] stage 'constructon': is not a stage; did you mean construction?",
    ),
    "a partial date in another form": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,p,,2026Q1"]},
        "r/events.csv:2: error [value] expected '2026Q1': is not a date such as 2026, 2026-H2, 2026-Q1, 2026-03 or 2026-03-14",
    ),
    "the same story as an unknown event": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,x"]},
        "r/events.csv:2: error [unknown_event] same_as 'x': is not an id of events.csv",
    ),
    "the same story as itself": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,e"]},
        "r/events.csv:2: error [same_as_itself] same_as 'e': names its own row",
    ),
    "stories in a circle": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,f", "f,2025-12-06,other,H,,,,e"]},
        "r/events.csv:3: error [same_as_circle] same_as 'e': leads back to this event in a circle",
    ),
    "a capacity without a unit": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,100"]},
        "r/events.csv:2: error [capacity_unit] capacity_unit: is required beside a capacity",
    ),
    "a capacity in Mt": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,100,Mt"]},
        "r/events.csv:2: error [value] capacity_unit 'Mt': is ambiguous; write mt for metric tons",
    ),
    "an unknown unit of capacity": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,100,GW"]},
        "r/events.csv:2: error [value] capacity_unit 'GW': is not a unit of capacity; did you mean GWh?",
    ),
    "a negative capacity": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,-100,MWh"]},
        "r/events.csv:2: error [value] capacity '-100': must not be negative",
    ),
    "money without a currency": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,,,100"]},
        "r/events.csv:2: error [money_currency] money_currency: is required beside an amount of money",
    ),
    "money in an unknown currency": (
        {"projects": "p,Plant,Firm", "events": ["e,2025-12-06,other,H,,,,,,,100,yuan"]},
        "r/events.csv:2: error [value] money_currency 'yuan': is not an ISO 4217 currency such as CNY",
    ),
    "a project's capacity without a unit": (
        {"projects": "p,Plant,Firm,,,100", "events": "e,2025-12-06,other,H"},
        "r/projects.csv:2: error [capacity_unit] capacity_unit: is required beside a capacity",
    ),
    "a project of nobody": (
        {"projects": "p,Plant,;", "events": "e,2025-12-06,other,H"},
        "r/projects.csv:2: error [value] company ';': names nobody",
    ),
    "a forecast without a figure": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,GWh,2030,level,2025"},
        "r/forecasts.csv:2: error [no_number] value: is required, or low and high",
    ),
    "a forecast with half a range": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,GWh,2030,level,2025,,1"},
        "r/forecasts.csv:2: error [half_range] high: is missing beside low",
    ),
    "an unknown kind of forecast": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,GWh,2030,growth,2025,5"},
        "r/forecasts.csv:2: error [value] kind 'growth': is not a kind of forecast; expected one of level, share, cagr",
    ),
    "a base year that is not earlier": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,pct,2030,cagr,2025,5,,,2030"},
        "r/forecasts.csv:2: error [base_year] base_year '2030': must lie before target_year",
    ),
    "a year of two digits": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,GWh,30,level,2025,5"},
        "r/forecasts.csv:2: error [value] target_year '30': is not a year such as 2030",
    ),
    "a forecast in Mt": (
        {"prices": "latp,2025-12-05,,,145", "forecasts": "f,I,m,million Mt,2030,level,2025,5"},
        "r/forecasts.csv:2: error [value] unit 'million Mt': is ambiguous; write mt for metric tons",
    ),
    "an unknown currency pair": (
        {"prices": "latp,2025-12-05,,,145", "fx": "USDXXY,2025-12-05,7.1,PBOC"},
        "r/fx.csv:2: error [value] pair 'USDXXY': is not a pair of ISO 4217 currencies such as USDCNY",
    ),
    "an exchange rate of zero": (
        {"prices": "latp,2025-12-05,,,145", "fx": "USDCNY,2025-12-05,0,PBOC"},
        "r/fx.csv:2: error [value] rate '0': must be above 0",
    ),
    "a language that is none": (
        {"prices": "latp,2025-12-05,,,145", "translations": "Chinese,Plant grows,x"},
        "r/translations.csv:2: error [value] language 'Chinese': is not a language code such as zh",
    ),
    "a text translated twice": (
        {"prices": "latp,2025-12-05,,,145", "translations": ["zh,Plant grows,x", "zh,Plant grows,y"]},
        "r/translations.csv:3: error [duplicate_key] language 'zh': the same language, text and revision"
        " stand on line 2 with another translation; a correction takes a higher revision",
    ),
    "a conductivity range upside down": (
        {"prices": "latp,2025-12-05,,,145", "routes": "sulfide,1e-2,1e-4,S/cm"},
        "r/routes.csv:2: error [low_above_high] conductivity_low '0.01': is above conductivity_high, 0.0001",
    ),
    "a statistic of month 13": (
        {"prices": "latp,2025-12-05,,,145", "statistics": "s,production,China,2024-13,1,GWh"},
        "r/statistics.csv:2: error [value] period '2024-13': does not exist in the calendar",
    ),
    "a holiday range upside down": (
        {"prices": "latp,2025-12-05,,,145", "calendars": "CN: {holidays: [2026-02-23..2026-02-15]}"},
        "r/calendars.yaml:1: error [calendar] CN.holidays.0: 2026-02-23..2026-02-15 ends before it begins",
    ),
    "a holiday that does not exist": (
        {"prices": "latp,2025-12-05,,,145", "calendars": "CN:\n  holidays:\n    - 2026-02-30\n"},
        "r/calendars.yaml:3: error [calendar] CN.holidays.0: 2026-02-30 does not exist in the calendar",
    ),
    "an unknown part of a calendar": (
        {"prices": "latp,2025-12-05,,,145", "calendars": "CN: {holiday: []}"},
        "r/calendars.yaml:1: error [calendar] CN: must have holidays, workdays and years, nothing else",
    ),
    "neither pair of tables": (
        {"events": "e,2025-12-06,other,H"},
        "r: error [incomplete] needs instruments.yaml and prices.csv, or projects.csv and events.csv; found events",
    ),
    "an empty list of instruments": (
        {"prices": "latp,2025-12-05,,,145", "instruments": ""},
        "r/instruments.yaml:1: error [instruments] must be a list of instruments, each '- {id: …, name: …}'",
    ),
    "an empty folder": (
        {},
        "r: error [incomplete] needs instruments.yaml and prices.csv, or projects.csv and events.csv; found none of them",
    ),
}


@pytest.mark.parametrize(("tables", "line"), CASES.values(), ids=list(CASES))
def test_bad_records_are_refused_with_this_line(
    tables: dict[str, Table], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with one fault gives one problem, worded for the analyst, and no follow-up faults."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordsError) as caught:
        load_records(in_folder(folder(Path(), "r", **tables)), SHANGHAI)
    assert str(caught.value) == line
