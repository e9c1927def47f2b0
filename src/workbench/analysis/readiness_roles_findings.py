"""Where roles see a driver differently, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

ID = "readiness.roles"
QUESTION = mark("Do practitioners and leaders see the drivers alike?")
EVIDENCE = "tables/driver_role_gap.parquet"
PEOPLE = {
    "practitioner": mark("practitioners"),
    "supervisor": mark("supervisors"),
    "manager": mark("managers"),
    "leader": mark("leaders"),
}


def roles_findings(role_gap: pd.DataFrame) -> list[Finding]:
    """Make a finding for the network, and one for each site."""
    sites = sorted(set(role_gap["site_id"]) - {""})
    return [_finding(role_gap[role_gap["site_id"] == site], site) for site in ["", *sites]]


def _finding(rows: pd.DataFrame, site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "n_of": mark("respondents"), "evidence": EVIDENCE}
    if rows.empty:
        why = say("no two roles rated the drivers at one site.")
        return not_estimable(ID, say(QUESTION), why, **about)
    known = rows[rows["conf_low"].notna()]
    if known.empty:
        people = int(rows["n_respondents"].max())
        why = (
            say("fewer than three respondents of a role are too few for an interval.")
            if site
            else say("fewer than three sites have answers of two roles.")
        )
        return not_estimable(ID, say(QUESTION), why, n=people, n_practitioners=people, **about)
    sure = known[known["sure"].astype(bool)]
    chosen = sure if len(sure) else known
    widest = chosen.loc[chosen["difference"].abs().sort_values().index[-1]]
    people = int(widest["n_respondents"])
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=_statement(widest, len(sure), len(known), site),
        estimate=float(widest["difference"]),
        conf_low=float(widest["conf_low"]),
        conf_high=float(widest["conf_high"]),
        unit=say("points of {driver}, {one} minus {other}", **_who(widest)),
        n=people,
        n_practitioners=people,
        **about,
    )


def _who(row: pd.Series) -> dict[str, str]:
    """Name the driver of a difference and the two roles, the one that is subtracted as other."""
    return {
        "driver": str(row["title"]).lower(),
        "one": say(PEOPLE[row["role_b"]]),
        "other": say(PEOPLE[row["role_a"]]),
    }


def _statement(widest: pd.Series, sure: int, known: int, site: str) -> str:
    between = interval(widest["conf_low"], widest["conf_high"], signed=True)
    points = number(abs(widest["difference"]))
    size = (
        say(
            "{points} points (95% interval of the difference {between}, over respondents)",
            points=points,
            between=between,
        )
        if site
        else say(
            "{points} points (95% interval of the difference {between}, over {sites})",
            points=points,
            between=between,
            sites=count_of(int(widest["n_sites"]), "site"),
        )
    )
    seen = say(
        mark("{one} rate {driver} higher than {other} do, by {size}")
        if widest["difference"] > 0
        else mark("{one} rate {driver} lower than {other} do, by {size}"),
        **_who(widest),
        size=size,
    )
    looked = count_of(known, "comparison of two roles on a driver",
                      "comparisons of two roles on a driver")  # fmt: skip
    if not sure:
        return say(
            "No difference between roles is sure: of {looked}, none stands out when all are "
            "allowed for. The widest: {seen}.",
            looked=looked,
            seen=seen,
        )
    beside = (
        say(
            "It is the widest of {n} sure differences. All of {looked} are allowed for.",
            n=sure,
            looked=looked,
        )
        if sure > 1
        else say("It is the only sure difference, when all of {looked} are allowed for.",
                 looked=looked)
    )  # fmt: skip
    return f"{seen[0].upper()}{seen[1:]}. {beside}"
