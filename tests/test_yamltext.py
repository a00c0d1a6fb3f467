"""YAML text becomes plain values with lines, and takes no more of YAML than it says."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.yamltext import YamlFault, line_at, load_yaml


def faults(text: str) -> list[str]:
    with pytest.raises(YamlFault) as caught:
        load_yaml(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_plain_words_mean_only_what_the_docstring_says() -> None:
    """Only true/false are booleans, a number with a point is exact, everything odd stays text."""
    text = (
        "[NO, on, yes, true, 0.1, 1e-4, 12, 007, 11:00, 0x1f, 2025-01-01, 2025-02-30, ~, '0.1', .inf, 1_000]"
    )
    assert load_yaml(text, "f")[0] == [
        "NO", "on", "yes", True, Decimal("0.1"), Decimal("0.0001"), 12, "007", "11:00", "0x1f",
        date(2025, 1, 1), "2025-02-30", None, "0.1", ".inf", "1_000",
    ]  # fmt: skip


def test_a_number_keeps_its_written_digits() -> None:
    """A decimal is the text's, never a binary fraction's."""
    value, _ = load_yaml("tick: 0.10", "f")
    assert value == {"tick": Decimal("0.10")}
    assert str(value["tick"]) == "0.10"  # type: ignore[index,call-overload]


def test_keys_are_text() -> None:
    """A key that looks like a date, number or boolean is text all the same."""
    assert load_yaml("2025-01-01: a\n1: b\ntrue: c", "f")[0] == {"2025-01-01": "a", "1": "b", "true": "c"}


def test_every_part_has_its_line() -> None:
    """Lines count from 1, an entry's is its key's, and an unlisted part has its parent's."""
    _, lines = load_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", "f")
    assert (lines[()], lines["a",], lines["b",], lines["b", 0], lines["b", 1, "c"], lines["b", 1, "d"]) == (
        1, 1, 2, 3, 4, 5,
    )  # fmt: skip
    assert line_at(lines, ("b", 1, "missing", "deeper")) == 4


def test_an_empty_text_is_none() -> None:
    """Nothing, or only comments, is None."""
    assert load_yaml("# nothing\n", "f") == (None, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: {x: 1}\nb: 2\na: 3",
            "f.yaml:3: error [yaml_duplicate_key] a: the key occurs twice; first on line 1",
        ),
        (
            "a: {x: 1, x: 2}",
            "f.yaml:1: error [yaml_duplicate_key] a.x: the key occurs twice; first on line 1",
        ),
        (
            "- !!python/object:os.system x",
            "f.yaml:1: error [yaml] the tag !!python/object:os.system is not taken here",
        ),
        ("a: *b", "f.yaml:1: error [yaml] the alias *b has no anchor before it"),
        ("&a [*a]", "f.yaml:1: error [yaml] the alias *a has no anchor before it"),
        ("? [x]\n: y", "f.yaml:1: error [yaml] a key must be plain text"),
        ("a: 1\n---\nb: 2", "f.yaml:2: error [yaml] a second document begins; there may be only one"),
        ("[" * 100_000, "f.yaml:1: error [yaml] nested more than 40 deep"),
    ],
)
def test_what_is_not_taken_is_said_with_its_line(text: str, expected: str) -> None:
    """Each of these is one problem with its line; none is a crash."""
    assert faults(text) == [expected]


def test_a_tab_is_named() -> None:
    """The commonest slip of the keyboard is said in words, with its line."""
    assert faults("a:\n\t- b") == [
        "f.yaml:2: error [yaml] not YAML here: a tab (only spaces may indent), or a sign that must be quoted"
    ]


def test_several_faults_come_together() -> None:
    """Faults that do not stop the reading are all reported."""
    assert len(faults("a: 1\na: 2\nb: !x 3\nb: 4")) == 3


def test_aliases_may_repeat_but_not_explode() -> None:
    """An alias is its anchor's value; ten to the sixth copies are refused before they are made."""
    assert load_yaml("a: &x {p: 1}\nb: *x", "f")[0] == {"a": {"p": 1}, "b": {"p": 1}}
    layers = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert faults("\n".join(layers)) == ["f.yaml:5: error [yaml] aliases repeat more than 100000 parts"]


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("[]{}:-&*!|>'\"#,\n\t "), max_size=60))
def test_any_text_gives_a_value_or_a_fault(text: str) -> None:
    """No text ends in another exception."""
    with suppress(YamlFault):
        load_yaml(text, "f")
