"""Scores from responses, by the rules that the instrument declares.

A score is the weighted mean of item percents: (response - lowest) / (highest - lowest) x 100, with
reversed items turned round, over the items that apply and were answered. It is given only where
the instrument's smallest share of applicable items was answered.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.cut_offs import every_component, reaches
from workbench.data.facts import Instruments
from workbench.data.instruments import Instrument, item_table
from workbench.kept_sentences import TOO_FEW_ANSWERED
from workbench.language import mark

INSTRUMENT_KEY = ["instrument_id", "instrument_version"]
OBSERVATION = [
    "observation_id",
    *INSTRUMENT_KEY,
    "practitioner_id",
    "site_id",
    "observed_on",
    "rated_on",
    "rater_id",
    "rater_role",
]
ANSWERED = ["assessment_id", "respondent_id"]
ASSESSMENT = [*ANSWERED, "respondent_role", "site_id", "assessed_on", *INSTRUMENT_KEY]
ASSESSED = [
    "component",
    "component_title",
    "score",
    "percent",
    "items_answered",
    "items_applicable",
    "share_answered",
    "why_not_scored",
]
RATED = ["plan_id", "rated_on", "respondent_role"]
OWNERSHIP = [
    *RATED,
    *INSTRUMENT_KEY,
    "ownership",
    "share_answered",
    "why_not_scored",
]

SCORES = {
    "observation_id": "str",
    "fidelity": "float64",
    "items_answered": "int64",
    "items_applicable": "float64",
    "share_answered": "float64",
    "weight": "float64",
    "why_not_scored": "str",
}


def value_responses(responses: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Responses with what they are worth: one row a response.

    Adds the item's ``component``, ``component_title``, ``core``, ``weight``, ``segment``,
    ``in_total`` and ``counts``; ``applies`` (False for a not-applicable code), ``number`` (the
    response as a number) and ``percent`` (0 to 100, reversed items turned round; missing where
    not answered or not applicable).
    """
    items = item_table(instruments)
    valued = responses.merge(items, on=[*INSTRUMENT_KEY, "item_id"], how="left", validate="m:1")
    valued["applies"] = True
    valued["number"] = np.nan
    valued["percent"] = np.nan
    for (identifier, version), instrument in instruments.items():
        rows = (valued["instrument_id"] == identifier) & (valued["instrument_version"] == version)
        if rows.any():
            _value(valued, rows, instrument)
    return valued


def _value(valued: pd.DataFrame, rows: pd.Series, instrument: Instrument) -> None:
    not_applicable = valued.loc[rows, "response"].isin(instrument.scale.not_applicable)
    valued.loc[rows, "applies"] = ~not_applicable
    numbers = pd.to_numeric(valued.loc[rows, "response"].mask(not_applicable), errors="coerce")
    valued.loc[rows, "number"] = numbers
    if not instrument.rests_on_scale:
        return
    lowest, highest = instrument.scale.lowest, instrument.scale.highest
    turned = numbers.where(~valued.loc[rows, "reversed"].astype(bool), lowest + highest - numbers)
    valued.loc[rows, "percent"] = (turned - lowest) / (highest - lowest) * 100


def score_observations(valued: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Fidelity of each observation: one row an observation.

    Parameters
    ----------
    valued
        Fidelity responses from :func:`value_responses`.
    instruments
        Instruments by identifier and version.

    Returns
    -------
    DataFrame
        ``observation_id``, its practitioner, rater and dates; ``fidelity`` (percent, missing where
        not scored); ``items_answered``, ``items_applicable``, ``share_answered``; ``weight``
        (the denominator, for instruments scored as met of applicable, else 1); ``cut_off`` and
        ``meets_cut_off`` by the version used; ``why_not_scored``.
    """
    header = [name for name in OBSERVATION if name in valued.columns]
    observations = valued.drop_duplicates("observation_id")[header].reset_index(drop=True)
    parts = [
        _scores(valued, instrument, ["observation_id"], instrument_key)
        for instrument_key, instrument in instruments.items()
    ]
    filled = [part for part in parts if len(part)]
    nothing = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in SCORES.items()})
    scores = pd.concat(filled, ignore_index=True) if filled else nothing
    scored = observations.merge(scores, on="observation_id", how="left", validate="1:1")
    keys = list(zip(scored["instrument_id"], scored["instrument_version"], strict=True))
    asked = [instruments[key].lowest_cut_off if key in instruments else None for key in keys]
    scored["cut_off"] = [
        instruments[key].percent_of(level.at_least) if level else np.nan
        for key, level in zip(keys, asked, strict=True)
    ]
    above = pd.Series([bool(level and level.above) for level in asked], index=scored.index)
    meets = reaches(scored["fidelity"], scored["cut_off"], above)
    scored["meets_cut_off"] = meets & _components_reach(valued, scored, instruments)
    return scored


def _components_reach(
    valued: pd.DataFrame, scored: pd.DataFrame, instruments: Instruments
) -> pd.Series:
    """Whether all components reach the cut-off; yes where the instrument does not ask for it."""
    reach = pd.Series(True, index=scored.index, dtype="boolean")
    for (identifier, version), instrument in instruments.items():
        level = instrument.lowest_cut_off
        if level is None or not level.each_component:
            continue
        scores = score_components(valued, {instrument.key: instrument})
        by_unit = scores.set_index("observation_id")["fidelity"]
        reached = reaches(by_unit, instrument.percent_of(level.at_least), level.above)
        every = every_component(reached, len(instrument.components))
        mine = (scored["instrument_id"] == identifier) & (scored["instrument_version"] == version)
        reach = reach.mask(mine, scored["observation_id"].map(every).astype("boolean"))
    return reach


def score_components(valued: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Score each component of each observation: one row an observation and component.

    ``component_order`` is the component's place in its instrument.
    """
    parts = []
    for key, instrument in instruments.items():
        if not instrument.rests_on_scale:
            continue
        scores = _scores(valued, instrument, ["observation_id", "component"], key)
        if len(scores):
            places = {name: place for place, name in enumerate(instrument.components)}
            titles = {name: each.title for name, each in instrument.components.items()}
            parts.append(
                scores.assign(
                    component_title=scores["component"].map(titles),
                    component_order=scores["component"].map(places),
                )
            )
    names = ["observation_id", "component", "component_title", "component_order", "fidelity"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)


def score_assessments(valued: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Score each respondent's answers in each assessment, in total and by component.

    Parameters
    ----------
    valued
        Driver responses from :func:`value_responses`.
    instruments
        Instruments by identifier and version.

    Returns
    -------
    DataFrame
        One row an assessment, respondent and component, and one for the total, where
        ``component`` is empty: who answered where and when, ``score`` (in the unit in which the
        version states its cut-offs), ``percent``, ``items_answered``, ``items_applicable``,
        ``share_answered``, ``why_not_scored``. Without enough answers there is no score.
    """
    header = valued.drop_duplicates(ANSWERED)[ASSESSMENT]
    parts = []
    for key, instrument in instruments.items():
        total = _scores(valued, instrument, ANSWERED, key)
        if total.empty:
            continue
        both = [total.assign(component="")]
        if instrument.rests_on_scale and instrument.components:
            both.append(_scores(valued, instrument, [*ANSWERED, "component"], key))
        for component, scores in pd.concat(both).groupby("component", sort=False):
            title = instrument.components[str(component)].title if component else ""
            own = instrument.in_own_unit(scores["fidelity"], str(component))
            parts.append(scores.assign(component_title=title, score=own))
    if not parts:
        return pd.DataFrame(columns=[*ASSESSMENT, *ASSESSED])
    scored = pd.concat(parts, ignore_index=True).rename(columns={"fidelity": "percent"})
    return header.merge(scored[[*ANSWERED, *ASSESSED]], on=ANSWERED, validate="1:m")


def score_ownership(valued: pd.DataFrame, instruments: Instruments) -> pd.DataFrame:
    """Ownership of a plan as somebody rated it: one row a plan, day and respondent role.

    Parameters
    ----------
    valued
        Ownership responses from :func:`value_responses`; without columns if none were handed in.
    instruments
        Instruments by identifier and version.

    Returns
    -------
    DataFrame
        ``plan_id, rated_on, respondent_role, instrument_id, instrument_version, ownership``
        (percent of full points, missing where not scored), ``share_answered, why_not_scored``.
    """
    parts = []
    for key, instrument in instruments.items():
        scores = _scores(valued, instrument, RATED, key) if len(valued) else pd.DataFrame()
        if len(scores):
            named = dict(zip(INSTRUMENT_KEY, key, strict=True))
            parts.append(scores.rename(columns={"fidelity": "ownership"}).assign(**named))
    if not parts:
        return pd.DataFrame(columns=OWNERSHIP)
    return pd.concat(parts, ignore_index=True)[OWNERSHIP]


def _scores(
    valued: pd.DataFrame, instrument: Instrument, unit: list[str], key: tuple[str, str]
) -> pd.DataFrame:
    rows = valued[(valued["instrument_id"] == key[0]) & (valued["instrument_version"] == key[1])]
    if rows.empty:
        return pd.DataFrame()
    if instrument.score == "met_of_applicable":
        return _met_of_applicable(rows, unit)
    if "component" not in unit:
        rows = rows[rows["in_total"].astype(bool)]
    return _percent_of_maximum(rows, instrument, unit)


def _met_of_applicable(rows: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    by_unit = rows.set_index([*unit, "counts"])["number"]
    counts = by_unit.unstack().reindex(columns=["met", "applicable"])  # noqa: PD010
    met, applicable = counts["met"], counts["applicable"]
    possible = (applicable > 0) & (met <= applicable)
    return pd.DataFrame(
        {
            "fidelity": (met / applicable * 100).where(possible),
            "items_answered": counts.notna().sum(axis=1),
            "items_applicable": 2,
            "share_answered": counts.notna().mean(axis=1),
            "weight": applicable,
            "why_not_scored": np.where(possible, "", mark("the counts are missing or don't fit")),
        }
    ).reset_index()


def _percent_of_maximum(
    rows: pd.DataFrame, instrument: Instrument, unit: list[str]
) -> pd.DataFrame:
    expected = _expected_items(rows, instrument, unit)
    answered = rows[rows["percent"].notna()]
    weighted = (answered["percent"] * answered["weight"]).groupby([answered[name] for name in unit])
    weights = answered.groupby(unit)["weight"].sum()
    not_applicable = (~rows["applies"]).groupby([rows[name] for name in unit]).sum()
    scores = pd.DataFrame({"items_expected": expected, "not_applicable": not_applicable})
    scores["items_answered"] = answered.groupby(unit).size()
    scores["items_answered"] = scores["items_answered"].fillna(0).astype(int)
    scores["items_applicable"] = scores["items_expected"] - scores["not_applicable"]
    scores["share_answered"] = scores["items_answered"] / scores["items_applicable"].where(
        scores["items_applicable"] > 0
    )
    enough = scores["share_answered"] >= instrument.smallest_share_answered
    scores["fidelity"] = (weighted.sum() / weights).reindex(scores.index).where(enough)
    scores["weight"] = 1.0
    scores["why_not_scored"] = np.where(
        enough,
        "",
        TOO_FEW_ANSWERED.format(share=f"{instrument.smallest_share_answered:.0%}"),
    )
    return scores.drop(columns=["items_expected", "not_applicable"]).reset_index()


def _expected_items(rows: pd.DataFrame, instrument: Instrument, unit: list[str]) -> pd.Series:
    """How many items each unit should have answered; only segments that were rated count."""
    items = instrument.item_table()
    if "component" not in unit:
        items = items[items["in_total"]]
    segments = rows[rows["response"].notna()].drop_duplicates([*unit, "segment"])
    by = ["component", "segment"] if "component" in unit else ["segment"]
    per_segment = items.groupby(by).size().rename("expected").reset_index()
    return segments.merge(per_segment, on=by).groupby(unit)["expected"].sum()
