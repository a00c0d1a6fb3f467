"""The `quality:` of an edition: by rule its severity and limits; what is not stated has the default."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from reporter.market.quality import SEVERITY, Quality

_DEFAULT = Quality()

Percent = Annotated[int, Field(ge=50, le=100)]
Repeats = Annotated[int, Field(ge=2)]


class RuleSettings(BaseModel):
    """One rule; no severity means the rule's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    severity: Literal["hold", "warning", "info", "off"] | None = None


class JumpSettings(RuleSettings):
    """`limit` is in percent of the price before."""

    limit: Annotated[Decimal, Field(gt=0)] = _DEFAULT.jump


class RepeatSettings(RuleSettings):
    """From how many equal prices in a row on a price is stale, by the instrument's frequency."""

    daily: Repeats = _DEFAULT.repeats["daily"]
    weekly: Repeats = _DEFAULT.repeats["weekly"]


class StorySettings(RuleSettings):
    """Two tellings of a story: at most so many days apart, their headlines alike by so many percent."""

    days: Annotated[int, Field(ge=0, le=366)] = _DEFAULT.story_days
    alike: Percent = _DEFAULT.story_alike


class CompanySettings(RuleSettings):
    """Two names of a company: alike by so many percent."""

    alike: Percent = _DEFAULT.company_alike


class QualitySettings(BaseModel):
    """Every rule by its code."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    unit_slip: RuleSettings = RuleSettings()
    jump: JumpSettings = JumpSettings()
    stale: RuleSettings = RuleSettings()
    no_headline_price: RuleSettings = RuleSettings()
    no_rate: RuleSettings = RuleSettings()
    average_off_mid: RuleSettings = RuleSettings()
    rolled_over_differs: RuleSettings = RuleSettings()
    weekend_date: RuleSettings = RuleSettings()
    stale_repeat: RepeatSettings = RepeatSettings()
    duplicate_story: StorySettings = StorySettings()
    duplicate_company: CompanySettings = CompanySettings()
    stage_back: RuleSettings = RuleSettings()
    stage_skip: RuleSettings = RuleSettings()
    stage_conflict: RuleSettings = RuleSettings()
    late_dropped: RuleSettings = RuleSettings()
    expired: RuleSettings = RuleSettings()
    cagr_disagrees: RuleSettings = RuleSettings()
    conflict: RuleSettings = RuleSettings()
    lost_override: RuleSettings = RuleSettings()

    def plain(self) -> Quality:
        """Yields the limits and severities as the rules take them."""
        return Quality(
            jump=self.jump.limit,
            repeats={"daily": self.stale_repeat.daily, "weekly": self.stale_repeat.weekly},
            story_days=self.duplicate_story.days,
            story_alike=self.duplicate_story.alike,
            company_alike=self.duplicate_company.alike,
            severity={code: getattr(self, code).severity or usual for code, usual in SEVERITY.items()},
        )


QUALITY_MODELS = (QualitySettings, JumpSettings, RepeatSettings, StorySettings, CompanySettings)
