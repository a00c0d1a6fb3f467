"""The market's words, from vocabulary.yaml or the list that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

from reporter.errors import Problem
from reporter.records.model import Ladder, Text, Unit, Vocabulary
from reporter.records.problems import Problems
from reporter.yamltext import Lines, Path, YamlFault, line_at, load_yaml

_LABELLED = (
    "segments",
    "routes",
    "states",
    "stages",
    "event_types",
    "regions",
    "capacity_kinds",
    "capacity_qualifiers",
)
_UNITS = ("units", "price_units")
_STAGE_SETS = ("off_ladder", "dead", "running")
_OPTIONAL = (*_STAGE_SETS, "milestones", "spellings")


@cache
def default_vocabulary() -> Vocabulary:
    """Yields the words of the default market; the file is the package's own, so faults are bugs."""
    text = (files("reporter") / "defaults" / "vocabulary.yaml").read_text(encoding="utf-8")
    problems = Problems()
    vocabulary = read_vocabulary(text, "reporter/defaults/vocabulary.yaml", problems)
    assert vocabulary is not None, problems.of("error")
    return vocabulary


def read_vocabulary(text: str, file: str, problems: Problems) -> Vocabulary | None:
    """Yields the vocabulary of a YAML text; None, and every fault in `problems`, if it has any."""
    try:
        content, lines = load_yaml(text, file)
    except YamlFault as fault:
        problems.extend(fault.problems)
        return None
    reader = _Reader(file, lines)
    vocabulary = reader.vocabulary(content)
    problems.extend(reader.faults)
    return None if reader.faults else vocabulary


class _Reader:
    """Takes the vocabulary apart and notes what it does not understand."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file, self.lines = file, lines
        self.faults: list[Problem] = []

    def fault(self, message: str, *path: str | int) -> None:
        where: Path = path
        field = ".".join(map(str, path))
        self.faults.append(Problem("vocabulary", message, self.file, line_at(self.lines, where), field))

    def mapping(self, value: object, *path: str | int) -> Mapping[str, object]:
        if isinstance(value, dict):
            return value
        self.fault("must be a list of 'code: …' lines", *path)
        return {}

    def words(self, value: object, *path: str | int) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self.fault("must be a list of codes", *path)
        return ()

    def vocabulary(self, content: object) -> Vocabulary:
        content = self.mapping(content)
        for name in (*_LABELLED, "ladders", *_UNITS):
            if name not in content:
                self.fault("is missing; the file replaces the default vocabulary as a whole", name)
        for name in content:
            if name not in (*_LABELLED, "ladders", *_UNITS, *_OPTIONAL):
                self.fault("is not a part of a vocabulary", name)
        labelled = {name: self.labels(content.get(name) or {}, name) for name in _LABELLED}
        stages = labelled["stages"]
        sets = {name: self.stage_list(content.get(name) or [], stages, name) for name in _STAGE_SETS}
        return Vocabulary(
            **labelled,
            ladders=self.ladders(content.get("ladders") or [], stages, labelled["segments"]),
            off_ladder=frozenset(sets["off_ladder"]),
            dead=frozenset(sets["dead"]),
            running=frozenset(sets["running"]),
            milestones=self.labels(content.get("milestones") or {}, "milestones"),
            units=self.units(content.get("units") or {}, "units"),
            price_units=self.units(content.get("price_units") or {}, "price_units"),
            spellings=self.spellings(content.get("spellings") or {}),
        )

    def labels(self, value: object, name: str) -> Mapping[str, Text]:
        result: dict[str, Text] = {}
        for code, label in self.mapping(value, name).items():
            if label is None:
                result[code] = {"": code.replace("_", " ")}
            elif isinstance(label, str):
                result[code] = {"": label}
            elif isinstance(label, dict) and label and all(isinstance(word, str) for word in label.values()):
                result[code] = label
            else:
                self.fault("must have a label, or labels such as {en: smelter, zh: 冶炼厂}", name, code)
        return result

    def stage_list(self, value: object, stages: Mapping[str, Text], *path: str | int) -> tuple[str, ...]:
        chosen = self.words(value, *path)
        for stage in chosen:
            if stage not in stages:
                self.fault(f"{stage} is not listed under stages", *path)
        return chosen

    def ladders(
        self, value: object, stages: Mapping[str, Text], segments: Mapping[str, Text]
    ) -> tuple[Ladder, ...]:
        if not isinstance(value, list):
            self.fault("must be a list of ladders", "ladders")
            return ()
        made = []
        for index, entry in enumerate(value):
            parts = self.mapping(entry, "ladders", index)
            steps = self.stage_list(parts.get("stages") or [], stages, "ladders", index, "stages")
            climbing = self.words(parts.get("segments") or [], "ladders", index, "segments")
            for segment in climbing:
                if segment not in segments:
                    self.fault(f"{segment} is not listed under segments", "ladders", index, "segments")
            made.append(Ladder(steps, climbing))
        return tuple(made)

    def units(self, value: object, name: str) -> Mapping[str, Unit]:
        result = {}
        for code, unit in self.mapping(value, name).items():
            parts = self.mapping(unit, name, code)
            dimension, factor = parts.get("dimension"), parts.get("factor", 1)
            number = isinstance(factor, int | Decimal) and not isinstance(factor, bool) and factor > 0
            if not isinstance(dimension, str) or not number:
                self.fault(
                    "needs a dimension and a factor above 0, such as {dimension: mass, factor: 1000}",
                    name,
                    code,
                )
            else:
                result[code] = Unit(dimension, Decimal(str(factor)))
        return result

    def spellings(self, value: object) -> Mapping[str, str]:
        words = self.mapping(value, "spellings")
        for word, code in words.items():
            if not isinstance(code, str):
                self.fault("must name the code that the word is read as", "spellings", word)
        return {word: str(code) for word, code in words.items()}
