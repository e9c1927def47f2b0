"""Frequency, coverage and totals of coaching at sites, kept apart.

In BetterBirth the visits a month and the share of staff coached went with practice, and the total
of visits so far did not (GHSP-D-19-00317). Each is a number of a site and quarter. Its own straight
line at the site is taken out, so that a site whose practice falls while coaching is built up does
not count, and it is set beside the fidelity observed at the site in that quarter, by the growth
model with an effect of each site and quarter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dose_rows import COACHING
from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.lag_kernel_products import within_units
from workbench.models.mixed import fit_mixed_model
from workbench.models.multiple_tests import holm
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.wording import count_of

TERMS = {
    mark("frequency"): "frequency",
    mark("coverage"): "coverage",
    mark("total so far"): "total_so_far",
}
SITE_COLUMNS = [
    "term",
    "estimate",
    "conf_low",
    "conf_high",
    "alone_estimate",
    "alone_low",
    "alone_high",
    "p_value",
    "p_adjusted",
    "shown",
    "n_site_quarters",
    "n_sites",
    "n_practitioners",
    "reason",
]
ERROR_RATE = 0.05
FEWEST_SITES = 5
FEWEST_QUARTERS = 4
"""Quarters of a site with observations, for it to tell of more than its own line."""
SITE_QUARTER, RATERS = "(1 | site_quarter)", " + (1 | rater_id)"
ACTS, SHARE = 10.0, 0.1


def dose_at_sites(
    by_observation: pd.DataFrame, given: pd.DataFrame, practitioners: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Set fidelity beside a site's coaching in the quarter, and say why where it can't be."""
    empty = pd.DataFrame(columns=SITE_COLUMNS)
    acts = given.reindex(columns=["support_id", "practitioner_id", "site_id", "quarter", "kind"])
    acts = acts[acts["kind"].isin(COACHING)]
    if acts.empty:
        return empty, say("no coaching was handed in.")
    frame = with_site_quarters(by_observation, acts, practitioners)
    reason = _too_few(frame)
    if reason:
        return empty, reason
    frame = _lines_out(frame)
    able = [name for name, column in TERMS.items() if frame[column].std() > 1e-8]
    joint, why = _fitted(frame, [TERMS[name] for name in able])
    rows = []
    for name in able:
        alone, why_alone = _fitted(frame, [TERMS[name]])
        rows.append(_row(name, joint, alone, why or why_alone, frame))
    table = pd.DataFrame(rows, columns=SITE_COLUMNS)
    table["p_adjusted"] = holm(table["p_value"])
    table["shown"] = table["p_adjusted"] < ERROR_RATE
    return table, "" if table["p_value"].notna().any() else (
        why or say("coaching hardly differed.")
    )


def with_site_quarters(
    by_observation: pd.DataFrame, acts: pd.DataFrame, practitioners: pd.DataFrame
) -> pd.DataFrame:
    """Observations from the record's first quarter on, with their site's coaching in the quarter.

    Adds ``frequency`` (acts a month at the site), ``coverage`` (in units of 10% of those in post
    who got any) and ``total_so_far`` (in units of 10 acts, before the quarter).
    """
    first_label = acts["quarter"].min()
    frame = by_observation[by_observation["quarter"] >= first_label]
    # A site-wide act has a row for everybody it covered, and is one act.
    by_quarter = acts.groupby(["site_id", "quarter"]).agg(
        acts=("support_id", "nunique"), covered=("practitioner_id", "nunique")
    )
    quarters = sorted(set(frame["quarter"]) | set(acts["quarter"]))
    sites = frame["site_id"].unique()
    whole = pd.MultiIndex.from_product([sites, quarters], names=["site_id", "quarter"])
    by_quarter = by_quarter.reindex(whole, fill_value=0).reset_index()
    by_quarter["total"] = by_quarter.groupby("site_id")["acts"].cumsum() - by_quarter["acts"]
    by_quarter["in_post"] = _in_post(by_quarter, by_observation, practitioners)
    most = by_quarter[["in_post", "covered"]].max(axis=1).clip(lower=1)
    by_quarter = by_quarter.assign(
        frequency=by_quarter["acts"] / 3,
        coverage=by_quarter["covered"] / most / SHARE,
        total_so_far=by_quarter["total"] / ACTS,
    )
    columns = ["site_id", "quarter", *TERMS.values()]
    frame = frame.merge(by_quarter[columns], on=["site_id", "quarter"], how="left")
    labels = frame["site_id"].astype("str") + " " + frame["quarter"].astype("str")
    return frame.assign(site_quarter=labels)


def _in_post(
    by_quarter: pd.DataFrame, by_observation: pd.DataFrame, practitioners: pd.DataFrame
) -> np.ndarray:
    """Practitioners in post some day of each site's quarter."""
    columns = ["practitioner_id", "site_id", "hired_on", "trained_on", "left_on"]
    people = practitioners.reindex(columns=columns)
    came = pd.to_datetime(people["hired_on"]).fillna(pd.to_datetime(people["trained_on"]))
    left = pd.to_datetime(people["left_on"])
    one = by_observation.iloc[0]
    day = pd.Timestamp(one["observed_on"]) - pd.Timedelta(
        days=float(one["quarters"]) * DAYS_IN_A_QUARTER
    )
    start, origin = day.round("D"), by_observation["quarter"].min()
    counts = {}
    for label in by_quarter["quarter"].unique():
        first = start + pd.DateOffset(months=3 * (_number(label) - _number(origin)))
        last = first + pd.DateOffset(months=3)
        there = ~(came >= last) & ~(left <= first)
        counts[label] = people.loc[there, "site_id"].value_counts()
    pairs = zip(by_quarter["site_id"], by_quarter["quarter"], strict=True)
    return np.array([counts[quarter].get(site, 0) for site, quarter in pairs], dtype=float)


def _number(label: str) -> int:
    return int(label[:4]) * 4 + int(label[-1])


def _too_few(frame: pd.DataFrame) -> str:
    quarters = frame.groupby("site_id")["quarter"].nunique()
    able = int((quarters >= FEWEST_QUARTERS).sum())
    if able >= FEWEST_SITES:
        return ""
    return say(
        "{have} observations in {quarters} or more quarters since coaching is on record, and "
        "{fewest} are needed.",
        have=count_of(able, "site has", "sites have"),
        quarters=FEWEST_QUARTERS,
        fewest=FEWEST_SITES,
    )


def _lines_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Take each site's own mean and line out of its coaching."""
    columns = list(TERMS.values())
    units = np.unique(frame["site_id"].astype("str"), return_inverse=True)[1]
    times = np.array([_number(label) for label in frame["quarter"].astype("str")], dtype=float)
    within = within_units(units, times, frame[columns].to_numpy(float))
    return frame.assign(**dict(zip(columns, within.T, strict=True)))


def _fitted(frame: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame | None, str]:
    design = growth_design(frame).formula.replace(RATERS, "")
    fixed, *random = design.split(" + (")
    parts = [fixed, *columns, *(f"({part}" for part in random), SITE_QUARTER]
    try:
        fit = fit_mixed_model(" + ".join(parts), one_site_each(frame))
    except ModelRefused as error:
        return None, say("the model can't be fitted. {why}", why=error)
    return (fit.tidy().set_index("term"), "") if fit.usable else (None, fit.why_not)


def _row(
    name: str,
    joint: pd.DataFrame | None,
    alone: pd.DataFrame | None,
    why: str,
    frame: pd.DataFrame,
) -> dict[str, object]:
    row: dict[str, object] = {
        **dict.fromkeys(SITE_COLUMNS, np.nan),
        "term": name,
        "n_site_quarters": frame["site_quarter"].nunique(),
        "n_sites": frame["site_id"].nunique(),
        "n_practitioners": frame["practitioner_id"].nunique(),
        "reason": why,
    }
    sources = ((joint, "estimate", "conf_"), (alone, "alone_estimate", "alone_"))
    for tidy, estimate, ends in sources:
        if tidy is not None:
            mine = tidy.loc[TERMS[name]]
            row[estimate] = mine["estimate"]
            row[f"{ends}low"], row[f"{ends}high"] = mine["conf_low"], mine["conf_high"]
    if joint is not None:
        row["p_value"] = joint.loc[TERMS[name], "p_value"]
    return row
