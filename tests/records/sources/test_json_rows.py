"""A JSON list is a table whose numbers are exactly those that stand in it."""

from __future__ import annotations

import pytest

from reporter.records.problems import Problems
from reporter.records.raw import RawTable
from reporter.records.sources.json_rows import read_json
from reporter.records.tables import TABLES


def read(text: str) -> tuple[RawTable | None, list[str]]:
    problems = Problems()
    table = read_json("prices", "p.json", text.encode(), problems)
    return table, [str(problem) for problem in problems.of("error")]


def rows(text: str) -> list[dict[str, str]]:
    table, faults = read(text)
    assert table is not None
    assert faults == []
    return [
        {name: column.values[column.codes[row]] for name, column in table.columns.items()}
        for row in range(len(table.lines))
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.1", "0.1"),
        ("1.10", "1.10"),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
        ("1e-4", "0.0001"),
        ("1E3", "1000"),
        ("-0.5", "-0.5"),
        ("93300", "93300"),
        ("1" * 5000, "1" * 5000),
        ("1e999999999", "1E+999999999"),
        ("true", "true"),
        ("null", ""),
        ('"NaN"', "NaN"),
        ('" x "', "x"),
        ('"\\u00e9"', "é"),
    ],
)
def test_a_value_is_the_text_that_csv_would_hold(value: str, text: str) -> None:
    assert rows(f'[{{"a": {value}, "b": "x"}}]')[0]["a"] == text


def test_keys_may_lack_and_stand_in_any_order() -> None:
    assert rows('[{"a": 1}, {"b": 2, " a ": 3}]') == [{"a": "1", "b": ""}, {"a": "3", "b": "2"}]


def test_rows_are_counted_from_one_those_without_any_text_too() -> None:
    table, _ = read('[{"a": null}, {"a": 1}, {}, {"a": 2}]')
    assert table is not None
    assert table.lines.tolist() == [2, 4]
    assert table.placing.at(4, "a", "key") == "item 4"


def test_an_empty_list_is_a_table_without_rows() -> None:
    table, faults = read("[]")
    assert table is not None
    assert (tuple(table.columns), len(table.lines), faults) == (TABLES["prices"].names, 0, [])


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("[]", "[json_item] is not an object such as {…}"),
        ("3", "[json_item] is not an object such as {…}"),
        ('{"a": [1]}', "[json_nested] a: is a list; a cell is a text, a number or null"),
        ('{"a": {"b": 1}}', "[json_nested] a: is an object; a cell is a text, a number or null"),
        ('{"a": NaN}', "[json_number] a: NaN is no number; leave it out or write null"),
        ('{"a": -Infinity}', "[json_number] a: -Infinity is no number; leave it out or write null"),
        ('{"a": 1, "a ": 2}', "[duplicate_column] a: the item has this key twice"),
        ('{" ": 1}', "[unnamed_column] a key of the item is empty"),
    ],
)
def test_an_item_that_is_no_row_is_left_out_and_told_with_its_place(item: str, fault: str) -> None:
    table, faults = read(f'[{{"a": 1}}, {item}, {{"a": 2}}]')
    assert table is not None
    assert faults == [f"p.json!item 2: error {fault}"]
    assert table.lines.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[\n{"a": 1},\n{"a" 2}]', "p.json:3: error [json_syntax] not JSON: Expecting ':' delimiter"),
        ("", "p.json:1: error [json_syntax] not JSON: Expecting value"),
        ('[{"a": 1}] x', "p.json:1: error [json_syntax] not JSON: Extra data"),
        ('{"error": "no"}', "p.json:1: error [json_table] must be a list of objects, one a row: [{…}, {…}]"),
        ("NaN", "p.json:1: error [json_table] must be a list of objects, one a row: [{…}, {…}]"),
        ("[" * 200_000, "p.json:1: error [json_syntax] not a table: it is nested too deeply"),
    ],
)
def test_what_is_no_list_is_no_table(text: str, fault: str) -> None:
    assert read(text) == (None, [fault])
