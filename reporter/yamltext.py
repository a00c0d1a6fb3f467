"""YAML text as plain values, with the line of every one of them.

It takes less than YAML allows, on purpose: only `true`/`false` are booleans (`NO` is a country, `on`
a word), a number with a point is an exact Decimal, `2025-01-01` a date; everything else that is not a
whole number or empty is text (`11:00`, `0x1f`, `007`, `2025-02-30`). Mapping keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import yaml

from reporter.errors import Problem

Path: TypeAlias = tuple[str | int, ...]
Lines: TypeAlias = Mapping[Path, int]

_MAX_NODES = 100_000  # that aliases may repeat, together
_MAX_DEPTH = 40

_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "null": re.compile(r"(?:~|null|Null|NULL)?"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})"),
    "float": re.compile(r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18}(?:[eE][-+]?[0-9]{1,2})?|[eE][-+]?[0-9]{1,2})"),
    "timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
# libyaml's parser where PyYAML was built with it, 8 times faster; only its events are used, because
# its composer recurses in C and dies of deep nesting
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFault(Exception):  # noqa: N818 - the caller turns it into its own error
    """The text is not taken; `problems` say where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def load_yaml(text: str, file: str) -> tuple[object, Lines]:
    """Yields the value of a YAML text and the line (from 1) of each part by its path.

    A path is the keys and indices that lead to a part, `("editions", "weekly", "languages", 0)`; the
    line of a mapping's entry is its key's; the inside of an alias has none of its own (`line_at`).
    Raises YamlFault with every problem: bad syntax (the first only), keys that occur twice, tags,
    deep nesting, aliases that repeat too much.
    """
    builder = _Builder(file, text)
    try:
        value = builder.document()
    except _Stop as stop:
        builder.fault(str(stop), stop.line)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        builder.fault(_syntax(fault), mark.line + 1 if mark else None)
    except (yaml.YAMLError, UnicodeError) as fault:
        builder.fault(f"not YAML text: {str(fault).splitlines()[0]}", None)
    if builder.problems:
        raise YamlFault(builder.problems)
    return value, builder.lines


def line_at(lines: Lines, path: Path) -> int | None:
    """Yields the line of `path`, or of its nearest part that has one."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


class _Builder:
    """Makes values from the parser's events and notes lines and problems."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Loader))
        self._anchors: dict[str, tuple[object, int]] = {}  # the value and its number of nodes
        self._nodes = 0
        self._repeated = 0

    def document(self) -> object:
        next(self._events)  # the stream starts
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), (), 0)
        next(self._events)  # the document ends
        extra = next(self._events)
        if not isinstance(extra, yaml.StreamEndEvent):
            self.fault("a second document begins; there may be only one", _line(extra))
        return value

    def fault(self, message: str, line: int | None, code: str = "yaml", field: str = "") -> None:
        self.problems.append(Problem(code, message, self.file, line, field))

    def _value(self, event: Any, path: Path, depth: int) -> object:
        self.lines.setdefault(path, _line(event))
        before = self._nodes
        self._nodes += 1
        if depth > _MAX_DEPTH:
            raise _Stop(f"nested more than {_MAX_DEPTH} deep", event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if isinstance(event, yaml.MappingStartEvent):
            value: object = self._mapping(event, path, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(event, path, depth)
        else:
            value = self._scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise _Stop(f"the alias *{event.anchor} has no anchor before it", event)
        value, nodes = self._anchors[event.anchor]
        self._nodes += nodes
        self._repeated += nodes
        if self._repeated > _MAX_NODES:
            raise _Stop(f"aliases repeat more than {_MAX_NODES} parts", event)
        return value

    def _mapping(self, event: yaml.MappingStartEvent, path: Path, depth: int) -> dict[str, object]:
        self._plain_tag(event, "map")
        result: dict[str, object] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            line = _line(key)
            if not isinstance(key, yaml.ScalarEvent):
                raise _Stop("a key must be plain text", key)
            name: str = key.value
            where = (*path, name)
            if name in result:
                message = f"the key occurs twice; first on line {self.lines[where]}"
                self.fault(message, line, "yaml_duplicate_key", ".".join(map(str, where)))
            else:
                self.lines[where] = line
            value = self._value(next(self._events), where, depth + 1)
            result.setdefault(name, value)
        return result

    def _sequence(self, event: yaml.SequenceStartEvent, path: Path, depth: int) -> list[object]:
        self._plain_tag(event, "seq")
        result: list[object] = []
        while not isinstance(part := next(self._events), yaml.SequenceEndEvent):
            result.append(self._value(part, (*path, len(result)), depth + 1))
        return result

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        text: str = event.value
        if event.tag is not None:
            self._plain_tag(event, "str")
            return text
        if event.style:  # quoted or a block
            return text
        kind = next((kind for kind, pattern in _SCALARS.items() if pattern.fullmatch(text)), "str")
        return _convert(kind, text)

    def _plain_tag(self, event: Any, kind: str) -> None:
        if event.tag not in (None, "!", _TAG + kind):
            self.fault(f"the tag {event.tag.replace(_TAG, '!!')} is not taken here", _line(event))


def _convert(kind: str, text: str) -> object:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    if kind == "float":
        return Decimal(text)
    if kind == "timestamp":
        try:
            return date.fromisoformat(text)
        except ValueError:  # no such day: the caller, who knows what is expected, will say so
            return text
    return text


class _Stop(Exception):  # noqa: N818
    """Reading cannot go on from here."""

    def __init__(self, message: str, event: Any) -> None:
        super().__init__(message)
        self.line = _line(event)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _syntax(fault: yaml.MarkedYAMLError) -> str:
    problem = fault.problem or "it cannot be read"
    if "cannot start any token" in problem:
        return "not YAML here: a tab (only spaces may indent), or a sign that must be quoted"
    context = f" ({fault.context})" if fault.context else ""
    return f"not YAML here: {problem}{context}"
