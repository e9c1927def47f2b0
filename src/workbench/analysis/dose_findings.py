"""What support goes with and how long, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.dose import KERNEL, RESET, Dose
from workbench.analysis.dose_tables import EFFECT, HALF_LIFE, LATEST_MONTH, TO_COME
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say
from workbench.models.lag_kernel import LONGEST, SHORTEST
from workbench.wording import count_of, interval, number, one_of

DOSE, DOSE_QUESTION = "reinforcement.dose", mark("What does one act of coaching go with?")
LIFE = "reinforcement.half_life"
LIFE_QUESTION = mark("How long does what coaching goes with last?")
FREQUENCY = "reinforcement.frequency"
FREQUENCY_QUESTION = mark("Does it matter how often, how many, or how much in all is coached?")
BOOSTER = "reinforcement.booster"
BOOSTER_QUESTION = mark("When does a certification go with most?")
ASSOCIATION = mark("This is an association: what else changed with support is not known.")
NOT_APART = mark("coaching at sites could not be set apart.")
NO_SUPPORT = mark("no support was handed in that can be set beside fidelity.")
RELATION = mark(
    "One act of coaching goes with {points} points of fidelity right after it (95% interval "
    "{interval}), each practitioner compared with their own course."
)
NO_RELATION = mark(
    "No sure relation of coaching with later fidelity is seen: an act goes with {points} points of "
    "fidelity if what it goes with halves in 3 months (95% interval {interval}), each practitioner "
    "compared with their own course."
)
GONE = mark(
    "Half of what an act of coaching goes with is gone after {months} months (95% interval "
    "{interval})."
)
GONE_WITHIN = mark(
    "Half of what an act of coaching goes with is gone after {months} months (95% interval "
    "{interval}; {beyond} was not tried)."
)
STOOD_LOWER = mark(
    "Comparing practitioners with one another would give {points} ({interval}), which is lower, "
    "because who gets more coaching stood lower to begin with."
)
NOT_WORTH = mark(
    "Not enough evidence: up to {months} after the last training or certification, the next one "
    "can't be shown to go with more than {points} points. At the end it goes with {gain}."
)
WORTH = mark(
    "From {months} after the last training or certification, the next one surely goes with more "
    "than {points} points: then with {gain}."
)
LATER = mark("Later it goes with more, up to {gain} after {months}.")
LATER_TO_THE_END = mark(
    "Later it goes with more, up to {gain} after {months}, the longest looked at."
)
STOOD_HIGHER = mark(
    "Comparing practitioners with one another would give {points} ({interval}), which is higher, "
    "because who gets more coaching stood higher to begin with."
)
STRUGGLED = mark(
    "Comparing practitioners with one another would give {points} ({interval}), which is lower, "
    "because who gets more coaching stood lower to begin with: coaching goes to those who "
    "struggle. An observation stood {lower} points lower for each act that came in the 60 days "
    "after it."
)
EDGE = 0.02
"""Relative distance from the ends of the half-lives tried at which an end counts as open."""
UNITS = {
    "frequency": mark("points for one act a month more at the site"),
    "coverage": mark("points for 10 percent more of the staff coached"),
    "total so far": mark("points for 10 acts more in all before"),
}


def dose_findings(result: Dose) -> list[Finding]:
    """Make the findings on dose, half-life, frequency and the next certification."""
    return [_dose(result), _half_life(result), _frequency(result), _booster(result)]


def _of(result: Dose, model: str, term: str) -> pd.Series | None:
    table = result.dose
    found = table[(table["model"] == model) & (table["term"] == term)]
    return None if found.empty else found.iloc[0]


def _reason(row: pd.Series | None) -> str:
    """Why a row has no answer."""
    return "" if row is None else str(row["reason"])


def _about(row: pd.Series | None, evidence: str) -> dict[str, Any]:
    about: dict[str, Any] = {"n_of": mark("observations")}
    about["evidence"] = f"tables/{evidence}.parquet"
    if row is None:
        return about
    n, people = int(row["n_observations"]), int(row["n_practitioners"])
    return {**about, "n": n, "n_practitioners": people}


def _dose(result: Dose) -> Finding:
    row = _of(result, KERNEL, EFFECT)
    about = _about(row, "dose")
    if row is None or pd.isna(row["conf_low"]):
        reason = result.missing.get(KERNEL) or _reason(row) or say(NO_SUPPORT)
        return not_estimable(DOSE, say(DOSE_QUESTION), reason, **about)
    lead = say(
        NO_RELATION if row["reason"] else RELATION,
        points=number(row["estimate"], 1, signed=True),
        interval=interval(row["conf_low"], row["conf_high"], 1, signed=True),
    )
    said = " ".join(part for part in (lead, _naive(result, row), say(ASSOCIATION)) if part)
    numbers = _numbers(row, mark("points for one act"))
    return Finding(DOSE, say(DOSE_QUESTION), said, **numbers, **about)


def _naive(result: Dose, row: pd.Series) -> str:
    """Say why comparing practitioners would tell something else; empty if it would not."""
    if pd.isna(row["naive_low"]):
        return ""
    half = ((row["conf_high"] - row["conf_low"]) / 2, (row["naive_high"] - row["naive_low"]) / 2)
    gap = row["naive"] - row["estimate"]
    if abs(gap) <= (half[0] ** 2 + half[1] ** 2) ** 0.5:
        return ""
    numbers = {
        "points": number(row["naive"], 1, signed=True),
        "interval": interval(row["naive_low"], row["naive_high"], 1, signed=True),
    }
    ahead = _of(result, KERNEL, TO_COME)
    if gap < 0 and ahead is not None and ahead["conf_high"] < 0:
        return say(STRUGGLED, **numbers, lower=number(-ahead["estimate"], 1))
    return say(STOOD_LOWER if gap < 0 else STOOD_HIGHER, **numbers)


def _half_life(result: Dose) -> Finding:
    row = _of(result, KERNEL, HALF_LIFE)
    about = _about(row, "dose_curve")
    if row is None or pd.isna(row["conf_low"]):
        reason = result.missing.get(KERNEL) or _reason(row) or say(NO_SUPPORT)
        return not_estimable(LIFE, say(LIFE_QUESTION), reason, **about)
    low = row["conf_low"] <= SHORTEST * (1 + EDGE)
    high = row["conf_high"] >= LONGEST * (1 - EDGE)
    opened = [say("under {months} months", months=SHORTEST)] if low else []
    opened += [say("over {months} months", months=f"{LONGEST:.0f}")] if high else []
    gone = say(
        GONE_WITHIN if opened else GONE,
        months=number(row["estimate"], 1),
        interval=interval(row["conf_low"], row["conf_high"], 1),
        beyond=one_of(opened),
    )
    said = f"{gone} {say(ASSOCIATION)}"
    return Finding(LIFE, say(LIFE_QUESTION), said, **_numbers(row, mark("months")), **about)


def _numbers(row: pd.Series, unit: str) -> dict[str, Any]:
    ends = {name: float(row[name]) for name in ("estimate", "conf_low", "conf_high")}
    return {**ends, "unit": unit}


def _frequency(result: Dose) -> Finding:
    table = result.dose_at_sites
    tested = table[table["p_value"].notna()] if len(table) else table
    about: dict[str, Any] = {
        "n_of": mark("quarters of a site"),
        "evidence": "tables/dose_at_sites.parquet",
    }
    if tested.empty:
        reason = result.missing.get("sites") or say(NOT_APART)
        return not_estimable(FREQUENCY, say(FREQUENCY_QUESTION), reason, **about)
    about |= {
        "n": int(tested["n_site_quarters"].iloc[0]),
        "n_practitioners": int(tested["n_practitioners"].iloc[0]),
    }
    by_term = tested.set_index("term")
    shown = [term for term in by_term.index if by_term.loc[term, "shown"]]
    rest = [term for term in by_term.index if term not in shown]
    sizes = "; ".join(f"{say(term)}: {_size(by_term.loc[term])}" for term in by_term.index)
    lead = by_term.loc[shown[0] if shown else by_term.index[0]]
    named = str(lead.name)
    told = say("Within sites, all together: {sizes}.", sizes=sizes)
    said = f"{_pattern(shown, rest)} {told} {say(ASSOCIATION)}"
    return Finding(
        FREQUENCY,
        say(FREQUENCY_QUESTION),
        said,
        **_numbers(lead, f"{say(UNITS[named])} ({say(named)})"),
        **about,
    )


def _pattern(shown: list[str], rest: list[str]) -> str:
    if not shown:
        return say("None of frequency, coverage and total of coaching surely goes with fidelity.")
    what = one_of([say(term) for term in shown]).capitalize()
    if set(shown) == {"frequency", "coverage"} and "total so far" in rest:
        return say(
            "{what} of coaching go with fidelity at a site; the total so far does not show it. "
            "BetterBirth saw the same pattern.",
            what=what,
        )
    if not rest:
        return noun(
            len(shown),
            "{what} of coaching goes with fidelity at a site.",
            "{what} of coaching go with fidelity at a site.",
        ).format(what=what)
    return noun(
        len(shown),
        "{what} of coaching goes with fidelity at a site; {rest} can not be shown to.",
        "{what} of coaching go with fidelity at a site; {rest} can not be shown to.",
    ).format(what=what, rest=one_of([say(term) for term in rest]))


def _size(row: pd.Series) -> str:
    return say(
        "{size} {unit} (95% interval {interval})",
        size=number(row["estimate"], 1, signed=True),
        unit=say(UNITS[str(row.name)]),
        interval=interval(row["conf_low"], row["conf_high"], 1, signed=True),
    )


def _booster(result: Dose) -> Finding:
    table, effect = result.booster_timing, _of(result, RESET, EFFECT)
    about = _about(effect, "booster_timing")
    if table.empty or table["conf_low"].isna().all():
        reason = result.missing.get(RESET) or _reason(effect) or say(NO_SUPPORT)
        return not_estimable(BOOSTER, say(BOOSTER_QUESTION), reason, **about)
    smallest = result.thresholds.smallest_change_that_matters
    worth = table[table["conf_low"] > smallest]
    if worth.empty:
        row = table.iloc[-1]
        said = say(NOT_WORTH, months=_months(row), points=number(smallest, 1), gain=_gain(row))
    else:
        row = worth.iloc[0]
        last = table.iloc[-1]
        said = say(WORTH, months=_months(row), points=number(smallest, 1), gain=_gain(row))
        later = LATER_TO_THE_END if len(table) == LATEST_MONTH else LATER
        said += f" {say(later, gain=_gain(last), months=_months(last))}"
    said += f" {say(ASSOCIATION)}"
    about["n_practitioners"] = int(row["n_practitioners"])
    ends: dict[str, Any] = {"estimate": float(row["gain"]), "unit": mark("points")}
    ends |= {name: float(row[name]) for name in ("conf_low", "conf_high")}
    return Finding(BOOSTER, say(BOOSTER_QUESTION), said, **ends, **about)


def _months(row: pd.Series) -> str:
    return count_of(int(row["months_since"]), "month")


def _gain(row: pd.Series) -> str:
    return say(
        "{points} points (95% interval {interval})",
        points=number(row["gain"], 1, signed=True),
        interval=interval(row["conf_low"], row["conf_high"], 1, signed=True),
    )
