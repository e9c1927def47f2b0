"""Facts that only a series of rows can tell: codes used again, versions, items, sets of items."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from workbench.data.facts_context import Facts, Known, where_filled
from workbench.data.facts_responses import INSTRUMENT
from workbench.data.instruments import Instrument

LONGEST_GAP = 366
"""Days without a use after which a code may have passed to another person."""
FEWEST_FOR_AN_ITEM = 30
"""Answers below which an item's tie to the others says nothing."""
SURE = NormalDist().inv_cdf(0.995)
"""Standard errors to the upper end of a 99% interval."""
LARGEST_TIE = 1 - 1e-12
"""Correlation from which Fisher's transformation would have no end."""
UNITS = {
    "fidelity_responses": ["observation_id"],
    "driver_responses": ["assessment_id", "respondent_id"],
    "ownership_responses": ["plan_id", "rated_on", "respondent_role"],
}
"""Columns that tell one filled-in form from another."""


def code_facts(known: Known) -> Facts:
    """Whether codes of raters and practitioners may have passed to other people."""
    others = known.frame["rater_role"] != "self"
    # A day that has not come yet is a slip, and would make a gap of its own.
    past = known.frame["observed_on"] <= pd.Timestamp(known.as_of)
    frame = known.frame[others & past].drop_duplicates("observation_id")
    facts: Facts = {}
    for code, name in (("rater_id", "rater"), ("practitioner_id", "practitioner")):
        pairs = frame[[code, "observed_on"]].drop_duplicates().sort_values([code, "observed_on"])
        gaps = pairs.groupby(code)["observed_on"].diff().dt.days
        doubtful = pairs.loc[gaps > LONGEST_GAP, code]
        steady = ~known.frame[code].isin(doubtful)
        facts[f"{name}_code_is_in_steady_use"] = steady.astype("boolean").where(others)
        if known.has("site_id"):
            facts[f"{name}_is_at_one_site_on_a_day"] = _at_one_site(known, frame, code)
    if known.has("site_id") and (home := known.look_up("practitioner_id", "site_id")) is not None:
        facts["site_is_that_of_the_practitioner"] = where_filled(
            known.frame["site_id"] == home, known.frame["site_id"], home
        )
    return facts


def _at_one_site(known: Known, observations: pd.DataFrame, code: str) -> pd.Series:
    where = [code, "observed_on"]
    pairs = observations[[*where, "site_id"]].dropna().drop_duplicates()
    several = pairs[pairs.duplicated(where, keep=False)]
    both = observations.merge(several[where].drop_duplicates(), on=where)
    fact = ~known.frame["observation_id"].isin(both["observation_id"])
    return where_filled(fact, known.frame["site_id"])


def version_facts(known: Known) -> Facts:
    """Whether an instrument stays in one version through the series."""
    pairs = known.frame[INSTRUMENT].drop_duplicates()
    several = pairs.loc[pairs["instrument_id"].duplicated(), "instrument_id"]
    return {"instrument_keeps_its_version": ~known.frame["instrument_id"].isin(several)}


def item_facts(known: Known) -> Facts:
    """Whether items go with the others, and each form is filled in far enough to be scored."""
    frame = known.frame
    goes = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    enough = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    for (identifier, version), instrument in known.instruments.items():
        rows = (frame["instrument_id"] == identifier) & (frame["instrument_version"] == version)
        if not rows.any() or not instrument.rests_on_scale:
            continue
        form = _Form(frame[rows], UNITS[known.schema.table], instrument)
        goes[rows] = form.goes_with_the_rest()
        enough[rows] = form.has_enough_answers()
    return {"item_goes_with_the_others": goes, "enough_items_are_answered": enough}


class _Form:
    """Responses to one instrument as a matrix: a row a filled-in form, a column an item."""

    def __init__(self, rows: pd.DataFrame, unit: list[str], instrument: Instrument):
        table = instrument.item_table()
        self.instrument = instrument
        self.index = rows.index
        self.items = pd.Index(table["item_id"]).get_indexer(rows["item_id"])
        self.forms = rows.groupby(unit, sort=False, dropna=False).ngroup().to_numpy()
        values, applies = _numbers(rows["response"], instrument)
        shape = (self.forms.max() + 1, len(table))
        self.answers = np.full(shape, np.nan)
        self.not_applicable = np.zeros(shape, dtype=bool)
        there = self.items >= 0
        place = self.forms[there], self.items[there]
        self.answers[place] = values[there]
        self.not_applicable[place] = ~applies[there]
        turned = table["reversed"].to_numpy(dtype=bool)
        self.answers[:, turned] = (
            instrument.scale.lowest + instrument.scale.highest - self.answers[:, turned]
        )

    def goes_with_the_rest(self) -> pd.Series:
        """No where an item, turned round if reversed, clearly falls as the others rise.

        Clearly: the 99% interval of its correlation with the mean of the others, by Fisher's
        transformation, lies wholly below 0. Weak items fall below 0 by chance in small networks.
        Of 200 clean simulated networks each, 0 (12 practitioners, three quarters), 1 (3 sites, four
        quarters) and 0 (12 sites, 12 quarters) had such an item in their fidelity or driver
        responses; 142, 59 and 0 had one with a correlation below 0.
        """
        answered = ~np.isnan(self.answers)
        total = np.nansum(self.answers, axis=1, keepdims=True) - np.where(
            answered, self.answers, 0.0
        )
        others = answered.sum(axis=1, keepdims=True) - answered
        rest = np.divide(total, others, out=np.full_like(total, np.nan), where=others > 0)
        verdict = np.full(self.answers.shape[1] + 1, np.nan)
        for item in range(self.answers.shape[1]):
            both = answered[:, item] & ~np.isnan(rest[:, item])
            verdict[item] = _highest_tie(self.answers[both, item], rest[both, item])
        found = pd.Series(verdict[self.items], index=self.index)
        return (found >= 0).astype("boolean").where(found.notna())

    def has_enough_answers(self) -> pd.Series:
        """No where fewer of the items that apply were answered than a score needs."""
        answered = (~np.isnan(self.answers)).sum(axis=1)
        applicable = (~self.not_applicable).sum(axis=1)
        smallest = self.instrument.smallest_share_answered
        enough = answered >= smallest * applicable - 1e-9
        return pd.Series(enough[self.forms], index=self.index, dtype="boolean")


def _numbers(responses: pd.Series, instrument: Instrument) -> tuple[np.ndarray, np.ndarray]:
    """Responses as numbers, missing where they are none; and whether each applies."""
    places, texts = pd.factorize(responses)
    values = pd.Series(texts, dtype="str")
    codes = values.isin(instrument.scale.not_applicable)
    numbers = pd.to_numeric(values.mask(codes), errors="coerce")
    numbers = numbers.where(numbers.isin(instrument.scale.values))
    return (
        np.append(numbers.to_numpy(dtype=float), [np.nan])[places],
        np.append(~codes.to_numpy(dtype=bool), [True])[places],
    )


def _highest_tie(item: np.ndarray, rest: np.ndarray) -> float:
    """Upper end of the 99% interval of an item's correlation with the others.

    Missing where too few answers tell, or none move.
    """
    if len(item) < FEWEST_FOR_AN_ITEM or np.ptp(item) == 0 or np.ptp(rest) == 0:
        return float("nan")
    tie = np.clip(np.corrcoef(item, rest)[0, 1], -LARGEST_TIE, LARGEST_TIE)
    return float(np.tanh(np.arctanh(tie) + SURE / np.sqrt(len(item) - 3)))
