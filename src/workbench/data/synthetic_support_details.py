"""Length, focus and giver of each act of support of the example network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters

KIND = "recertification"
MINUTES = 360
MINUTES_OF_RECERTIFICATION = 180
MINUTES_OF_A_TALK = {"coaching": (60.0, 15.0), "supervision": (50.0, 10.0)}
"""Mean and spread; a talk is never shorter than 15 minutes."""
PROGRAMME = "T01"


def described(
    acts: pd.DataFrame,
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Acts in order of date with a code, their length, their focus and who gave them."""
    order = ["occurred_on", "kind", "practitioner_id", "site_id"]
    frame = acts.sort_values(order, kind="stable", ignore_index=True)
    people = practitioners.set_index("practitioner_id")
    named = frame["practitioner_id"].map(people["site_id"])
    site = frame["site_id"].where(frame["site_id"].notna(), named)
    coach, head = "C" + site.astype("str"), frame["practitioner_id"].map(people["supervisor_id"])
    kind = frame["kind"]
    given = coach.where(kind == "coaching", head.where(kind == "supervision", PROGRAMME))
    length, focus = random.standard_normal(len(frame)), random.random(len(frame))
    return frame.assign(
        support_id=[f"U{number:05d}" for number in range(1, len(frame) + 1)],
        minutes=_minutes(kind, length),
        focus=_focus(kind, site, focus, by_site, parameters),
        provided_by=given,
    )


def _minutes(kind: pd.Series, luck: np.ndarray) -> np.ndarray:
    minutes = np.where(kind == KIND, MINUTES_OF_RECERTIFICATION, MINUTES)
    for name, (mean, spread) in MINUTES_OF_A_TALK.items():
        talk = np.maximum(5 * np.rint((mean + spread * luck) / 5), 15)
        minutes = np.where(kind == name, talk, minutes)
    return minutes.astype(int)


def _focus(
    kind: pd.Series,
    site: pd.Series,
    luck: np.ndarray,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
) -> np.ndarray:
    truth = parameters.supports
    places = [place for place in truth.administrative_sites if place < len(by_site)]
    there = site.isin(by_site["site_id"].iloc[places])
    office = np.where(there, truth.share_administrative_there, truth.share_administrative)
    mixed = luck > office + (1 - office) / 2
    talk = np.where(luck < office, "administrative", np.where(mixed, "mixed", "skill"))
    coached = np.where(luck < truth.share_coaching_on_skill, "skill", "mixed")
    return np.where(kind == "supervision", talk, np.where(kind == "coaching", coached, "skill"))
