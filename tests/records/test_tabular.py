"""A table of instruments or calendars becomes YAML that says the same, line by line."""

from reporter.records.raw import table_of
from reporter.records.tabular import as_yaml
from reporter.yamltext import load_yaml


def test_entries_stand_on_the_lines_of_their_rows() -> None:
    """Row 3 of a sheet is line 3 of the text, whatever its cells hold; empty cells are left out."""
    columns = [["a", "b"], ["x: [\x85\n\u2028# ", ""], ["0.050", "007"], ["TRUE", "perhaps"]]
    text = as_yaml(
        "instruments", table_of("instruments", "f", ["id", "grade", "tick", "continues"], columns, [3, 7])
    )
    value, lines = load_yaml(text.text, "f")
    first, second = value if isinstance(value, list) else []
    assert first | {"tick": str(first["tick"])} == {
        "id": "a",
        "grade": "x: [\x85\n\u2028#",
        "tick": "0.050",
        "continues": True,
    }
    assert second == {"id": "b", "tick": "007", "continues": "perhaps"}
    assert (lines[0,], lines[1,]) == (3, 7)


def test_calendars_list_their_days() -> None:
    """Days and ranges are separated by semicolons; a table without rows is no calendar at all."""
    header = ["calendar", "holidays", "workdays"]
    cells = [["CN"], ["2026-01-01; 2026-02-15..2026-02-23;"], [""]]
    text = as_yaml("calendars", table_of("calendars", "f", header, cells, [2])).text
    assert load_yaml(text, "f")[0] == {"CN": {"holidays": ["2026-01-01", "2026-02-15..2026-02-23"]}}
    assert (
        load_yaml(as_yaml("calendars", table_of("calendars", "f", header, [[], [], []], [])).text, "f")[0]
        == {}
    )
