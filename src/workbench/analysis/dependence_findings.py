"""What plans do with less support, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.analysis.dependence import Dependence
from workbench.analysis.dependence_reduced import DIFFERENCE, OTHERS, REDUCED
from workbench.analysis.dependence_reminders import NO_RISE, SMALLEST_RISE, UP_FLAT, UP_UP
from workbench.analysis.dependence_rows import MEASURES
from workbench.certainty import AMONG_MANY, FINEST, HIGHER, Certainty, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

DEPENDENCE = mark("Do plans move on their own, or mainly while professionals carry them?")
REMINDERS = mark("Do reminders rise while no more gets done?")
REDUCTION = mark("What happened to progress when support was reduced?")
NO_PLANS_HERE = mark("there are no plans here.")
INDEX_TABLE = "tables/dependence.parquet"
TREND_TABLE = "tables/reminders_trend.parquet"
REDUCED_TABLE = "tables/support_reduced.parquet"
RISES = (0, 100 * (SMALLEST_RISE - 1))
ODDS = (1, SMALLEST_RISE)
OWNED = mark(
    "The process strengthens the person's ability to take part in change, so that it can go on "
    "when support is less."
)
FITS_LIFE = mark(
    "The plan stays tied to the person's own priorities and daily life, and is changed openly when "
    "it no longer fits."
)
INDICATION = mark(
    "This is an association. Support often rises when a plan is in trouble, so little progress "
    "with much support can hide dependence; needing support is no failing."
)
MAY_BE_CUT = mark(
    "Nothing here says that the cut made the difference: support may be cut for a reason that no "
    "table holds."
)

DEPENDS = mark(
    "Plans depend on support: in a month with half the usual {support}, progress is {share}% lower "
    "(95% interval {between}; {behind})."
)
NOT_BESIDE_ALL = mark(
    "In a month with half the usual {support}, progress is {share}% lower (95% interval {between}; "
    "{behind}). Beside all places looked at this is not sure enough to call it dependence."
)
UNSURE_LOWER = mark(
    "No sure dependence is seen: in a month with half the usual {support}, progress is {share}% "
    "lower (95% interval of how much lower: {between}%; {behind})."
)
UNSURE_HIGHER = mark(
    "No sure dependence is seen: in a month with half the usual {support}, progress is {share}% "
    "higher (95% interval of how much lower: {between}%; {behind})."
)


def dependence_findings(result: Dependence, sites: list[str] | None = None) -> list[Finding]:
    """Make the findings on dependence: the network, each site, and what followed reductions.

    Parameters
    ----------
    result
        The analysis.
    sites
        Sites that get findings; None: those with plans.
    """
    index = _by_site(result.index)
    trend = _by_site(result.trend)
    named = sorted(({*index, *trend}) - {""}) if sites is None else sites
    places = ["", *named]
    return [
        *(_index(result, index.get(one, {}), one) for one in places),
        *(_trend(result, trend.get(one, {}), one) for one in places),
        _reduced(result),
    ]


def _by_site(table: pd.DataFrame) -> dict[str, Mapping[Any, Any]]:
    mine = table[table["scope"] != "practitioner"]
    return {str(row["site_id"]): row for row in mine.to_dict("records")}


def _about(row: Mapping[Any, Any], site: str, evidence: str) -> dict[str, Any]:
    return {
        "site_id": site,
        "evidence": evidence,
        "n_of": mark("periods of plans"),
        "n": int(row["n_periods"]) if row else 0,
        "n_practitioners": int(row["n_practitioners"]) if row else 0,
        "n_plans": int(row["n_plans"]) if row else 0,
    }


def _index(result: Dependence, row: Mapping[Any, Any], site: str) -> Finding:
    about = _about(row, site, INDEX_TABLE)
    reason = str(row["reason"]) if row else result.why_not or say(NO_PLANS_HERE)
    if reason:
        return not_estimable("plans.dependence", say(DEPENDENCE), reason, **about)
    share, low, high = (100 * row[name] for name in ("index", "index_low", "index_high"))
    sure = certainty(low, high, beyond_chance=bool(row["flagged"]))
    lead = say(
        _lead(sure, share, low),
        support=say(MEASURES[result.measure][1]),
        share=number(abs(share)),
        between=interval(low, high, beside=(0,)),
        behind=_behind(row),
    )
    parts = [lead, _month(result) if not site else "", _carried(result) if not site else ""]
    return Finding(
        id="plans.dependence",
        question=say(DEPENDENCE),
        statement=" ".join(part for part in [*parts, say(INDICATION)] if part),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent lower progress at half the usual support"),
        certainty=str(sure),
        action_prompt=say(
            "Take one plan at a time: ask the person which next step they would take without a "
            "reminder, and shape the plan around it before support is made less."
        )
        if row["flagged"]
        else "",
        best_practice=say(OWNED) if row["flagged"] else "",
        **about,
    )


def _lead(sure: Certainty, share: float, low: float) -> str:
    """Choose how dependence is told, for how sure it is."""
    if sure.way == HIGHER:
        return DEPENDS
    if sure.way == AMONG_MANY and low > 0:
        return NOT_BESIDE_ALL
    return UNSURE_LOWER if share >= 0 else UNSURE_HIGHER


def _behind(row: Mapping[Any, Any]) -> str:
    return say(
        "{periods} of {plans} with {practitioners}",
        periods=count_of(int(row["n_periods"]), "period"),
        plans=count_of(int(row["n_plans"]), "plan"),
        practitioners=count_of(int(row["n_practitioners"]), "practitioner"),
    )


def _month(result: Dependence) -> str:
    return say(
        "At its usual support a typical plan gets {share}% of its open actions done in a month.",
        share=number(100 * result.progress),
    )


def _carried(result: Dependence) -> str:
    told = result.index[(result.index["scope"] == "site") & result.index["index"].notna()]
    flagged = int(told["flagged"].sum())
    if told.empty:
        return ""
    return say(
        "Dependence is told at {flagged} of {sites}.",
        flagged=flagged,
        sites=count_of(len(told), "site"),
    )


def _trend(result: Dependence, row: Mapping[Any, Any], site: str) -> Finding:
    about = _about(row, site, TREND_TABLE)
    reason = str(row["reason"]) if row else result.why_not or say(NO_PLANS_HERE)
    if reason:
        return not_estimable("plans.reminders", say(REMINDERS), reason, **about)
    percent = [
        100 * (row[name] - 1) for name in ("reminders_change", "reminders_low", "reminders_high")
    ]
    pattern = row["pattern"]
    sure = certainty(percent[1], percent[2])
    return Finding(
        id="plans.reminders",
        question=say(REMINDERS),
        statement=say(
            "{pattern} Reminders for each open action and month change by {percent}% a quarter "
            "(95% interval {between}%; {behind}). The odds that an open action is done in a month "
            "change by a factor of {factor} a quarter (95% interval {factor_between}). Plans that "
            "are harder or older may need more reminders, and where the record began with new "
            "plans their actions have aged since; neither is allowed for.",
            pattern=_pattern(row, percent[2]),
            percent=number(percent[0], 1, signed=True),
            between=interval(percent[1], percent[2], 1, True, RISES),
            behind=_behind(row),
            factor=number(row["done_change"], 2),
            factor_between=interval(row["done_low"], row["done_high"], 2, beside=ODDS),
        ),
        estimate=float(percent[0]),
        conf_low=float(percent[1]),
        conf_high=float(percent[2]),
        unit=mark("percent more reminders for each open action, a quarter"),
        certainty=str(sure),
        action_prompt=say(
            "Before the next reminder, ask whether the action still fits the person's life. Change "
            "it or drop it openly where it does not."
        )
        if pattern == UP_FLAT
        else "",
        best_practice=say(FITS_LIFE) if pattern == UP_FLAT else "",
        **about,
    )


def _pattern(row: Mapping[Any, Any], most: float) -> str:
    """Say what reminders and completion do together, no more of either than its interval bears."""
    if row["pattern"] == UP_UP:
        return say("Reminders rise, and more gets done too.")
    if row["pattern"] == UP_FLAT and row["done_high"] < SMALLEST_RISE:
        return say("Reminders rise, and no more gets done.")
    if row["pattern"] == UP_FLAT:
        return say("Reminders rise, and what gets done does not keep up with them.")
    if row["pattern"] == NO_RISE and round(most, FINEST) <= 0:
        return say("Reminders for each open action do not rise.")
    if row["pattern"] == NO_RISE:
        return say(
            "Reminders for each open action do not rise by {percent}% or more.",
            percent=number(RISES[1]),
        )
    return say("Whether reminders rise while no more gets done can't be told yet.")


def _reduced(result: Dependence) -> Finding:
    rows = {str(row["group"]): row for row in result.reduced.to_dict("records")}
    cut = rows.get(REDUCED, {})
    about: dict[str, Any] = {
        "evidence": REDUCED_TABLE,
        "n": int(cut["n_plans"]) if cut else 0,
        "n_of": mark("plans with less support"),
        "n_practitioners": int(cut["n_practitioners"]) if cut else 0,
        "n_plans": int(cut["n_plans"]) if cut else 0,
    }
    reason = str(cut["reason"]) if cut else result.why_not
    if reason:
        return not_estimable("plans.reduced", say(REDUCTION), reason, **about)
    other, gap = rows[OTHERS], rows[DIFFERENCE]
    low, high = gap["change_low"], gap["change_high"]
    sure = certainty(low, high)
    lead = sure.pick(
        say("Progress fell where support was reduced, beside other plans"),
        say("Progress rose where support was reduced, beside other plans"),
        say("No sure change of progress is seen where support was reduced, beside other plans"),
    )
    sentences = [
        say(
            "{lead}: {change} points of open actions done a month (95% interval {between}).",
            lead=lead,
            change=number(gap["change"], 1, signed=True),
            between=interval(low, high, 1, signed=True, beside=(0,)),
        ),
        say(
            "In {plans} of {practitioners} support fell to two thirds or less of what it was in "
            "the two periods before, and progress changed by {change} points; in {others} with the "
            "same support and progress before, of the same age and time, by {change_of_others}.",
            plans=count_of(int(cut["n_plans"]), "plan"),
            practitioners=count_of(int(cut["n_practitioners"]), "practitioner"),
            change=number(cut["change"], 1, signed=True),
            others=count_of(int(other["n_plans"]), "plan"),
            change_of_others=number(other["change"], 1, signed=True),
        ),
        say(MAY_BE_CUT),
    ]
    return Finding(
        id="plans.reduced",
        question=say(REDUCTION),
        statement=" ".join(sentences),
        estimate=float(gap["change"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("points of open actions done a month, after less before, beside other plans"),
        certainty=str(sure),
        **about,
    )
