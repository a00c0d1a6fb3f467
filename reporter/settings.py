"""schedule.yaml and the environment → one frozen Settings; every fault at once, with its line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from reporter.errors import Problem, SettingsError, UsageError
from reporter.post_settings import (
    DELIVERY_MODELS,
    MAILBOX,
    PLAIN_ADDRESS,
    SAFE_ADDRESS,
    DeliverSettings,
    WebAddress,
    WebSettings,
)
from reporter.publishing_settings import (
    PUBLISHING_MODELS,
    Gate,
    HeartbeatSettings,
    NotifySettings,
    ScheduleSettings,
    SmtpSettings,
    gate_faults,
)
from reporter.quality_settings import QUALITY_MODELS, QualitySettings
from reporter.records.location import TABLES, TEXTS, Location, Source, absolute_address
from reporter.setting_types import ID, Bound, Currency, Id, Model, VatRate, Weekday, Words, Zone
from reporter.yamltext import Lines, YamlFault, line_at, load_yaml

DEFAULT_EDITION = Path(__file__).parent / "defaults" / "edition.yaml"
CONFIG_NAME = "schedule.yaml"
EVERY = "default"  # in `records:`, the place of every table that is not named
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = {
    "password",
    "webhook",
    "ping",
    "keys",
    "client_secret",
    "refresh_token",
}  # never repeated in a fault


def _sources(value: object) -> object:
    """Yields locations by table: an address alone is that of every table, `""`."""
    if isinstance(value, str):
        return {EVERY: {"address": value}}
    if not isinstance(value, Mapping) or not value:
        raise ValueError("is neither an address nor addresses by table such as {default: data/, prices: …}")
    for name in value:
        if name not in (EVERY, *TABLES, *TEXTS):
            raise ValueError(f"has {name!r}, which is no table; they are: {', '.join((*TEXTS, *TABLES))}")
    every = value.get(EVERY)
    if isinstance(every, Mapping) and (named := {"table", "query"} & set(every)):
        raise ValueError(f"has a {max(named)} for {EVERY}, which is every table; name it by a single table")
    return {name: {"address": one} if isinstance(one, str) else one for name, one in value.items()}


class LocationSettings(Model):
    """Where records are: a folder, a workbook, a SQL URL or an HTTP address."""

    address: Annotated[str, Field(min_length=1)]
    table: str | None = None
    query: str | None = None
    private: bool = False

    @field_validator("table", "query")
    @classmethod
    def _named(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuses what would be passed over: a folder's and a server's files have their tables' names."""
        kind = Location(info.data.get("address", "")).kind
        if value is not None and kind != "database" and (kind, info.field_name) != ("workbook", "table"):
            places = "a database" if info.field_name == "query" else "a database or a workbook"
            what = {"folder": "a folder", "web": "a web address"}.get(kind, "a workbook")
            raise ValueError(f"is for a table in {places}; the address is {what}: leave it out")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> LocationSettings:
        if self.table and self.query:
            raise ValueError("has a table and a query; give one of them")
        return self


Sources = Annotated[dict[str, LocationSettings], BeforeValidator(_sources)]


class StorySettings(Model):
    """Which stories a section takes; an empty list takes all."""

    types: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class SectionSettings(Model):
    """One section of the bulletin."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: Literal["prices", "price_charts", "projects", "news", "policy", "outlook", "corrections", "method"]
    title: Words | None = None
    stories: tuple[StorySettings, ...] = ()
    when_empty: Literal["say", "leave_out"] = "say"


class WordingSettings(Model):
    """Lower bounds of the wording table, in absolute percent."""

    edged: Bound = Decimal("0.5")
    rose: Bound = Decimal("2.5")
    climbed: Bound = Decimal(5)
    surged: Bound = Decimal(10)

    @model_validator(mode="after")
    def _ascending(self) -> WordingSettings:
        bounds = [self.edged, self.rose, self.climbed, self.surged]
        if sorted(set(bounds)) != bounds:
            raise ValueError("must rise: edged < rose < climbed < surged")
        return self


class VatSettings(Model):
    """What is assumed of the VAT in prices that do not state it; `rate` is a fraction of 1."""

    assume: Literal["included", "excluded"]
    rate: VatRate | None = None

    @model_validator(mode="after")
    def _rated(self) -> VatSettings:
        if self.assume == "included" and self.rate is None:
            raise ValueError("needs a rate, such as 0.13")
        if self.assume == "excluded" and self.rate is not None:
            raise ValueError("has a rate, which a price without VAT does not need; leave it out")
        return self


class ForeignSettings(Model):
    """A currency that prices are printed in too, without VAT, and whose exchange rates are taken."""

    currency: Currency
    source: Annotated[str, Field(min_length=1)]
    vat: VatSettings | None = None


class EditionSettings(Model):
    """One bulletin."""

    title: Words
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)
    timezone: Zone | None = None
    instruments: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    headline_instruments: tuple[str, ...] | None = None
    week_ends: Weekday = "sunday"
    paper: Literal["A4", "Letter"] = "A4"
    most_rows: Annotated[int, Field(ge=10)] = 1000
    schedule: ScheduleSettings | None = None
    gate: Gate = Field(default_factory=dict)
    approval: bool = False
    deliver: DeliverSettings = DeliverSettings()
    sections: Annotated[tuple[SectionSettings, ...], Field(min_length=1)]
    event_weights: dict[str, int]
    wording: WordingSettings
    quality: QualitySettings = QualitySettings()
    foreign: ForeignSettings | None = None
    statement: Words | None = None
    contact: Words | None = None

    @model_validator(mode="after")
    def _once(self) -> EditionSettings:
        for name in ("languages", "instruments", "headline_instruments"):
            values = getattr(self, name) or ()
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"{name} names {twice!r} twice")
        ids = [section.id for section in self.sections]
        twice = next((id for id in ids if ids.count(id) > 1), None)
        if twice is not None:
            raise ValueError(f"sections have the id {twice!r} twice")
        return self


class Settings(Model):
    """All settings; paths are absolute. `file` and `lines` tell where each stands."""

    timezone: Zone = "UTC"
    records: Sources = Field(default_factory=lambda: {EVERY: LocationSettings(address="data")})
    commentary: Path | None = None
    output: Path = Path("output")
    templates: Path | None = None
    database: str = "sqlite:///reporter.db"
    notify: NotifySettings = NotifySettings()
    smtp: SmtpSettings | None = None
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    grace_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    public_url: WebAddress | None = None
    keys: Annotated[tuple[Annotated[str, Field(min_length=16)], ...], Field(repr=False)] = ()
    web: WebSettings = WebSettings()
    editions: Annotated[dict[Id, EditionSettings], Field(min_length=1)]
    file: Path = Path(CONFIG_NAME)
    lines: dict[tuple[str | int, ...], int] = Field(default_factory=dict, repr=False)

    @property
    def source(self) -> Source:
        """Where the records come from."""
        places = {name: Location(**one.model_dump()) for name, one in self.records.items()}
        return Source(places.pop(EVERY, None), places)

    @property
    def commentary_folder(self) -> Path:
        """Where the commentaries are: in the records' folder, else beside the settings, if nothing is set."""
        if self.commentary is not None:
            return self.commentary
        return (self.source.folder or Path(self.file).absolute().parent) / "commentary"

    def problem(self, code: str, message: str, *path: str | int, value: object = None) -> Problem:
        """Yields a Problem at the place of a setting."""
        field = ".".join(map(str, path))
        return Problem(
            code,
            message,
            str(self.file),
            line_at(self.lines, path),
            field,
            None if value is None else str(value),
        )


def find_config(start: Path) -> Path:
    """Yields the nearest `schedule.yaml` in `start` or above it; SettingsError where there is none."""
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise SettingsError(
        [
            Problem(
                "no_settings",
                f"there is none in {start} or above it; `reporter init DIR` makes one",
                CONFIG_NAME,
            )
        ]
    )


def choose_edition(settings: Settings, name: str | None) -> str:
    """Yields the id of the edition asked for, or the first; UsageError where there is no such one."""
    if name is None:
        return next(iter(settings.editions))
    if name not in settings.editions:
        raise UsageError(f"there is no edition {name!r}; there are: {', '.join(settings.editions)}")
    return name


def load_settings(file: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Yields the settings of a schedule.yaml; SettingsError with every fault."""
    shown = os.path.relpath(file) if file.is_absolute() and Path.cwd() in file.parents else str(file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError([Problem("no_settings", "there is no such file", shown)]) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise SettingsError([Problem("unreadable", str(reason), shown)]) from None
    try:
        document, lines = load_yaml(text, shown)
    except YamlFault as fault:
        raise SettingsError(fault.problems) from None
    if not isinstance(document, dict):
        raise SettingsError([Problem("settings", "must be settings such as `editions:`", shown, 1)])
    problems: list[Problem] = []
    filled = _fill(document, (), os.environ if environment is None else environment, problems, lines, shown)
    _refuse_internal(filled, problems, lines, shown)
    _with_defaults(filled)
    try:
        settings = Settings.model_validate(
            {**filled, "file": shown, "lines": dict(lines)} if isinstance(filled, dict) else filled
        )
    except ValidationError as error:
        raise SettingsError([*problems, *_problems(error, lines, shown)]) from None
    settings = _absolute(settings, file.resolve().parent)
    if settings.templates is not None and not settings.templates.is_dir():
        problems.append(settings.problem("no_templates", "there is no such folder", "templates"))
    problems += _gate_problems(settings)
    if settings.notify.email and settings.smtp is None:
        problems.append(settings.problem("no_smtp", "needs a mail server; set `smtp:`", "notify", "email"))
    problems += _mail_problems(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _mail_problems(settings: Settings) -> Iterator[Problem]:
    for id, edition in settings.editions.items():
        if edition.deliver.automatic and (settings.smtp is None or settings.public_url is None):
            told = "needs a mail server and an address to unsubscribe at; set `smtp:` and `public_url:`"
            yield settings.problem("no_smtp", told, "editions", id, "deliver", "automatic")


def _gate_problems(settings: Settings) -> Iterator[Problem]:
    for id, edition in settings.editions.items():
        for code, message in gate_faults(edition.gate):
            yield settings.problem("settings", message, "editions", id, "gate", code)


def _refuse_internal(document: Any, problems: list[Problem], lines: Lines, file: str) -> None:
    for name in ("file", "lines"):
        if name in document:
            problems.append(Problem("unknown_setting", "is not a setting", file, lines.get((name,)), name))


def _fill(
    value: Any,
    path: tuple[str | int, ...],
    environment: Mapping[str, str],
    problems: list[Problem],
    lines: Lines,
    file: str,
) -> Any:
    """Yields `value` with every `${NAME}` replaced; a missing variable is a problem with its line."""
    if isinstance(value, dict):
        return {k: _fill(v, (*path, k), environment, problems, lines, file) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, (*path, n), environment, problems, lines, file) for n, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replaced(match: re.Match[str]) -> str:
        if match[1] not in environment:
            message = f"the environment variable {match[1]} is not set"
            problems.append(
                Problem("no_variable", message, file, line_at(lines, path), ".".join(map(str, path)))
            )
        return environment.get(match[1], match[0])

    return _VARIABLE.sub(replaced, value)


def _with_defaults(document: Any) -> None:
    """Gives every edition the default sections, weights and wording that it does not state."""
    defaults, _ = load_yaml(DEFAULT_EDITION.read_text("utf-8"), DEFAULT_EDITION.name)
    editions = document.get("editions")
    if isinstance(editions, dict) and isinstance(defaults, dict):
        for edition in editions.values():
            if isinstance(edition, dict):
                for name, value in defaults.items():
                    edition.setdefault(name, value)


def _absolute(settings: Settings, folder: Path) -> Settings:
    own = None if settings.templates is None else folder / settings.templates
    own_words = None if settings.commentary is None else folder / settings.commentary
    records = {
        name: one.model_copy(update={"address": absolute_address(one.address, folder)})
        for name, one in settings.records.items()
    }
    return settings.model_copy(
        update={
            "records": records,
            "commentary": own_words,
            "output": folder / settings.output,
            "heartbeat": settings.heartbeat.model_copy(update={"file": folder / settings.heartbeat.file}),
            "database": absolute_address(settings.database, folder),
            "templates": own,
            "smtp": None if settings.smtp is None else _smtp_absolute(settings.smtp, folder),
        }
    )


def _smtp_absolute(smtp: SmtpSettings, folder: Path) -> SmtpSettings:
    files = {name: getattr(smtp, name) for name in ("password_file", "ca_file")}
    update: dict[str, Any] = {name: folder / file for name, file in files.items() if file is not None}
    if smtp.dkim is not None:
        update["dkim"] = smtp.dkim.model_copy(update={"key_file": folder / smtp.dkim.key_file})
    return smtp.model_copy(update=update)


# ── pydantic's findings as ours ──


def _problems(error: ValidationError, lines: Lines, file: str) -> Iterator[Problem]:
    errors = error.errors(include_url=False)
    for found in errors:
        loc = found["loc"]
        if found["type"] == "too_short" and any(e["loc"][: len(loc)] == loc != e["loc"] for e in errors):
            continue  # its only part is wrong and told already; it is not empty
        path = tuple(part for part in found["loc"] if part != "[key]")
        code, message = _message(found, path)
        value = found["input"] if isinstance(found["input"], (str, int, Decimal)) else None
        if code == "missing" or _SECRET.intersection(path):
            value = None
        field = ".".join(map(str, path))
        yield Problem(code, message, file, line_at(lines, path), field, None if value is None else str(value))


def _message(found: Any, path: tuple[Any, ...]) -> tuple[str, str]:
    context = found.get("ctx", {})
    match found["type"]:
        case "missing":
            return "missing", "is required"
        case "extra_forbidden":
            return "unknown_setting", _did_you_mean(str(path[-1]))
        case "literal_error":
            return "settings", f"must be one of {context['expected']}"
        case "string_pattern_mismatch" if context["pattern"] == ID:
            return "settings", "must be small letters, digits and hyphens, such as market-weekly"
        case "string_pattern_mismatch":
            return "settings", f"does not look like {_example(context['pattern'])}"
        case "value_error":
            return "settings", str(context["error"])
        case "too_short":
            return "settings", "must not be empty"
        case "model_type" | "dict_type":
            return "settings", "must be a mapping (name: value)"
        case _:
            return "settings", str(found["msg"]).replace("Input should", "should").replace(
                "Value error, ", ""
            )


def _example(pattern: str) -> str:
    known = {
        "^https?://": "an address such as https://host/path",
        PLAIN_ADDRESS: "an address such as https://host/path",
        MAILBOX: "a mail address such as desk@example.com",
        SAFE_ADDRESS: "an address such as https://host/path; plain http is for this machine only",
    }
    return known.get(pattern, f"`{pattern}`")


def _did_you_mean(name: str) -> str:
    known = {
        field
        for model in (
            Settings,
            EditionSettings,
            SectionSettings,
            StorySettings,
            WordingSettings,
            *QUALITY_MODELS,
            *PUBLISHING_MODELS,
            *DELIVERY_MODELS,
            ForeignSettings,
            VatSettings,
        )
        for field in model.model_fields
    } - {"file", "lines"}
    close = get_close_matches(name, sorted(known - {name}), 1)  # itself is known elsewhere
    return "is not a setting here" + (f"; did you mean {close[0]}?" if close else "")
