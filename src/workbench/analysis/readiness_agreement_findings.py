"""Whether respondents agree enough for a score of the site, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

AGREE, HOLD = "readiness.agreement", "readiness.consistency"
AGREE_QUESTION = mark("Do those who answered agree enough for one score?")
HOLD_QUESTION = mark("Do the best practices of a driver go together?")
USUAL_FLOOR = 0.70


def agreement_findings(
    agreement: pd.DataFrame, consistency: pd.DataFrame, smallest: float
) -> list[Finding]:
    """Make findings on agreement for the network and each site, and one on consistency."""
    about: dict[str, Any] = {"evidence": "tables/driver_agreement.parquet"}
    if agreement.empty:
        why = say("no driver assessment was handed in.")
        return [not_estimable(AGREE, say(AGREE_QUESTION), why, **about)]
    sites = [
        _of_site(str(site), rows, smallest, about)
        for site, rows in agreement.groupby("site_id", sort=True)
    ]
    return [_of_network(agreement, smallest, about), *sites, _consistency(consistency)]


def _of_network(table: pd.DataFrame, smallest: float, about: dict[str, Any]) -> Finding:
    tested = table[table["rwg"].notna()]
    people = int(table.groupby("site_id")["n_respondents"].max().sum())
    about = {**about, "n": len(tested), "n_of": mark("scores of a driver at a site")}
    if tested.empty:
        why = say("no site has two respondents who rated the same driver.")
        return not_estimable(AGREE, say(AGREE_QUESTION), why, n_practitioners=people, **about)
    enough = int((tested["rwg"] >= smallest).sum())
    alike = tested.groupby("name")[["icc1", "icc2"]].first()
    parts = [
        say(
            "Of {scores:,} scores of a driver at a site, {enough:,} rest on respondents who agree "
            "enough (r*wg(j) of {setting} or more); the other {withheld:,} are withheld.",
            scores=len(tested),
            enough=enough,
            setting=number(smallest, 2),
            withheld=len(tested) - enough,
        )
    ]
    if alike["icc1"].notna().any():
        between = say(
            "Between sites lies, by driver, from {least}% to {most}% of the differences between "
            "respondents (ICC(1)).",
            least=number(100 * alike["icc1"].min()),
            most=number(100 * alike["icc1"].max()),
        )
        parts.append(between)
    return Finding(
        id=AGREE,
        question=say(AGREE_QUESTION),
        statement=" ".join(parts),
        estimate=100 * enough / len(tested),
        unit=mark("percent of the scores"),
        n_practitioners=people,
        **about,
    )


def _of_site(site: str, table: pd.DataFrame, smallest: float, about: dict[str, Any]) -> Finding:
    people = int(table["n_respondents"].max())
    about = {**about, "site_id": site, "n": people, "n_of": mark("respondents")}
    about["n_practitioners"] = people
    tested = table[table["rwg"].notna()]
    if tested.empty:
        return not_estimable(AGREE, say(AGREE_QUESTION), str(table["reason"].iloc[0]), **about)
    apart = tested[tested["rwg"] < smallest].sort_values("rwg", kind="stable")
    lowest = tested.sort_values("rwg", kind="stable").iloc[0]
    least = say(
        "The lowest agreement, on {driver}, is {agreement} (r*wg(j); 1 is full agreement, 0 is "
        "chance, the setting is {setting}).",
        driver=lowest["title"].lower(),
        agreement=number(lowest["rwg"], 2),
        setting=number(smallest, 2),
    )
    return Finding(
        id=AGREE,
        question=say(AGREE_QUESTION),
        statement=f"{_who_agree(tested, apart)} {least}",
        estimate=float(lowest["rwg"]),
        unit=mark("r*wg(j)"),
        **about,
    )


def _who_agree(tested: pd.DataFrame, apart: pd.DataFrame) -> str:
    """Say on how many drivers respondents agree enough, or on which they don't."""
    if apart.empty:
        drivers = count_of(len(tested), "driver")
        return say("Those who answered agree enough on each of {drivers}.", drivers=drivers)
    said = say(
        "Those who answered don't agree enough on {drivers}: {named}.",
        drivers=count_of(len(apart), "driver"),
        named=one_of(list(apart["title"].str.lower())),
    )
    withheld = (
        say("Its score is withheld.") if len(apart) == 1 else say("Their scores are withheld.")
    )
    return f"{said} {withheld}"


def _consistency(table: pd.DataFrame) -> Finding:
    people = int(table["n_respondents"].max()) if len(table) else 0
    about: dict[str, Any] = {
        "n": people,
        "n_of": mark("respondents"),
        "n_practitioners": people,
        "evidence": "tables/driver_consistency.parquet",
    }
    known = table[table["alpha_low"].notna()]
    if known.empty:
        why = say("too few respondents answered all best practices of a driver.")
        return not_estimable(HOLD, say(HOLD_QUESTION), why, **about)
    low = known.sort_values("alpha", kind="stable").iloc[0]
    loose = known[known["alpha_high"] < USUAL_FLOOR]
    said = (
        say("No driver is surely below the usual floor of 0.70.")
        if loose.empty
        else say(
            "Surely below the usual floor of 0.70: {drivers}. Look there at single best practices "
            "rather than at the score of the driver.",
            drivers=one_of(list(loose["title"].str.lower())),
        )
    )
    lowest = say(
        "The lowest alpha is that of {driver}, {alpha} (95% interval {between}, {respondents}).",
        driver=low["title"].lower(),
        alpha=number(low["alpha"], 2),
        between=interval(low["alpha_low"], low["alpha_high"], 2),
        respondents=count_of(people, "respondent"),
    )
    return Finding(
        id=HOLD,
        question=say(HOLD_QUESTION),
        statement=f"{said} {lowest}",
        estimate=float(low["alpha"]),
        conf_low=float(low["alpha_low"]),
        conf_high=float(low["alpha_high"]),
        unit=mark("Cronbach's alpha"),
        **about,
    )
