"""The commands: parse, call one function, print, exit. Only this file ends the process.

Nothing heavy is imported here: each command imports what it needs, so that `--help` is instant.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.exceptions import TyperException

from reporter import __version__
from reporter.cli_bounces import bounces_app
from reporter.cli_post import post_app
from reporter.cli_press import press_app
from reporter.cli_send import send_app
from reporter.cli_serve import serve_app
from reporter.cli_shared import (
    AsOf,
    AsOfIssue,
    Config,
    Edition,
    EditionName,
    Json,
    LanguageOption,
    Records,
    WeekName,
    WeekOption,
    count,
    languages_of,
    print_json,
    progress,
    say,
    settings_of,
    summary_of,
)
from reporter.errors import HeldError, Problem, ProblemsError, RecordsError, ReporterError, UsageError

if TYPE_CHECKING:
    from reporter.importing.run import Order
    from reporter.press.check import Checked
    from reporter.settings import Settings

BUG, USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    help="The weekly PDF bulletin of a commodity market, from records to page.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)

app.add_typer(press_app)
app.add_typer(post_app)
app.add_typer(serve_app)
app.add_typer(bounces_app)
app.add_typer(send_app)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def check(
    edition: Edition = None,
    week: WeekOption = None,
    as_of: AsOf = None,
    records: Records = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="The findings as a page, too.", show_default="none"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Read and check settings, records and one week's figures; write nothing but the page asked for."""
    from reporter.press.by_hand import overrides_of
    from reporter.press.check import check_week
    from reporter.press.desk import open_desk, parse_as_of

    settings = settings_of(config)
    moment = parse_as_of(as_of, ZoneInfo(settings.timezone), datetime.now(UTC))
    try:
        with progress() as step:
            desk = open_desk(settings, edition, records=records, step=step, moment=moment, week=week)
            checked = check_week(desk, moment, week, step, overrides_of(settings, desk.plan.id))
    except RecordsError as refused:
        if html is not None:
            _save_refusal(html, settings, edition, refused)
        raise
    issue = checked.issue
    if checked.nothing:
        say(checked.nothing)
    if html is not None:
        from reporter.language import language
        from reporter.press.check_report import check_page
        from reporter.press.storage import save_file

        save_file(html, check_page(checked, language(desk.languages[0])).encode())
    if as_json:
        summary = summary_of(issue) if issue else {"edition": desk.plan.id, "week": None}
        findings = [_problem_json(problem) for problem in checked.findings]
        print_json(summary | {"held": checked.held, "findings": findings})
        raise typer.Exit(3 if checked.held else 0)
    _print_findings(checked)
    rows = sum(map(len, desk.records.tables.values()))
    for name, window in desk.records.windows.items():
        read = f"{len(desk.records.tables[name]):,} of {window.rows:,} rows of {name} were read"
        say(f"{read}: those that the week's figures may rest on; the others were not checked")
    kept = f"{count(len(desk.records.tables), 'table')} and {len(desk.records.instruments)} instruments"
    say(f"{rows:,} rows of {kept}: no fault")
    if issue:
        counts = f"{len(issue.prices)} prices, {len(issue.stories)} stories, {_severities(checked)}"
        say(f"{issue.edition} {issue.week}: {counts}")
    if checked.held:
        say("the issue is held: mend the records, confirm them, or override the rule (docs/quality.md)")
        raise typer.Exit(3)


@app.command()
def preview(
    edition: Edition = None,
    week: WeekOption = None,
    as_of: AsOf = None,
    records: Records = None,
    language: LanguageOption = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="On this machine only; 0: any free.")
    ] = 8765,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser, too.")] = False,
    config: Config = None,
) -> None:
    """Show the bulletin in a browser, again whenever records, templates or settings change."""
    from reporter.press.desk import parse_as_of, parse_week
    from reporter.preview.proof import Wanted
    from reporter.preview.server import serve
    from reporter.settings import find_config

    if week is not None:
        parse_week(week)
    parse_as_of(as_of, ZoneInfo("UTC"), datetime.now(UTC))
    file = config if config is not None else find_config(Path.cwd())
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file")

    def ready(address: str) -> None:
        print(address, flush=True)
        say("Ctrl-C ends the preview")
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    serve(Wanted(file, edition, week, as_of, records, languages_of(language)), port, ready)


@app.command()
def explain(
    edition: EditionName,
    week: WeekName,
    figure: Annotated[
        str | None,
        typer.Argument(
            metavar="[FIGURE]", help="Such as INSTRUMENT.wow or project.ID.", show_default="list them all"
        ),
    ] = None,
    as_of: AsOfIssue = None,
    records: Records = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the formula, the values and the records behind one figure."""
    from reporter.bulletin.build import build_issue
    from reporter.bulletin.explain import explain as explained
    from reporter.bulletin.explain import figure_names
    from reporter.bulletin.figures import figures
    from reporter.press.desk import choose_period, open_desk
    from reporter.records.snapshot import take_snapshot

    settings = settings_of(config)
    moment = _issue_moment(settings, edition, week, as_of)
    desk = open_desk(settings, edition, records=records, moment=moment, week=week)
    snapshot = take_snapshot(desk.records, moment)
    document = figures(build_issue(snapshot, desk.plan, choose_period(desk, snapshot, week)))
    if figure is None:
        names = figure_names(document)
        print_json(names) if as_json else print("\n".join(names))
        return
    found = explained(document, figure, lambda key: str(snapshot.place(key) or "computed"))
    if as_json:
        print_json(
            {
                "figure": found.figure,
                "formula": found.formula,
                "values": dict(found.values),
                "records": [{"record": key, "place": place} for key, place in found.records],
            }
        )
        return
    width = max((len(name) for name, _ in found.values), default=0)
    print(f"{found.figure} of {document['week']}, as of {document['as_of']}\n")
    print(f"formula  {found.formula}\n")
    for name, value in found.values:
        print(f"{name:<{width}}  {value}")
    if found.records:
        print()
    for key, place in found.records:
        print(f"{place}  {key}")


@app.command("import")
def import_(
    kind: Annotated[str, typer.Argument(help="prices, events, projects or forecasts.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file or a workbook.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, write nothing.")] = False,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Of a workbook.", show_default="the first")
    ] = None,
    published_at: Annotated[
        str | None,
        typer.Option(
            "--published-at",
            metavar="MOMENT",
            help="From when the rows are known, where the file does not say.",
            show_default="now",
        ),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why rows are revised.", show_default="the file's"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before writing.")] = False,
    records: Records = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Bring a file's rows into the records: new ones, and revisions where they differ."""
    from reporter.importing.report import as_json as plan_json
    from reporter.importing.report import counts, lines
    from reporter.importing.run import apply_import, plan_import

    order = _order(settings_of(config), kind, file, sheet, published_at, reason, records)
    with progress() as step:
        step(f"comparing {file} with the records")
        plan = plan_import(order)
    if not as_json:
        print("\n".join(lines(plan)), flush=True)
        for warning in plan.warnings:
            say(str(warning))
    if plan.faults:
        raise RecordsError(plan.faults)
    write = not dry_run and bool(plan.difference.rows)
    if write and not yes and not as_json and sys.stdin.isatty():
        write = typer.confirm(f"append {count(len(plan.difference.rows), 'row')} to {plan.target}?", err=True)
    if write:
        apply_import(plan)
    if as_json:
        print_json(plan_json(plan, write))
    elif write:
        say(f"appended {count(len(plan.difference.rows), 'row')} to {plan.target}")
    elif not plan.difference.rows:
        say(f"nothing to write: the records say all {count(counts(plan)['unchanged'], 'row')} already")
    else:
        say("nothing was written")


@app.command()
def draft_commentary(
    edition: EditionName,
    week: WeekName,
    as_of: AsOfIssue = None,
    records: Records = None,
    language: LanguageOption = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the text, write no file.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Begin the analyst's commentary: the week's figures and events in sentences."""
    from reporter.bulletin.build import build_issue
    from reporter.bulletin.commentary_draft import draft_commentary as drafted
    from reporter.bulletin.figures import figures
    from reporter.errors import NothingToDo
    from reporter.language import language as language_of
    from reporter.press.commentary import save_drafts
    from reporter.press.desk import choose_period, open_desk, refuse_unprintable
    from reporter.records.snapshot import take_snapshot

    settings = settings_of(config)
    moment = _issue_moment(settings, edition, week, as_of)
    desk = open_desk(settings, edition, records=records, moment=moment, week=week)
    languages = languages_of(language) or desk.languages
    snapshot = take_snapshot(desk.records, moment)
    issue = build_issue(snapshot, desk.plan, choose_period(desk, snapshot, week))
    refuse_unprintable(issue, snapshot, figures(issue), languages)
    texts = {code: drafted(issue, language_of(code)) for code in languages}
    if stdout:
        print_json(texts) if as_json else print("\n".join(texts.values()), end="")
        return
    written, kept = save_drafts(issue, desk.commentary, texts)
    for path in kept:
        say(f"{path}: is there already and stays as it is")
    if not written:
        raise NothingToDo(
            f"the commentary of {issue.edition} {issue.week} is begun already; nothing was written"
        )
    if as_json:
        print_json({"written": [str(path) for path in written], "kept": [str(path) for path in kept]})
        return
    for path in written:
        print(path)
    say(f"as of {issue.as_of.isoformat()}; write on, then: reporter check --week {issue.week}")


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="An issue's folder, or a PDF in one.")],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the issue again and compare.")] = False,
    records: Records = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Check an issue's files against its manifest."""
    from reporter.press.verify import rebuild as made_again
    from reporter.press.verify import verify as verified

    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    lines = verified(path)
    if rebuild:
        with progress() as step:
            lines += made_again(settings_of(config), path if path.is_dir() else path.parent, records, step)
    print_json({"path": str(path), "holds": True, "checked": lines}) if as_json else print("\n".join(lines))


@app.command()
def doctor(config: Config = None, as_json: Json = False) -> None:
    """Say what this machine lacks, each with the command that mends it."""
    from reporter.doctor import examine

    findings = examine(config)
    if as_json:
        print_json([{"check": f.check, "good": f.good, "found": f.found, "mend": f.mend} for f in findings])
    else:
        for finding in findings:
            print(f"{'ok     ' if finding.good else 'LACKING'}  {finding.check}: {finding.found}")
            if not finding.good:
                print(f"         mend: {finding.mend}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(3)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    as_json: Json = False,
) -> None:
    """Make a folder for another market: settings, an instruments file and empty tables to fill in."""
    from reporter.starter import begin

    written = begin(folder)
    if as_json:
        print_json([str(path) for path in written])
        return
    for path in written:
        print(path)
    say(f"fill in {folder / 'data'}, then: cd {folder} && reporter check && reporter run --draft")


# ── printing ──


def _problem_json(problem: Problem) -> dict[str, Any]:
    names = ("code", "severity", "message", "file", "line", "place", "field", "value", "count", "reason")
    return {name: getattr(problem, name) for name in names}


def _print_findings(checked: Checked) -> None:
    """Prints a table where people look on, else one line a finding."""
    if sys.stdout.isatty():
        from rich.console import Console

        from reporter.press.check_report import print_table

        print_table(checked, Console())
        return
    for problem in checked.findings:
        print(problem)


def _save_refusal(file: Path, settings: Settings, edition: str | None, refused: RecordsError) -> None:
    """Writes the page of records that are refused, and notes so in the error."""
    from reporter.language import language
    from reporter.press.check_report import refusal_page
    from reporter.press.storage import save_file
    from reporter.settings import choose_edition

    id = choose_edition(settings, edition)
    say = language(settings.editions[id].languages[0])
    save_file(file, refusal_page(settings, id, refused, say).encode())
    refused.add_note(f"{file} lists them")


def _severities(checked: Checked) -> str:
    """Yields how many findings there are: `2 warnings`, `3 warnings, 1 hold, 2 overridden`."""
    counts = checked.counts()
    words = [count(counts.pop("warning", 0), "warning")]
    return ", ".join([*words, *(f"{n} {severity}" for severity, n in counts.items())])


# ── from words to values ──


def _order(
    settings: Settings,
    kind: str,
    file: Path,
    sheet: str | None,
    published_at: str | None,
    reason: str | None,
    records: str | None,
) -> Order:
    from reporter.importing.difference import Stamp
    from reporter.importing.layout import KINDS, load_layout
    from reporter.importing.run import Order
    from reporter.press.desk import parse_moment
    from reporter.records.location import Location, Source, near

    if kind not in KINDS:
        where = "; `reporter subscribers import` takes lists of readers" if kind == "subscribers" else ""
        raise UsageError(f"{kind!r} is not imported; the kinds are: {', '.join(KINDS)}{where}")
    zone, now = ZoneInfo(settings.timezone), datetime.now(UTC).replace(microsecond=0)
    known_from = now if published_at is None else parse_moment("--published-at", published_at, zone)
    source = near(settings.source) if records is None else Source(Location(records))
    layout = load_layout(Path(settings.file).absolute().parent, kind, file.name)
    return Order(kind, file, source, zone, layout, Stamp(known_from, reason or None, now), sheet)


def _issue_moment(settings: Settings, edition: str, week: str, as_of: str | None) -> datetime:
    """Yields the moment of `--as-of`, else that of the week's published issue, else now."""
    from reporter.press.desk import parse_as_of, published_as_of

    published = published_as_of(settings.output, edition, week) if as_of is None else None
    return published or parse_as_of(as_of, ZoneInfo(settings.timezone), datetime.now(UTC))


# ── the process ──


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process with its exit status (docs/commands.md)."""
    # importing and reading make many objects and little garbage: looking for it less often saves a tenth
    gc.set_threshold(100_000, 20, 20)
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        status = app(words, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted; nothing half-written")
        status = INTERRUPTED
    except TyperException as error:
        tell = getattr(error, "format_message", error.__str__)
        say(f"{tell()}\n`reporter --help` shows the commands")
        status = USAGE
    except ReporterError as error:
        _report(error)
        if "--json" in words and isinstance(error, ProblemsError):
            print_json({"problems": [_problem_json(problem) for problem in error.problems]})
        status = error.exit_status
        if debug and status == BUG:
            raise
    except Exception as error:
        if debug:
            raise
        say(f"a bug in reporter: {type(error).__name__}: {error}; `--debug` shows where")
        status = BUG
    sys.exit(status if isinstance(status, int) else 0)


def _report(error: ReporterError) -> None:
    say(str(error))
    if isinstance(error, HeldError):
        say(f"held by {count(len(error.problems), 'finding')}; nothing was published")
    elif isinstance(error, ProblemsError):
        errors = [problem for problem in error.problems if problem.severity == "error"]
        faults = sum(problem.count for problem in errors)
        files = len({problem.file for problem in errors} - {""})
        where = f" in {count(files, 'file')}" if files else ""
        written = getattr(error, "__notes__", ["nothing was written"])
        say(f"{count(faults, 'fault')}{where}; {'; '.join(written)}")
