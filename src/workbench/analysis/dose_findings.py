"""What support goes with and how long, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.analysis.dose import KERNEL, RESET, Dose
from workbench.analysis.dose_tables import EFFECT, HALF_LIFE, LATEST_MONTH, TO_COME
from workbench.findings import Finding, not_estimable
from workbench.models.lag_kernel import LONGEST, SHORTEST
from workbench.wording import count_of, interval, number, one_of

DOSE, DOSE_QUESTION = "reinforcement.dose", "What does one act of coaching go with?"
LIFE, LIFE_QUESTION = "reinforcement.half_life", "How long does what coaching goes with last?"
FREQUENCY = "reinforcement.frequency"
FREQUENCY_QUESTION = "Does it matter how often, how many, or how much in all is coached?"
BOOSTER, BOOSTER_QUESTION = "reinforcement.booster", "When does a certification go with most?"
ASSOCIATION = "This is an association: what else changed with support is not known."
NO_SUPPORT = "no support was handed in that can be set beside fidelity."
EDGE = 0.02
"""Relative distance from the ends of the half-lives tried at which an end counts as open."""
UNITS = {
    "frequency": "for one act a month more at the site",
    "coverage": "for 10 percent more of the staff coached",
    "total so far": "for 10 acts more in all before",
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
    return NO_SUPPORT if row is None else str(row["reason"]) or NO_SUPPORT


def _about(row: pd.Series | None, evidence: str) -> dict[str, Any]:
    about: dict[str, Any] = {"n_of": "observations", "evidence": f"tables/{evidence}.parquet"}
    if row is None:
        return about
    n, people = int(row["n_observations"]), int(row["n_practitioners"])
    return {**about, "n": n, "n_practitioners": people}


def _dose(result: Dose) -> Finding:
    row = _of(result, KERNEL, EFFECT)
    about = _about(row, "dose")
    if row is None or pd.isna(row["conf_low"]):
        reason = result.missing.get(KERNEL) or _reason(row)
        return not_estimable(DOSE, DOSE_QUESTION, reason, **about)
    lead = (
        "No sure relation of coaching with later fidelity is seen: an act goes with "
        if row["reason"]
        else "One act of coaching goes with "
    )
    told = " if what it goes with halves in 3 months" if row["reason"] else " right after it"
    said = (
        f"{lead}{number(row['estimate'], 1, signed=True)} points of fidelity{told} (95% interval "
        f"{interval(row['conf_low'], row['conf_high'], 1, signed=True)}), each practitioner "
        f"compared with their own course.{_naive(result, row)} {ASSOCIATION}"
    )
    return Finding(DOSE, DOSE_QUESTION, said, **_numbers(row, "points for one act"), **about)


def _naive(result: Dose, row: pd.Series) -> str:
    """Say why comparing practitioners would tell something else; empty if it would not."""
    if pd.isna(row["naive_low"]):
        return ""
    half = ((row["conf_high"] - row["conf_low"]) / 2, (row["naive_high"] - row["naive_low"]) / 2)
    gap = row["naive"] - row["estimate"]
    if abs(gap) <= (half[0] ** 2 + half[1] ** 2) ** 0.5:
        return ""
    numbers = (
        f" Comparing practitioners with one another would give "
        f"{number(row['naive'], 1, signed=True)} "
        f"({interval(row['naive_low'], row['naive_high'], 1, signed=True)}), which is "
        f"{'lower' if gap < 0 else 'higher'}, because who gets more coaching stood "
        f"{'lower' if gap < 0 else 'higher'} to begin with"
    )
    ahead = _of(result, KERNEL, TO_COME)
    if gap < 0 and ahead is not None and ahead["conf_high"] < 0:
        return (
            f"{numbers}: coaching goes to those who struggle. An observation stood "
            f"{number(-ahead['estimate'], 1)} points lower for each act that came in the 60 days "
            "after it."
        )
    return f"{numbers}."


def _half_life(result: Dose) -> Finding:
    row = _of(result, KERNEL, HALF_LIFE)
    about = _about(row, "dose_curve")
    if row is None or pd.isna(row["conf_low"]):
        reason = result.missing.get(KERNEL) or _reason(row)
        return not_estimable(LIFE, LIFE_QUESTION, reason, **about)
    low = row["conf_low"] <= SHORTEST * (1 + EDGE)
    high = row["conf_high"] >= LONGEST * (1 - EDGE)
    ends = interval(row["conf_low"], row["conf_high"], 1)
    opened = [f"under {SHORTEST} months"] if low else []
    opened += [f"over {LONGEST:.0f} months"] if high else []
    beyond = f"; {one_of(opened)} was not tried" if opened else ""
    said = (
        f"Half of what an act of coaching goes with is gone after {number(row['estimate'], 1)} "
        f"months (95% interval {ends}{beyond}). {ASSOCIATION}"
    )
    return Finding(LIFE, LIFE_QUESTION, said, **_numbers(row, "months"), **about)


def _numbers(row: pd.Series, unit: str) -> dict[str, Any]:
    ends = {name: float(row[name]) for name in ("estimate", "conf_low", "conf_high")}
    return {**ends, "unit": unit}


def _frequency(result: Dose) -> Finding:
    table = result.dose_at_sites
    tested = table[table["p_value"].notna()] if len(table) else table
    about: dict[str, Any] = {
        "n_of": "quarters of a site",
        "evidence": "tables/dose_at_sites.parquet",
    }
    if tested.empty:
        reason = result.missing.get("sites") or "coaching at sites could not be set apart."
        return not_estimable(FREQUENCY, FREQUENCY_QUESTION, reason, **about)
    about |= {
        "n": int(tested["n_site_quarters"].iloc[0]),
        "n_practitioners": int(tested["n_practitioners"].iloc[0]),
    }
    by_term = tested.set_index("term")
    shown = [term for term in by_term.index if by_term.loc[term, "shown"]]
    rest = [term for term in by_term.index if term not in shown]
    sizes = "; ".join(f"{term}: {_size(by_term.loc[term], UNITS[term])}" for term in by_term.index)
    lead = by_term.loc[shown[0] if shown else by_term.index[0]]
    named = str(lead.name)
    said = f"{_pattern(shown, rest)} Within sites, all together: {sizes}. {ASSOCIATION}"
    return Finding(
        FREQUENCY,
        FREQUENCY_QUESTION,
        said,
        **_numbers(lead, f"points {UNITS[named]} ({named})"),
        **about,
    )


def _pattern(shown: list[str], rest: list[str]) -> str:
    if not shown:
        return "None of frequency, coverage and total of coaching surely goes with fidelity."
    go = "goes" if len(shown) == 1 else "go"
    said = f"{one_of(shown).capitalize()} of coaching {go} with fidelity at a site"
    if set(shown) == {"frequency", "coverage"} and "total so far" in rest:
        return f"{said}; the total so far does not show it. BetterBirth saw the same pattern."
    return f"{said}{f'; {one_of(rest)} can not be shown to' if rest else ''}."


def _size(row: pd.Series, unit: str) -> str:
    return (
        f"{number(row['estimate'], 1, signed=True)} points {unit} (95% interval "
        f"{interval(row['conf_low'], row['conf_high'], 1, signed=True)})"
    )


def _booster(result: Dose) -> Finding:
    table, effect = result.booster_timing, _of(result, RESET, EFFECT)
    about = _about(effect, "booster_timing")
    if table.empty or table["conf_low"].isna().all():
        reason = result.missing.get(RESET) or _reason(effect)
        return not_estimable(BOOSTER, BOOSTER_QUESTION, reason, **about)
    smallest = result.thresholds.smallest_change_that_matters
    worth = table[table["conf_low"] > smallest]
    if worth.empty:
        row = table.iloc[-1]
        said = (
            f"Not enough evidence: up to {count_of(int(row['months_since']), 'month')} after the "
            "last training or certification, the next one can't be shown to go with more than "
            f"{number(smallest, 1)} points. At the end it goes with {_gain(row)}. {ASSOCIATION}"
        )
    else:
        row = worth.iloc[0]
        said = (
            f"From {count_of(int(row['months_since']), 'month')} after the last training or "
            f"certification, the next one surely goes with more than {number(smallest, 1)} points: "
            f"then with {_gain(row)}. Later it goes with more, up to {_gain(table.iloc[-1])} after "
            f"{count_of(int(table.iloc[-1]['months_since']), 'month')}"
            f"{', the longest looked at' if len(table) == LATEST_MONTH else ''}. {ASSOCIATION}"
        )
    about["n_practitioners"] = int(row["n_practitioners"])
    ends: dict[str, Any] = {"estimate": float(row["gain"]), "unit": "points"}
    ends |= {name: float(row[name]) for name in ("conf_low", "conf_high")}
    return Finding(BOOSTER, BOOSTER_QUESTION, said, **ends, **about)


def _gain(row: pd.Series) -> str:
    return (
        f"{number(row['gain'], 1, signed=True)} points (95% interval "
        f"{interval(row['conf_low'], row['conf_high'], 1, signed=True)})"
    )
