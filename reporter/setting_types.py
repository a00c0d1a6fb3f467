"""The small types of a setting: what each accepts, and what it says of anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from reporter.calendar import WEEKDAYS
from reporter.records.cells import currency

ID = r"^[a-z0-9][a-z0-9-]*$"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _weekday(value: object) -> object:
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return value.lower()
    hint = ""
    if isinstance(value, int):
        hint = "; a number is refused because 0 is Monday to some programs and Sunday to others"
    raise ValueError(f"is not the name of a weekday such as monday{hint}")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not an IANA time zone such as Asia/Shanghai") from None
    return name


def _clock(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value)
    raise ValueError('is not a time such as "09:00" (hours and minutes, in quotation marks)')


def _span(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,4})([smhdw])", str(value))
    if not match:
        raise ValueError("is not a span of time such as 10d, 36h or 90m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _words(value: object) -> object:
    if isinstance(value, str):
        value = {"": value}
    if not isinstance(value, Mapping) or not value:
        raise ValueError("is neither a text nor texts by language such as {en: Weekly, zh: 周报}")
    for key, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"has no text for {key or 'the language'}")
        if not re.fullmatch(r"([a-z]{2,3})?", str(key)):
            raise ValueError(f"has {key!r} where a language code such as en is expected")
    return dict(value)


def _vat_rate(value: Decimal) -> Decimal:
    if not 0 < value < 1:
        raise ValueError("must be a fraction of 1 above 0, such as 0.13")
    return value


Weekday = Annotated[str, BeforeValidator(_weekday)]
Clock = Annotated[time, BeforeValidator(_clock)]
Words = Annotated[dict[str, str], BeforeValidator(_words)]
Id = Annotated[str, Field(pattern=ID)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Zone = Annotated[str, AfterValidator(_zone)]
Bound = Annotated[Decimal, Field(gt=0)]
Currency = Annotated[str, AfterValidator(currency)]
VatRate = Annotated[Decimal, AfterValidator(_vat_rate)]


class Model(BaseModel):
    """A mapping of settings: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
