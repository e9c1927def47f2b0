"""What the early warning says, as findings: sites by name, practitioners only as a count."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.early_warning import DOWN, UP, EarlyWarning
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.models.control_charts import DOTS, MOST_AUTOCORRELATION
from workbench.wording import count_of, interval, number, one_of

SITE = "Has this site begun to leave its own course?"
SITES = "Which sites have begun to leave their own course?"
PRACTITIONERS = "How many practitioners have begun to fall below their own course?"
RUN_CHARTS = "Do run charts of the quarterly means show a change?"

SMALL_CHANCE = 0.05
"""Probability of so many warnings by chance, below which they are told as more than chance."""
HARDLY_ANY = 0.05
_SITE_PROMPT = (
    "Ask the site's team what else changed at about that time: coaching, supervision on skill, "
    "caseload, staff? Plan observations with feedback for the next month."
)
_PRACTITIONERS_PROMPT = (
    "Give coaches the charts of the people they coach. Before the quarter ends, plan an "
    "observation with feedback for each person with a warning."
)
_BEST_PRACTICE = (
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)


def early_warning_findings(result: EarlyWarning) -> list[Finding]:
    """Make the findings of every site and of the network; no practitioner is ever named.

    Parameters
    ----------
    result
        The analysis.
    """
    found = [_site(result, site_id) for site_id in result.site_ids]
    found.append(_sites(result))
    found.append(_practitioners(result))
    found.append(_run_charts(result))
    return found


def _site(result: EarlyWarning, site_id: str) -> Finding:
    about: dict[str, Any] = {"site_id": site_id, "evidence": "tables/warnings.parquet"}
    charts = _of_scope(result.warnings, "site")
    charts = charts[charts["site_id"] == site_id]
    if charts.empty:
        reason = result.why_not or (
            f"the site was not seen in {result.quarter} or the quarter before, or in too few "
            "quarters for a chart."
        )
        return not_estimable("warning.site", SITE, reason, **about)
    points = _of_scope(result.chart_points, "site")
    last = points[points["site_id"] == site_id].iloc[-1]
    departed = last["fidelity"] - last["expected"]
    low = last["fidelity"] - last["expected_high"]
    high = last["fidelity"] - last["expected_low"]
    falls = charts[charts["direction"] == DOWN]
    quarters = count_of(int(charts["n_points"].iloc[0]), "quarter")
    lead = f"No early warning stands for this site: neither of two charts over {quarters} is past "
    lead += "its lower limit."
    if len(falls):
        lead = _stands(falls, "below")
    rises = charts[charts["direction"] == UP]
    if len(rises):
        above = _stands(rises, "above")
        lead = f"{lead} {above}" if len(falls) else above
    sure = certainty(low, high)
    alone = sure.pick(
        "This quarter alone is below it.",
        "This quarter alone is above it.",
        "This quarter alone is not sure to differ from it.",
    )
    seen = count_of(int(last["n_observations"]), "observation")
    seen += f" of {count_of(int(last['n_practitioners']), 'practitioner')}"
    return Finding(
        id="warning.site",
        question=SITE,
        statement=f"{lead} In {last['quarter']} fidelity was {number(last['fidelity'], 1)}%, where "
        f"its own past suggests {number(last['expected'], 1)}% (difference "
        f"{number(departed, 1, signed=True)} points, 95% interval "
        f"{interval(low, high, 1, signed=True, beside=(0,))}; {seen}). {alone} "
        f"{_chance_of_one(result)}",
        estimate=float(departed),
        conf_low=float(low),
        conf_high=float(high),
        unit="points beside its own course",
        certainty=str(sure),
        n=int(last["n_observations"]),
        n_practitioners=int(last["n_practitioners"]),
        action_prompt=_SITE_PROMPT if len(falls) else "",
        best_practice=_BEST_PRACTICE if len(falls) else "",
        **about,
    )


def _stands(charts: pd.DataFrame, side: str) -> str:
    """Say what a warning rests on: quarters taken together, of which the last may be no outlier."""
    since = charts["signalled_in"].min()
    return (
        f"A warning has stood since {since}: taken together, the site's quarters lie {side} its "
        "own course."
    )


def _chance_of_one(result: EarlyWarning) -> str:
    in_a_hundred = number(100 * result.chance.new_a_year)
    return (
        f"Where nothing moves, about {in_a_hundred} in 100 sites get a new warning in a year by "
        "chance alone."
    )


def _of_scope(table: pd.DataFrame, scope: str) -> pd.DataFrame:
    return table[table["scope"] == scope]


def _units(warnings: pd.DataFrame) -> pd.DataFrame:
    """One row a watched unit: whether a warning of a fall stands, its points and practitioners."""
    falls = warnings.assign(warned=warnings["direction"] == DOWN)
    return falls.groupby(["site_id", "practitioner_id"]).agg(
        warned=("warned", "any"),
        n_points=("n_points", "first"),
        n_practitioners=("n_practitioners", "first"),
    )


def _sites(result: EarlyWarning) -> Finding:
    units = _units(_of_scope(result.warnings, "site"))
    about: dict[str, Any] = {"evidence": "tables/warnings.parquet", "n_of": "sites"}
    if units.empty:
        return not_estimable("warning.sites", SITES, _no_charts(result), **about)
    return Finding(
        id="warning.sites",
        question=SITES,
        statement=f"An early warning stands for {units['warned'].sum()} of "
        f"{count_of(len(units), 'site')} in {result.quarter}. {_against_chance(result, units)}",
        estimate=float(units["warned"].sum()),
        unit="sites with an early warning",
        n=len(units),
        n_practitioners=int(units["n_practitioners"].sum()),
        **about,
    )


def _practitioners(result: EarlyWarning) -> Finding:
    units = _units(_of_scope(result.warnings, "practitioner"))
    about: dict[str, Any] = {"evidence": "tables/warnings.parquet", "n_of": "practitioners"}
    if units.empty:
        return not_estimable("warning.practitioners", PRACTITIONERS, _no_charts(result), **about)
    warned = int(units["warned"].sum())
    return Finding(
        id="warning.practitioners",
        question=PRACTITIONERS,
        statement=f"{warned} of {count_of(len(units), 'practitioner')} have an early warning that "
        f"stands in {result.quarter}: their fidelity lies below what their own past would suggest. "
        f"{_against_chance(result, units)} Each is looked at every quarter on two charts.",
        estimate=float(warned),
        unit="practitioners with an early warning",
        n=len(units),
        n_practitioners=len(units),
        action_prompt=_PRACTITIONERS_PROMPT if warned else "",
        best_practice=_BEST_PRACTICE if warned else "",
        **about,
    )


def _no_charts(result: EarlyWarning) -> str:
    return result.why_not or "none was seen in enough quarters, up to now, for a chart."


def _against_chance(result: EarlyWarning, units: pd.DataFrame) -> str:
    """Set the number of warnings against what chance alone would give, as sentences."""
    from scipy.stats import poisson

    expected = result.chance.expected(units["n_points"].to_numpy())
    most = int(poisson.ppf(0.975, expected))
    warned = int(units["warned"].sum())
    about = f"about {number(expected, 1)}" if expected >= HARDLY_ANY else "hardly any"
    said = f"By chance alone {about} would have one "
    said += f"(95% of the time at most {most})"
    if warned and poisson.sf(warned - 1, expected) < SMALL_CHANCE:
        return f"{said}, so that these are more than chance would make likely."
    return f"{said}, so that chance alone may account for these." if warned else f"{said}."


def _run_charts(result: EarlyWarning) -> Finding:
    charts = _of_scope(result.run_charts, "site")
    tested = charts[charts["tested"].astype(bool)]
    about: dict[str, Any] = {
        "evidence": "tables/run_charts.parquet",
        "n": len(charts),
        "n_of": "sites",
        "n_practitioners": int(charts["n_practitioners"].sum()),
    }
    if tested.empty:
        few = charts.empty or (charts["chart"] == DOTS).all()
        reason = "there are too few quarters to tell." if few else "there are too few quarters for "
        reason += "" if few else "the rules of a run chart."
        return not_estimable("warning.run_charts", RUN_CHARTS, reason, **about)
    signals = int(tested["signal"].sum())
    expected = float(tested["chance_of_a_false_signal"].sum())
    drawn = one_of([f"{name} ({count})" for name, count in tested["chart"].value_counts().items()])
    linked = int((tested["autocorrelation"] > MOST_AUTOCORRELATION).sum())
    said = f" At {linked} of them a quarter tends to be like the one before, and false signals are "
    return Finding(
        id="warning.run_charts",
        question=RUN_CHARTS,
        statement=f"{signals} of {count_of(len(tested), 'site')} show a change in their quarterly "
        f"means, by the rule for their number of quarters: {drawn}. By chance alone about "
        f"{number(expected, 1)} would." + (f"{said}more common there." if linked else ""),
        estimate=float(signals),
        unit="sites whose chart shows a signal",
        **about,
    )
