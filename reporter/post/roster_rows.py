"""The rows of a file of subscribers: what each says, and every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import get_args

from reporter.errors import Problem, SubscriberError
from reporter.importing.columns import bare_heading
from reporter.importing.sheet import Sheet
from reporter.post.addresses import canonical, check_line
from reporter.post.model import Format
from reporter.post.subscriber_tables import Entry, Person
from reporter.post.subscribers import checked
from reporter.records.problems import Problems
from reporter.yamltext import load_yaml

COLUMNS = ("email", "name", "edition", "state", "since", "language", "format", "consent", "wording")


@dataclass(frozen=True)
class Wishes:
    """What holds for rows that do not say: which editions, which language of new people, which consent.

    `languages` are those of each edition of the settings; the first is the default.
    """

    languages: Mapping[str, tuple[str, ...]]
    editions: tuple[str, ...] = ()
    language: str = ""
    consent: str = ""


@dataclass
class Seen:
    """What the rows above said: the line of each subscription, the first row of each person."""

    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    people: dict[str, tuple[int, Entry]] = field(default_factory=dict)


def match_headings(sheet: Sheet, problems: Problems) -> dict[str, int]:
    """Yields the column of each heading that is known; others are a warning, two for one a fault."""
    text = (files("reporter") / "defaults" / "import_columns.yaml").read_text("utf-8")
    shipped, _ = load_yaml(text, "")
    assert isinstance(shipped, dict)
    names = {
        bare_heading(alias): column
        for column, aliases in shipped["columns"]["subscribers"].items()
        for alias in (*aliases, column)
    }
    at: dict[str, int] = {}
    for index, heading in enumerate(sheet.header):
        column, cell = names.get(bare_heading(heading)), sheet.at(sheet.header_line, index)
        place = (sheet.file, sheet.header_line, heading)
        if column is None and heading:
            message = f"is not read; the columns are: {', '.join(COLUMNS)}"
            problems.add(Problem("unknown_column", message, *place, severity="warning", at=cell))
        elif column in at:
            message = f"is read as {column}, and so is {sheet.header[at[column]]}; leave one of them out"
            problems.add(Problem("two_columns", message, *place, at=cell))
        elif column is not None:
            at[column] = index
    if "email" not in at:
        message = f"no heading is read as email; there are: {', '.join(filter(None, sheet.header))[:160]}"
        problems.add(Problem("missing_column", message, sheet.file, sheet.header_line, "email"))
    return at


def placed(problem: Problem, sheet: Sheet, line: int, at: Mapping[str, int]) -> Problem:
    """Yields a problem of a row with its file, its line and, in a workbook, its cell."""
    cell = sheet.at(line, at.get(problem.field, 0))
    return replace(problem, file=sheet.file, line=line, at=cell)


def row_faults(cells: Mapping[str, str], wishes: Wishes, seen: Seen, line: int) -> list[Problem]:
    """Yields every fault of a row, and notes it among those seen."""
    found: list[Problem] = []

    def fault(code: str, message: str, name: str, value: str | None = None) -> None:
        found.append(Problem(code, message, field=name, value=value))

    try:
        email, _ = checked(cells.get("email", ""), cells.get("name", ""))
    except SubscriberError as refused:
        found += refused.problems
        email = ""
    for name in ("consent", "wording"):
        try:
            check_line(cells.get(name, ""), name)
        except SubscriberError as refused:
            found += refused.problems
    editions = _editions(cells, wishes)
    if not editions:
        fault("no_edition", "is missing; give a column edition, or --edition", "edition")
    for one in editions:
        if one not in wishes.languages:
            fault(
                "unknown_edition", f"is no edition; there are: {', '.join(wishes.languages)}", "edition", one
            )
    spoken = {code for one in editions for code in wishes.languages.get(one, ())}
    language = cells.get("language", wishes.language)
    if language and spoken and language not in spoken:
        fault(
            "language", f"is no language of it; there are: {', '.join(sorted(spoken))}", "language", language
        )
    if (format := cells.get("format", "pdf")) not in get_args(Format):
        fault("format", "must be pdf (attached) or link", "format", format)
    if not (cells.get("consent") or wishes.consent):
        fault("no_consent", "is missing: where and when consent was given; a column, or --consent", "consent")
    if email and not found:
        found += _repeated(email, entry_of({**cells, "email": email}, wishes), seen, line)
    return found


def _repeated(email: str, entry: Entry, seen: Seen, line: int) -> list[Problem]:
    who = canonical(email)
    for edition in entry.editions:
        if (before := seen.lines.setdefault((who, edition), line)) != line:
            return [Problem("duplicate", f"is there twice, see line {before}", field="email", value=email)]
    before, first = seen.people.setdefault(who, (line, entry))
    if (first.name, first.language, first.format) != (entry.name, entry.language, entry.format):
        message = f"has another name, language or format in line {before}"
        return [Problem("contradiction", message, field="email", value=email)]
    return []


def _editions(cells: Mapping[str, str], wishes: Wishes) -> tuple[str, ...]:
    said = [one.strip() for one in cells.get("edition", "").replace(",", ";").split(";")]
    return tuple(dict.fromkeys(filter(None, said))) or wishes.editions


def entry_of(cells: Mapping[str, str], wishes: Wishes, person: Person | None = None) -> Entry:
    """Yields what a row without faults says; where it is silent, somebody known stays as they are."""
    email, name = checked(cells["email"], cells.get("name", ""))
    editions = _editions(cells, wishes)
    spoken = person.language if person else wishes.language or wishes.languages[editions[0]][0]
    wanted = cells.get("format") or (person.format if person else "pdf")
    format: Format = "link" if wanted == "link" else "pdf"
    consent = check_line(cells.get("consent") or wishes.consent, "consent")
    language = cells.get("language") or spoken
    return Entry(
        email,
        name or (person.name if person else ""),
        editions,
        language,
        format,
        consent,
        cells.get("wording", ""),
    )
