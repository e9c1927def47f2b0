"""Instruments as data: items, scale, components and cut-offs, one file a version."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.errors import SettingsError
from workbench.resources import resource_files
from workbench.yaml_files import read_model

INSTRUMENTS_FOLDER = "data/schemas/instruments"


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scale(_Declared):
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


class Component(_Declared):
    """A subscale of an instrument: a part of practice, or a driver."""

    title: str
    description: str = ""
    composite: bool = True
    """Whether its items count in the total score."""


class Item(_Declared):
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


class CutOff(_Declared):
    """A named level of this version of the instrument, in percent."""

    name: str
    at_least: float = Field(ge=0, le=100)


class Instrument(_Declared):
    """An instrument in one version."""

    instrument: str
    version: str
    title: str
    kind: Literal["fidelity", "drivers", "readiness", "ownership"]
    source: str
    rights: str
    wording_shipped: bool
    scale: Scale
    score: Literal["percent_of_maximum", "met_of_applicable"] = "percent_of_maximum"
    smallest_share_answered: float = Field(default=0.8, gt=0, le=1)
    respondents: tuple[str, ...]
    how_often: str
    components: dict[str, Component]
    items: dict[str, Item]
    cut_offs: tuple[CutOff, ...] = ()
    segments: tuple[str, ...] = ()
    """Where each item is rated once a segment: an item is then ``<item>_<segment>``."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Instrument:
        used = {item.component for item in self.items.values() if item.component}
        if unknown := sorted(used - set(self.components)):
            raise ValueError(f"items name components that are not declared: {', '.join(unknown)}")
        if self.score == "percent_of_maximum" and len(set(self.scale.values)) < 2:
            raise ValueError("a scale needs at least two values")
        if self.score == "met_of_applicable":
            counts = sorted(item.counts for item in self.items.values())
            if counts != ["applicable", "met"]:
                raise ValueError(
                    "met_of_applicable needs one item that counts 'met' and one "
                    "that counts 'applicable'"
                )
        return self

    @property
    def key(self) -> tuple[str, str]:
        """Identifier and version, as response tables name them."""
        return self.instrument, self.version

    @property
    def lowest_cut_off(self) -> CutOff | None:
        """The level below which practice counts as not adequate."""
        return min(self.cut_offs, key=lambda level: level.at_least, default=None)

    @property
    def unit(self) -> str:
        """What a score is a percent of."""
        if self.score == "percent_of_maximum":
            return "percent of the maximum"
        counted = next(item.wording for item in self.items.values() if item.counts == "applicable")
        return f"percent of {counted[:1].lower()}{counted[1:]}"

    def levels(self) -> dict[str, float]:
        """Names of this version's cut-offs with the percent each begins at, highest first."""
        ordered = sorted(self.cut_offs, key=lambda level: -level.at_least)
        return {level.name: level.at_least for level in ordered}

    def core_components(self) -> dict[str, bool]:
        """Whether each component holds a core item of the practice model; all do if none is marked.

        Returns
        -------
        dict
            Component to yes or no, in the instrument's order.
        """
        holding = {item.component for item in self.items.values() if item.core}
        return {name: name in holding or not holding for name in self.components}

    def cut_off_table(self) -> pd.DataFrame:
        """Cut-offs as a table: ``name`` and ``at_least``, in percent."""
        levels = self.levels()
        return pd.DataFrame({"name": list(levels), "at_least": list(levels.values())})

    def prompts(self) -> pd.DataFrame:
        """Tell what to do when an item is low: ``best_practice, wording, action, owner_role``."""
        rows = [
            (name, item.wording, item.action, item.owner_role) for name, item in self.items.items()
        ]
        return pd.DataFrame(rows, columns=["best_practice", "wording", "action", "owner_role"])

    def item_table(self) -> pd.DataFrame:
        """One row an item as it stands in responses (item and segment expanded)."""
        rows = [
            {
                "instrument_id": self.instrument,
                "instrument_version": self.version,
                "item_id": f"{name}_{segment}" if segment else name,
                "item": name,
                "segment": segment,
                "component": item.component,
                "component_title": getattr(self.components.get(item.component), "title", ""),
                "in_total": getattr(self.components.get(item.component), "composite", True),
                "wording": item.wording,
                "core": item.core,
                "reversed": item.reversed,
                "weight": item.weight,
                "counts": item.counts,
            }
            for name, item in self.items.items()
            for segment in (self.segments or ("",))
        ]
        return pd.DataFrame(rows)


def load_instruments(study_folder: Path | None = None) -> dict[tuple[str, str], Instrument]:
    """All instruments of the workbench and of a study, by identifier and version.

    Raises
    ------
    SettingsError
        If a file is not an instrument, or two files declare the same version.
    """
    found: dict[tuple[str, str], Instrument] = {}
    for path in resource_files(INSTRUMENTS_FOLDER, "*.yml", study_folder):
        instrument = read_model(path, Instrument)
        if instrument.key in found:
            raise SettingsError(
                f"{path.name} declares {instrument.instrument} version {instrument.version}, "
                "which another file declares too."
            )
        found[instrument.key] = instrument
    return found


def item_table(instruments: dict[tuple[str, str], Instrument]) -> pd.DataFrame:
    """Items of several instruments, one row an item as it stands in responses."""
    return pd.concat([one.item_table() for one in instruments.values()], ignore_index=True)


def used_in(
    responses: pd.DataFrame, instruments: dict[tuple[str, str], Instrument], kind: str
) -> Instrument:
    """Find the instrument of most of these responses; any of its kind if there are none."""
    pairs = responses[["instrument_id", "instrument_version"]].value_counts()
    if len(pairs):
        return instruments[pairs.index[0]]
    return next(each for each in instruments.values() if each.kind == kind)
