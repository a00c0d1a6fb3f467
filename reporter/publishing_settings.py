"""When an edition goes out, what may hold it, and who is told: `schedule:`, `gate:`, `notify:`, `smtp:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from reporter.market.quality import HOLD, INFO, OFF, SEVERITY
from reporter.post_settings import Address, BreakerSettings, DkimSettings, OauthSettings
from reporter.setting_types import Clock, Model, Span, Weekday

PUBLISH, FLAG, OMIT = "publish", "flag", "omit"
Action = Literal["publish", "flag", "omit", "hold"]

ALWAYS = ("refused", "no_calendar", "not_approved", "layout", "judge")
"""Rules that always hold: what they find cannot be printed, or was asked for."""

OF_A_PRICE = (
    *("unit_slip", "jump", "stale", "no_rate", "average_off_mid", "rolled_over_differs"),
    *("weekend_date", "stale_repeat", "spec_change"),
)
"""Rules that find one price: with `omit` the instrument is left out of the issue."""


def action_of(severity: str) -> str:
    """Yields what a rule of data quality does whose findings are that severe."""
    return {HOLD: HOLD, INFO: PUBLISH, OFF: PUBLISH}.get(severity, FLAG)


RULES: Mapping[str, str] = MappingProxyType(
    {code: action_of(severity) for code, severity in SEVERITY.items()}
    | {"spec_change": FLAG, "few_events": HOLD, "contradiction": HOLD}
    | dict.fromkeys(ALWAYS, HOLD)
)
"""What each rule of the gate does by default; those of data quality go by their severity."""


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
        raise ValueError("is not a day such as 2026-01-05")
    return date.fromisoformat(str(value))


def _rules(value: object) -> object:
    """Yields rules by code; an action alone, `jump: hold`, is that of its rule."""
    if not isinstance(value, Mapping):
        raise ValueError("is not a mapping of rules such as {jump: hold, few_events: {least: 3}}")
    for code in value:
        if code not in RULES:
            close = get_close_matches(str(code), RULES, 1)
            hint = f"did you mean {close[0]}?" if close else f"the rules are: {', '.join(sorted(RULES))}"
            raise ValueError(f"has {code!r}, which is no rule; {hint}")
    return {code: {"action": one} if isinstance(one, str) else one for code, one in value.items()}


class GateRule(Model):
    """What one rule does; `least` is of few_events: how many stories an issue must have."""

    action: Action | None = None
    least: Annotated[int, Field(ge=0)] | None = None


Gate = Annotated[dict[str, GateRule], BeforeValidator(_rules)]


def gate_faults(gate: Mapping[str, GateRule]) -> list[tuple[str, str]]:
    """Yields each rule that is set to what it cannot do, with what to write."""
    found = []
    for code, rule in gate.items():
        if code in ALWAYS and rule.action not in (None, HOLD):
            found.append((code, "always holds: what it finds cannot be printed, or was asked for"))
        if rule.action == OMIT and code not in OF_A_PRICE:
            found.append((code, f"omit is for rules of one price: {', '.join(OF_A_PRICE)}"))
        if rule.least is not None and code != "few_events":
            found.append((code, "least is of few_events only"))
    return found


class ScheduleSettings(Model):
    """When the edition goes out, in its zone."""

    day: Weekday
    at: Clock
    calendar: str | None = None
    on_holiday: Literal["next", "previous", "skip"] = "next"
    wait_until: Clock | None = None
    poll: Annotated[Span, Field(ge=timedelta(seconds=30))] = timedelta(minutes=5)
    on_timeout: Literal["hold", "publish_partial"] = "hold"
    embargo: Clock | None = None
    catch_up: Literal["latest", "all", "none"] = "latest"
    max_age: Annotated[Span, Field(ge=timedelta(hours=1))] = timedelta(days=10)
    late_after: Span = timedelta(minutes=30)
    starts: Annotated[date, BeforeValidator(_day)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ScheduleSettings:
        for name in ("wait_until", "embargo"):
            moment = getattr(self, name)
            if moment is not None and moment < self.at:
                raise ValueError(f"{name} is before at; it is a time of the same day, not earlier")
        return self


class NotifySettings(Model):
    """Whom the program tells of a hold, a failure, a miss, lateness, and when it is over."""

    email: tuple[Address, ...] = ()
    webhook: Annotated[str, Field(pattern=r"^https?://")] | None = None


class SmtpSettings(Model):
    """The mail server. Without a connection that is encrypted nothing is sent but on this machine.

    `timeout` is for each answer, `reply_timeout` for the one to the whole mail. `ca_file` is a private
    authority's certificate. `bounces` is where failures are sent back to; its name is extended by a token of
    each mail (VERP).
    """

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    user: str | None = None
    password: str | None = Field(default=None, repr=False)
    password_file: Path | None = None
    timeout: Span = timedelta(seconds=30)
    reply_timeout: Annotated[Span, Field(ge=timedelta(seconds=1))] = timedelta(seconds=600)
    connections: Annotated[int, Field(ge=1, le=64)] = 1
    mails_a_connection: Annotated[int, Field(ge=1)] = 100
    connection_lasts: Span = timedelta(minutes=5)
    rate_per_second: Annotated[float, Field(gt=0)] | None = None
    rate_per_hour: Annotated[int, Field(ge=1)] | None = None
    ca_file: Path | None = None
    bounces: Address | None = None
    dkim: DkimSettings | None = None
    oauth: OauthSettings | None = None
    breaker: BreakerSettings = BreakerSettings()

    @field_validator("sender", "bounces")
    @classmethod
    def _in_ascii(cls, address: str | None, info: ValidationInfo) -> str | None:
        """Yields the address with its domain in ASCII, as it stands on an envelope."""
        if address is None or address.isascii():
            return address
        local, _, domain = address.rpartition("@")
        if info.field_name == "bounces" and not local.isascii():
            raise ValueError("must be of ASCII letters before the @: each mail is sent from it")
        import idna

        try:
            return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
        except idna.IDNAError:
            raise ValueError("has no domain that can be written in ASCII") from None

    @model_validator(mode="after")
    def _safe(self) -> SmtpSettings:
        if self.security == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("security none is only for a server on this machine; choose starttls or tls")
        if self.password and self.password_file:
            raise ValueError("has a password and a password_file; give one of them")
        return self


class HeartbeatSettings(Model):
    """Where the scheduler says that it lives: a file written at each tick, and an address that is asked."""

    file: Path = Path("reporter.heartbeat")
    ping: Annotated[str, Field(pattern=r"^https?://")] | None = None


PUBLISHING_MODELS = (ScheduleSettings, GateRule, NotifySettings, SmtpSettings, HeartbeatSettings)
