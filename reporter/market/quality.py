"""What the rules of data quality find, how severe it is, and their limits (docs/quality.md).

The rules themselves: `price_oddities` and `price_quality` of prices, `oddities` and `event_quality` of
events, projects and companies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

HOLD, WARNING, INFO, OFF = "hold", "warning", "info", "off"
OVERRIDDEN = "overridden"

SEVERITY: Mapping[str, str] = MappingProxyType(
    {
        "unit_slip": HOLD,
        "jump": WARNING,
        "stale": WARNING,
        "no_headline_price": WARNING,
        "no_rate": WARNING,
        "average_off_mid": WARNING,
        "rolled_over_differs": WARNING,
        "weekend_date": WARNING,
        "stale_repeat": INFO,
        "duplicate_story": WARNING,
        "duplicate_company": WARNING,
        "stage_back": WARNING,
        "stage_skip": WARNING,
        "stage_conflict": WARNING,
        "late_dropped": WARNING,
        "expired": WARNING,
        "cagr_disagrees": WARNING,
        "conflict": WARNING,
        "lost_override": WARNING,
    }
)
"""How severe a finding of each code is by default."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the analyst should look at; `record` is the key of the record that makes it odd."""

    code: str
    record: str
    text: str


@dataclass(frozen=True)
class Quality:
    """The limits of the rules, and by code how severe a finding is: hold, warning, info, or off.

    `jump` is in percent; `repeats` counts equal prices by frequency (one that is missing is not judged);
    `story_days` is how far apart two tellings may be, `story_alike` and `company_alike` from how many
    percent on two texts count as alike.
    """

    jump: Decimal = Decimal(20)
    repeats: Mapping[str, int] = field(default_factory=lambda: {"daily": 6, "weekly": 8})
    story_days: int = 10
    story_alike: int = 85
    company_alike: int = 93
    severity: Mapping[str, str] = field(default_factory=lambda: dict(SEVERITY))
