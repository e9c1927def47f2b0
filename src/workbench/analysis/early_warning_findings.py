"""What the early warning says, as findings: sites by name, practitioners only as a count."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.early_warning import DOWN, UP, EarlyWarning
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.models.control_charts import DOTS, MOST_AUTOCORRELATION
from workbench.wording import count_of, interval, number, one_of

SITE = mark("Has this site begun to leave its own course?")
SITES = mark("Which sites have begun to leave their own course?")
PRACTITIONERS = mark("How many practitioners have begun to fall below their own course?")
RUN_CHARTS = mark("Do run charts of the quarterly means show a change?")

SMALL_CHANCE = 0.05
"""Probability of so many warnings by chance, below which they are told as more than chance."""
HARDLY_ANY = 0.05
_SITE_PROMPT = mark(
    "Ask the site's team what else changed at about that time: coaching, supervision on skill, "
    "caseload, staff? Plan observations with feedback for the next month."
)
_PRACTITIONERS_PROMPT = mark(
    "Give coaches the charts of the people they coach. Before the quarter ends, plan an "
    "observation with feedback for each person with a warning."
)
_BEST_PRACTICE = mark(
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)
_STANDS = {
    DOWN: mark(
        "A warning has stood since {since}: taken together, the site's quarters lie below its own "
        "course."
    ),
    UP: mark(
        "A warning has stood since {since}: taken together, the site's quarters lie above its own "
        "course."
    ),
}
_NONE_STANDS = mark(
    "No early warning stands for this site: neither of two charts over {quarters} is past its "
    "lower limit."
)
_BY_CHANCE = mark("By chance alone {about} would have one (95% of the time at most {most}).")
_MORE_THAN_CHANCE = mark(
    "By chance alone {about} would have one (95% of the time at most {most}), so that these are "
    "more than chance would make likely."
)
_CHANCE_MAY_DO = mark(
    "By chance alone {about} would have one (95% of the time at most {most}), so that chance alone "
    "may account for these."
)
_LIKE_THE_ONE_BEFORE = mark(
    "At {n} of them a quarter tends to be like the one before, and false signals are more common "
    "there."
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
        reason = result.why_not or say(
            "the site was not seen in {quarter} or the quarter before, or in too few quarters for "
            "a chart.",
            quarter=result.quarter,
        )
        return not_estimable("warning.site", say(SITE), reason, **about)
    points = _of_scope(result.chart_points, "site")
    last = points[points["site_id"] == site_id].iloc[-1]
    low = last["fidelity"] - last["expected_high"]
    high = last["fidelity"] - last["expected_low"]
    sure = certainty(low, high)
    alone = sure.pick(
        say("This quarter alone is below it."),
        say("This quarter alone is above it."),
        say("This quarter alone is not sure to differ from it."),
    )
    falls = bool((charts["direction"] == DOWN).any())
    chance = _chance_of_one(result)
    return Finding(
        id="warning.site",
        question=say(SITE),
        statement=f"{_standing(charts)} {_in_the_last(last, low, high)} {alone} {chance}",
        estimate=float(last["fidelity"] - last["expected"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("points beside its own course"),
        certainty=str(sure),
        n=int(last["n_observations"]),
        n_practitioners=int(last["n_practitioners"]),
        action_prompt=say(_SITE_PROMPT) if falls else "",
        best_practice=say(_BEST_PRACTICE) if falls else "",
        **about,
    )


def _standing(charts: pd.DataFrame) -> str:
    """Say what a warning rests on: quarters taken together, of which the last may be no outlier."""
    since = {way: charts.loc[charts["direction"] == way, "signalled_in"] for way in _STANDS}
    told = [say(_STANDS[way], since=found.min()) for way, found in since.items() if len(found)]
    quarters = count_of(int(charts["n_points"].iloc[0]), "quarter")
    return " ".join(told) or say(_NONE_STANDS, quarters=quarters)


def _in_the_last(last: pd.Series, low: float, high: float) -> str:
    return say(
        "In {quarter} fidelity was {fidelity}%, where its own past suggests {expected}% "
        "(difference {size} points, 95% interval {between}; {observations} of {people}).",
        quarter=last["quarter"],
        fidelity=number(last["fidelity"], 1),
        expected=number(last["expected"], 1),
        size=number(last["fidelity"] - last["expected"], 1, signed=True),
        between=interval(low, high, 1, signed=True, beside=(0,)),
        observations=count_of(int(last["n_observations"]), "observation"),
        people=count_of(int(last["n_practitioners"]), "practitioner"),
    )


def _chance_of_one(result: EarlyWarning) -> str:
    return say(
        "Where nothing moves, about {n} in 100 sites get a new warning in a year by chance alone.",
        n=number(100 * result.chance.new_a_year),
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
    about: dict[str, Any] = {"evidence": "tables/warnings.parquet", "n_of": mark("sites")}
    if units.empty:
        return not_estimable("warning.sites", say(SITES), _no_charts(result), **about)
    stand = say(
        "An early warning stands for {warned} of {sites} in {quarter}.",
        warned=units["warned"].sum(),
        sites=count_of(len(units), "site"),
        quarter=result.quarter,
    )
    return Finding(
        id="warning.sites",
        question=say(SITES),
        statement=f"{stand} {_against_chance(result, units)}",
        estimate=float(units["warned"].sum()),
        unit=mark("sites with an early warning"),
        n=len(units),
        n_practitioners=int(units["n_practitioners"].sum()),
        **about,
    )


def _practitioners(result: EarlyWarning) -> Finding:
    units = _units(_of_scope(result.warnings, "practitioner"))
    about: dict[str, Any] = {"evidence": "tables/warnings.parquet", "n_of": mark("practitioners")}
    if units.empty:
        why = _no_charts(result)
        return not_estimable("warning.practitioners", say(PRACTITIONERS), why, **about)
    warned = int(units["warned"].sum())
    stand = say(
        "{warned} of {people} have an early warning that stands in {quarter}: their fidelity lies "
        "below what their own past would suggest.",
        warned=warned,
        people=count_of(len(units), "practitioner"),
        quarter=result.quarter,
    )
    charts = say("Each is looked at every quarter on two charts.")
    return Finding(
        id="warning.practitioners",
        question=say(PRACTITIONERS),
        statement=f"{stand} {_against_chance(result, units)} {charts}",
        estimate=float(warned),
        unit=mark("practitioners with an early warning"),
        n=len(units),
        n_practitioners=len(units),
        action_prompt=say(_PRACTITIONERS_PROMPT) if warned else "",
        best_practice=say(_BEST_PRACTICE) if warned else "",
        **about,
    )


def _no_charts(result: EarlyWarning) -> str:
    return result.why_not or say("none was seen in enough quarters, up to now, for a chart.")


def _against_chance(result: EarlyWarning, units: pd.DataFrame) -> str:
    """Set the number of warnings against what chance alone would give, as sentences."""
    from scipy.stats import poisson

    expected = result.chance.expected(units["n_points"].to_numpy())
    most = int(poisson.ppf(0.975, expected))
    warned = int(units["warned"].sum())
    about = say("hardly any")
    if expected >= HARDLY_ANY:
        about = say("about {n}", n=number(expected, 1))
    if not warned:
        return say(_BY_CHANCE, about=about, most=most)
    beyond = poisson.sf(warned - 1, expected) < SMALL_CHANCE
    return say(_MORE_THAN_CHANCE if beyond else _CHANCE_MAY_DO, about=about, most=most)


def _run_charts(result: EarlyWarning) -> Finding:
    charts = _of_scope(result.run_charts, "site")
    tested = charts[charts["tested"].astype(bool)]
    about: dict[str, Any] = {
        "evidence": "tables/run_charts.parquet",
        "n": len(charts),
        "n_of": mark("sites"),
        "n_practitioners": int(charts["n_practitioners"].sum()),
    }
    if tested.empty:
        reason = say("there are too few quarters for the rules of a run chart.")
        if charts.empty or (charts["chart"] == DOTS).all():
            reason = say("there are too few quarters to tell.")
        return not_estimable("warning.run_charts", say(RUN_CHARTS), reason, **about)
    signals = int(tested["signal"].sum())
    drawn = tested["chart"].value_counts()
    linked = int((tested["autocorrelation"] > MOST_AUTOCORRELATION).sum())
    said = say(
        "{signals} of {sites} show a change in their quarterly means, by the rule for their number "
        "of quarters: {charts}. By chance alone about {expected} would.",
        signals=signals,
        sites=count_of(len(tested), "site"),
        charts=one_of([f"{say(str(name))} ({count})" for name, count in drawn.items()]),
        expected=number(float(tested["chance_of_a_false_signal"].sum()), 1),
    )
    return Finding(
        id="warning.run_charts",
        question=say(RUN_CHARTS),
        statement=f"{said} {say(_LIKE_THE_ONE_BEFORE, n=linked)}" if linked else said,
        estimate=float(signals),
        unit=mark("sites whose chart shows a signal"),
        **about,
    )
