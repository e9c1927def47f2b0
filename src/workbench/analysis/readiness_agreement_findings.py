"""Whether respondents agree enough for a score of the site, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

AGREE, AGREE_QUESTION = "readiness.agreement", "Do those who answered agree enough for one score?"
HOLD, HOLD_QUESTION = "readiness.consistency", "Do the best practices of a driver go together?"
USUAL_FLOOR = 0.70


def agreement_findings(
    agreement: pd.DataFrame, consistency: pd.DataFrame, smallest: float
) -> list[Finding]:
    """Make findings on agreement for the network and each site, and one on consistency."""
    about: dict[str, Any] = {"evidence": "tables/driver_agreement.parquet"}
    if agreement.empty:
        return [
            not_estimable(AGREE, AGREE_QUESTION, "no driver assessment was handed in.", **about)
        ]
    sites = [
        _of_site(str(site), rows, smallest, about)
        for site, rows in agreement.groupby("site_id", sort=True)
    ]
    return [_of_network(agreement, smallest, about), *sites, _consistency(consistency)]


def _of_network(table: pd.DataFrame, smallest: float, about: dict[str, Any]) -> Finding:
    tested = table[table["rwg"].notna()]
    people = int(table.groupby("site_id")["n_respondents"].max().sum())
    about = {**about, "n": len(tested), "n_of": "scores of a driver at a site"}
    if tested.empty:
        why = "no site has two respondents who rated the same driver."
        return not_estimable(AGREE, AGREE_QUESTION, why, n_practitioners=people, **about)
    enough = int((tested["rwg"] >= smallest).sum())
    alike = tested.groupby("name")[["icc1", "icc2"]].first()
    between = ""
    if alike["icc1"].notna().any():
        between = (
            " Between sites lies, by driver, from "
            f"{number(100 * alike['icc1'].min())}% to {number(100 * alike['icc1'].max())}% of the "
            "differences between respondents (ICC(1))."
        )
    return Finding(
        id=AGREE,
        question=AGREE_QUESTION,
        statement=f"Of {len(tested):,} scores of a driver at a site, {enough:,} rest on "
        f"respondents who agree enough (r*wg(j) of {number(smallest, 2)} or more); the other "
        f"{len(tested) - enough:,} are withheld.{between}",
        estimate=100 * enough / len(tested),
        unit="percent of the scores",
        n_practitioners=people,
        **about,
    )


def _of_site(site: str, table: pd.DataFrame, smallest: float, about: dict[str, Any]) -> Finding:
    people = int(table["n_respondents"].max())
    about = {**about, "site_id": site, "n": people, "n_of": "respondents"}
    about["n_practitioners"] = people
    tested = table[table["rwg"].notna()]
    if tested.empty:
        return not_estimable(AGREE, AGREE_QUESTION, str(table["reason"].iloc[0]), **about)
    apart = tested[tested["rwg"] < smallest].sort_values("rwg", kind="stable")
    said = (
        f"Those who answered agree enough on each of {count_of(len(tested), 'driver')}."
        if apart.empty
        else f"Those who answered don't agree enough on {count_of(len(apart), 'driver')}: "
        f"{one_of(list(apart['title'].str.lower()))}. "
        f"{'Its score is' if len(apart) == 1 else 'Their scores are'} withheld."
    )
    lowest = tested.sort_values("rwg", kind="stable").iloc[0]
    return Finding(
        id=AGREE,
        question=AGREE_QUESTION,
        statement=f"{said} The lowest agreement, on {lowest['title'].lower()}, is "
        f"{number(lowest['rwg'], 2)} (r*wg(j); 1 is full agreement, 0 is chance, the setting is "
        f"{number(smallest, 2)}).",
        estimate=float(lowest["rwg"]),
        unit="r*wg(j)",
        **about,
    )


def _consistency(table: pd.DataFrame) -> Finding:
    people = int(table["n_respondents"].max()) if len(table) else 0
    about: dict[str, Any] = {
        "n": people,
        "n_of": "respondents",
        "n_practitioners": people,
        "evidence": "tables/driver_consistency.parquet",
    }
    known = table[table["alpha_low"].notna()]
    if known.empty:
        why = "too few respondents answered all best practices of a driver."
        return not_estimable(HOLD, HOLD_QUESTION, why, **about)
    low = known.sort_values("alpha", kind="stable").iloc[0]
    loose = known[known["alpha_high"] < USUAL_FLOOR]
    said = (
        "No driver is surely below the usual floor of 0.70."
        if loose.empty
        else f"Surely below the usual floor of 0.70: {one_of(list(loose['title'].str.lower()))}. "
        "Look there at single best practices rather than at the score of the driver."
    )
    return Finding(
        id=HOLD,
        question=HOLD_QUESTION,
        statement=f"{said} The lowest alpha is that of {low['title'].lower()}, "
        f"{number(low['alpha'], 2)} (95% interval "
        f"{interval(low['alpha_low'], low['alpha_high'], 2)}, {count_of(people, 'respondent')}).",
        estimate=float(low["alpha"]),
        conf_low=float(low["alpha_low"]),
        conf_high=float(low["alpha_high"]),
        unit="Cronbach's alpha",
        **about,
    )
