"""Parts of an instrument as its file declares them: scale, components, items and cut-offs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from workbench.language import say


class Declared(BaseModel):
    """What a file declares: no entry that isn't known, and nothing changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def said(self, *names: str) -> Self:
        """Give a copy with the texts of these names in the language in use."""
        return self.model_copy(update={name: say(getattr(self, name)) for name in names})


class Scale(Declared):
    """Legal responses. The distance from lowest to highest value is 100 percent."""

    values: tuple[float, ...] = ()
    """Legal values; empty for counts, which may be any whole number from 0."""
    labels: dict[str, str] = Field(default_factory=dict)
    not_applicable: tuple[str, ...] = ()

    @property
    def lowest(self) -> float:
        """Lowest legal value."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """Highest legal value."""
        return max(self.values)


class Component(Declared):
    """A subscale of an instrument: a part of practice, or a driver."""

    title: str
    description: str = ""
    composite: bool = True
    """Whether its items count in the total score."""


class Item(Declared):
    """One item; for a driver instrument, one best practice."""

    component: str = ""
    wording: str
    core: bool = False
    reversed: bool = False
    weight: float = Field(default=1.0, gt=0)
    cites: str = ""
    counts: Literal["", "met", "applicable"] = ""
    """For instruments scored as met of applicable: which of the two counts the item holds."""
    action: str = ""
    owner_role: str = ""


class CutOff(Declared):
    """A named level of this version of the instrument, in the unit of its score."""

    name: str
    at_least: float
    above: bool = False
    """Whether the level begins just above ``at_least`` and not at it."""
    adequate: bool = True
    """Whether a score at this level is adequate; False for a band below what is."""
    each_component: bool = False
    """Whether each component has to reach the level, and not the total alone."""
    share_of_scores: float | None = Field(default=None, gt=0, le=100)
    """Percent of a site's scores that should reach the level, where the rule asks for a share."""
