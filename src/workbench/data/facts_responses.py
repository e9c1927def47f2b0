"""Facts about responses to instruments: legal, of the instrument, of one piece of work."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.facts_context import Facts, Instruments, Known, is_consistent, where_filled
from workbench.data.instruments import Instrument, item_table

INSTRUMENT = ["instrument_id", "instrument_version"]
OBSERVED = [
    "practitioner_id",
    "rater_id",
    "rater_role",
    "observed_on",
    *INSTRUMENT,
]
DAYS_TO_RATE = 30
"""Days after an observation within which its rating can still rest on what was seen."""


def fidelity_facts(known: Known) -> Facts:
    """Facts about responses in observations of practice."""
    frame = known.frame
    is_self = frame["rater_role"] == "self"
    facts = _of_instrument(known, "rater_role") | {
        "observation_is_consistent": is_consistent(frame, "observation_id", OBSERVED),
        "rater_is_the_practitioner_only_if_self": is_self
        == (frame["rater_id"] == frame["practitioner_id"]),
        "rater_is_somebody_else": ~is_self,
    }
    hired = known.look_up("practitioner_id", "hired_on")
    if hired is not None:
        facts["observed_after_hiring"] = where_filled(frame["observed_on"] >= hired, hired)
    left = known.look_up("practitioner_id", "left_on")
    if left is not None:
        facts["observed_before_leaving"] = where_filled(frame["observed_on"] <= left, left)
    if known.has("site_id"):
        opened = known.look_up("site_id", "opened_on")
        if opened is not None:
            facts["observed_after_the_site_opened"] = where_filled(
                frame["observed_on"] >= opened, opened
            )
    if known.has("rated_on"):
        days = (frame["rated_on"] - frame["observed_on"]).dt.days
        facts["rated_within_30_days"] = where_filled(days <= DAYS_TO_RATE, days)
    return facts


def driver_facts(known: Known) -> Facts:
    """Facts about ratings of best practices."""
    frame = known.frame
    same = ["site_id", "assessed_on", *INSTRUMENT]
    in_two = frame.duplicated(["respondent_id", "site_id", "assessed_on", "item_id"], keep=False)
    one_a_time = frame.duplicated(
        ["assessment_id", "respondent_id", "site_id", "assessed_on", "item_id"], keep=False
    )
    roles = frame[["assessment_id", "respondent_id", "respondent_role"]].drop_duplicates()
    several = roles[roles.duplicated(["assessment_id", "respondent_id"], keep=False)]
    doubtful = pd.MultiIndex.from_frame(several[["assessment_id", "respondent_id"]])
    pairs = pd.MultiIndex.from_frame(frame[["assessment_id", "respondent_id"]])
    return _of_instrument(known, "respondent_role") | {
        "assessment_is_consistent": is_consistent(frame, "assessment_id", same),
        # A row whose very key stands twice is set aside for that already.
        "respondent_answers_once_a_day": ~in_two | one_a_time,
        "respondent_has_one_role": pd.Series(~pairs.isin(doubtful), index=frame.index),
    }


def ownership_facts(known: Known) -> Facts:
    """Facts about answers to a scale of ownership."""
    frame = known.frame
    rating = ["plan_id", "rated_on", "respondent_role"]
    pairs = frame[[*rating, *INSTRUMENT]].drop_duplicates()
    several = pairs[pairs.duplicated(rating, keep=False)]
    mixed = pd.MultiIndex.from_frame(frame[rating]).isin(pd.MultiIndex.from_frame(several[rating]))
    return _of_instrument(known, "respondent_role") | {
        "rating_is_by_one_instrument": pd.Series(~mixed, index=frame.index)
    }


def _of_instrument(known: Known, role_column: str) -> Facts:
    """Tell whether instrument, item, role and value are those that an instrument declares."""
    frame, instruments = known.frame, known.instruments
    key = pd.MultiIndex.from_frame(frame[INSTRUMENT])
    defined = pd.Series(key.isin(list(instruments)), index=frame.index)
    items = item_table(instruments) if instruments else pd.DataFrame(columns=["item_id"])
    item_in, legal, may_respond = (pd.Series(False, index=frame.index) for _ in range(3))
    for (identifier, version), instrument in instruments.items():
        rows = (frame["instrument_id"] == identifier) & (frame["instrument_version"] == version)
        if not rows.any():
            continue
        of_it = (items["instrument_id"] == identifier) & (items["instrument_version"] == version)
        item_in[rows] = frame.loc[rows, "item_id"].isin(items.loc[of_it, "item_id"])
        legal[rows] = is_legal(frame.loc[rows, "response"], instrument)
        may_respond[rows] = frame.loc[rows, role_column].isin(instrument.respondents)
    answered = frame["response"].notna()
    return {
        "instrument_is_defined": defined,
        "item_is_in_the_instrument": item_in.astype("boolean").where(defined),
        "response_is_legal": legal.astype("boolean").where(defined & item_in & answered),
        f"{role_column}_may_respond": may_respond.astype("boolean").where(defined),
    }


def is_legal(responses: pd.Series, instrument: Instrument) -> pd.Series:
    """Whether each response is a value of the instrument's scale or a not-applicable code."""
    places, texts = pd.factorize(responses)
    values = pd.Series(texts, dtype="str")
    codes = values.isin(instrument.scale.not_applicable)
    numbers = pd.to_numeric(values.mask(codes), errors="coerce")
    if instrument.scale.values:  # noqa: PD011 (a field of ours)
        legal = codes | numbers.isin(instrument.scale.values)
    else:
        legal = codes | ((numbers >= 0) & (numbers % 1 == 0))
    # The place -1 of a missing response finds the False put at the end.
    found = np.append(legal.to_numpy(dtype=bool), [False])[places]
    return pd.Series(found, index=responses.index)


__all__ = ["Instruments", "driver_facts", "fidelity_facts", "is_legal", "ownership_facts"]
