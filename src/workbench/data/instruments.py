"""Instruments as data: items, scale, components and cut-offs, one file a version."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, model_validator

from workbench import language
from workbench.data.instrument_parts import Component, CutOff, Declared, Item, Scale
from workbench.errors import SettingsError
from workbench.language import mark, say
from workbench.resources import resource_files
from workbench.yaml_files import read_model

INSTRUMENTS_FOLDER = "data/schemas/instruments"
DIGITS = 9
"""Decimals to which scores and cut-offs are compared, so that one at the cut-off meets it."""


class Instrument(Declared):
    """An instrument in one version."""

    instrument: str
    version: str
    title: str
    kind: Literal["fidelity", "drivers", "readiness", "ownership"]
    source: str
    rights: str
    wording_shipped: bool
    scale: Scale
    score: Literal["percent_of_maximum", "mean", "sum", "met_of_applicable"] = "percent_of_maximum"
    """Unit of the cut-offs. Every score is kept as a percent too, whatever its unit."""
    smallest_share_answered: float = Field(default=0.8, gt=0, le=1)
    respondents: tuple[str, ...]
    how_often: str
    components: dict[str, Component]
    items: dict[str, Item]
    cut_offs: tuple[CutOff, ...] = ()
    segments: tuple[str, ...] = ()
    """Where each item is rated once a segment: an item is then ``<item>_<segment>``."""
    published_counts: dict[str, int] = Field(default_factory=dict)
    """How many items the published key gives each component; another key is refused."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Instrument:
        used = {item.component for item in self.items.values() if item.component}
        if unknown := sorted(used - set(self.components)):
            raise ValueError(f"items name components that are not declared: {', '.join(unknown)}")
        if self.rests_on_scale and len(set(self.scale.values)) < 2:
            raise ValueError("a scale needs at least two values")
        if self.score == "met_of_applicable":
            counts = sorted(item.counts for item in self.items.values())
            if counts != ["applicable", "met"]:
                raise ValueError(
                    "met_of_applicable needs one item that counts 'met' and one "
                    "that counts 'applicable'"
                )
        return self

    @model_validator(mode="after")
    def _a_sum_is_over_every_item(self) -> Instrument:
        every_item_counts = (
            self.smallest_share_answered == 1
            and not self.scale.not_applicable
            and not self.segments
            and all(item.weight == 1 for item in self.items.values())
        )
        if self.score == "sum" and not every_item_counts:
            raise ValueError(
                "a sum needs every item: smallest_share_answered 1, and no codes for not "
                "applicable, no segments and no weights"
            )
        return self

    @model_validator(mode="after")
    def _cut_offs_are_possible(self) -> Instrument:
        lowest, highest = self.bounds()
        for level in self.cut_offs:
            if not lowest <= level.at_least <= highest:
                raise ValueError(
                    f"at_least of '{level.name}' is {level.at_least:g}, and a score is "
                    f"{lowest:g} to {highest:g}"
                )
        if self.score == "sum" and any(level.each_component for level in self.cut_offs):
            raise ValueError("each_component asks for a percent or a mean, and not for a sum")
        return self

    @model_validator(mode="after")
    def _key_is_as_published(self) -> Instrument:
        counts = self.item_counts()
        if self.published_counts and counts != self.published_counts:
            raise ValueError(
                f"the key is wrong: it has {said_counts(counts)}; the published one has "
                f"{said_counts(self.published_counts)}"
            )
        return self

    @property
    def rests_on_scale(self) -> bool:
        """Whether a score is made of responses on the scale, and not of two counts."""
        return self.score != "met_of_applicable"

    @property
    def key(self) -> tuple[str, str]:
        """Identifier and version, as response tables name them."""
        return self.instrument, self.version

    @property
    def lowest_cut_off(self) -> CutOff | None:
        """The level below which practice counts as not adequate, in the unit of the score."""
        adequate = [level for level in self.cut_offs if level.adequate]
        return min(adequate, key=lambda level: level.at_least, default=None)

    @property
    def unit(self) -> str:
        """What a score is a percent of."""
        if self.rests_on_scale:
            return mark("percent of the maximum")
        counted = next(item.wording for item in self.items.values() if item.counts == "applicable")
        return say("percent of {counted}", counted=f"{counted[:1].lower()}{counted[1:]}")

    def levels(self) -> dict[str, float]:
        """Names of this version's cut-offs with the percent each begins at, highest first."""
        ordered = sorted(self.cut_offs, key=lambda level: -level.at_least)
        return {level.name: self.percent_of(level.at_least) for level in ordered}

    def item_counts(self) -> dict[str, int]:
        """How many items each component has, in the instrument's order."""
        held = [item.component for item in self.items.values()]
        return {name: held.count(name) for name in self.components}

    def bounds(self, component: str = "") -> tuple[float, float]:
        """Lowest and highest possible score of the total or a component, in the score's unit."""
        if self.score == "mean":
            return self.scale.lowest, self.scale.highest
        if self.score == "sum":
            table = self.item_table()
            counted = table["component"] == component if component else table["in_total"]
            count = int(counted.sum())
            return count * self.scale.lowest, count * self.scale.highest
        return 0.0, 100.0

    def percent_of(self, score: float) -> float:
        """Percent of the way from the lowest to the highest possible total."""
        lowest, highest = self.bounds()
        return round((score - lowest) / (highest - lowest) * 100, DIGITS)

    def in_own_unit(self, percent: pd.Series, component: str = "") -> pd.Series:
        """Scores in the unit in which this version states its cut-offs."""
        lowest, highest = self.bounds(component)
        return (lowest + percent * (highest - lowest) / 100).round(DIGITS)

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
        """Cut-offs as a table: ``name`` and ``at_least``, in percent whatever the score's unit."""
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
        If a file is not an instrument, two files declare the same version, or a study's file
        keys the items of a named instrument otherwise than was published.
    """
    found: dict[tuple[str, str], Instrument] = {}
    own: dict[str, Instrument] = {}
    for path in resource_files(INSTRUMENTS_FOLDER, "*.yml", study_folder):
        instrument = read_model(path, Instrument)
        if instrument.key in found:
            raise SettingsError(
                f"{path.name} declares {instrument.instrument} version {instrument.version}, "
                "which another file declares too."
            )
        found[instrument.key] = instrument
        if study_folder is not None and path.is_relative_to(study_folder):
            own[path.name] = instrument
    if own:
        published = load_instruments()
        for name, instrument in own.items():
            refuse_another_key(name, instrument, published)
    return {key: _said(instrument) for key, instrument in found.items()}


def _said(instrument: Instrument) -> Instrument:
    """Say an instrument's texts in the language in use, as far as a catalogue has them.

    Identifiers stay, and so do the answers: people answered the wording that they were shown.
    """
    if language.in_use() == language.ENGLISH:
        return instrument
    parts, items = instrument.components.items(), instrument.items.items()
    said = {
        "components": {name: part.said("title", "description") for name, part in parts},
        "items": {name: item.said("wording", "action") for name, item in items},
        "cut_offs": tuple(level.said("name") for level in instrument.cut_offs),
    }
    return instrument.said("title").model_copy(update=said)


def refuse_another_key(
    file_name: str, instrument: Instrument, published: dict[tuple[str, str], Instrument]
) -> None:
    """Refuse a file that keys a named instrument otherwise than was published.

    The published key is that of the same version, or of the only version that is known. Item
    names that both files have must stand under the same component.

    Raises
    ------
    SettingsError
        Naming the key of the file and the published one.
    """
    known = {
        version: one
        for (name, version), one in published.items()
        if name.casefold() == instrument.instrument.casefold() and one.published_counts
    }
    right = known.get(instrument.version) or (
        next(iter(known.values())) if len(known) == 1 else None
    )
    if right is None:
        return
    shared = right.items.keys() & instrument.items.keys()
    moved = [n for n in shared if right.items[n].component != instrument.items[n].component]
    if moved or instrument.item_counts() != right.published_counts:
        raise SettingsError(
            f"{file_name} keys {instrument.instrument} wrongly: it has "
            f"{said_counts(instrument.item_counts())}. The published key has "
            f"{said_counts(right.published_counts)}: {_said_key(right)}. Mend the key, or give "
            "another questionnaire another name."
        )


def said_counts(counts: dict[str, int]) -> str:
    """Write counts as words: ``5 of change_commitment and 7 of change_efficacy``."""
    said = [f"{count} of {name}" for name, count in counts.items()]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _said_key(instrument: Instrument) -> str:
    parts = []
    for component in instrument.components:
        names = [name for name, item in instrument.items.items() if item.component == component]
        parts.append(f"{component} is {', '.join(names)}")
    return "; ".join(parts)


def item_table(instruments: dict[tuple[str, str], Instrument]) -> pd.DataFrame:
    """Items of several instruments, one row an item as it stands in responses."""
    return pd.concat([one.item_table() for one in instruments.values()], ignore_index=True)


def used_in(
    responses: pd.DataFrame, instruments: dict[tuple[str, str], Instrument], kind: str
) -> Instrument:
    """Find the instrument of most of the responses of a kind.

    Without a response of the kind it is that of most responses, and without a response at all one
    of the kind with wording of its own.
    """
    pairs = list(responses[["instrument_id", "instrument_version"]].value_counts().index)
    ordered = [instruments[pair] for pair in pairs]
    of_kind = [each for each in ordered if each.kind == kind]
    defined = [each for each in instruments.values() if each.kind == kind]
    return (of_kind or ordered or sorted(defined, key=lambda each: not each.wording_shipped))[0]
