"""What happened when support was reduced: progress after it, beside plans with the same past."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import DAYS_IN_A_MONTH
from workbench.analysis.dependence_rows import MEASURES
from workbench.language import say
from workbench.models.clustered import FEWEST_CLUSTERS
from workbench.wording import count_of

REDUCED_COLUMNS = [
    "group", "change", "change_low", "change_high", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
REDUCED, OTHERS, DIFFERENCE = "reduced", "not reduced", "difference"
AT_MOST = 2 / 3
SIDE = 2
"""Periods before and after."""
HISTORY = [f"{what}_{lag}" for what in ("progress", "support") for lag in range(1, SIDE + 1)]
"""Progress and support, as its logarithm, in each period before."""
FEWEST_REDUCED = 10


def reduced(periods: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Change of progress in plans whose support was reduced, beside others like them.

    Others are places in plans where support could have been reduced and was not, at the same age,
    time, and progress and support in each of the two periods before. Support that follows what was
    seen in those periods is thereby allowed for; what nobody recorded is not.

    Parameters
    ----------
    periods
        As ``plan_panels.support_periods`` gives them.
    measure
        One of ``MEASURES``.

    Returns
    -------
    pandas.DataFrame
        Evidence table ``support_reduced``: changes in points of open actions done a month, after
        minus before, with intervals that are robust over practitioners. Both groups begin where
        the plans with a reduction were.

    Notes
    -----
    Each place is a small trial of its own, as in sequential trials emulated from records (Hernán et
    al. 2008, Epidemiology 19, 766); a plan may serve in several until its support is reduced.
    """
    windows = windows_of(periods, MEASURES[measure][0])
    cut = windows[windows["reduced"]] if len(windows) else windows
    n_cut = int(cut["plan_id"].nunique()) if len(cut) else 0
    n_others = int(windows.loc[~windows["reduced"], "plan_id"].nunique()) if len(windows) else 0
    lacking = _lacking(n_cut, n_others)
    if not lacking and cut["practitioner_id"].nunique() < FEWEST_CLUSTERS:
        lacking = say("fewer than {fewest} practitioners have such plans.", fewest=FEWEST_CLUSTERS)
    return _table(windows, {} if lacking else changes_of(windows), lacking)


def _lacking(n_cut: int, n_others: int) -> str:
    """Say which plans are too few; empty where there are enough."""
    if n_cut < FEWEST_REDUCED:
        return say(
            "support was reduced in only {plans} with open actions before and after; {needed} are "
            "needed.",
            plans=count_of(n_cut, "plan"),
            needed=FEWEST_REDUCED,
        )
    if n_others < FEWEST_REDUCED:
        return say(
            "only {plans} without a reduction can be set beside them; {needed} are needed.",
            plans=count_of(n_others, "plan"),
            needed=FEWEST_REDUCED,
        )
    return ""


def windows_of(periods: pd.DataFrame, column: str) -> pd.DataFrame:
    """Places between periods at which support could be reduced, until it first was.

    At each place two periods lie before and two after, one after the other. Support is reduced
    where that of the first period after is two thirds or less of the mean of the two before: later
    support may follow the progress that is to be looked at. A plan leaves when it was reduced, so
    that every place is compared with others that could have been reduced just then.

    Returns
    -------
    pandas.DataFrame
        ``plan_id, practitioner_id, months, quarter_number, before, after`` (percent of open actions
        done in a month), ``reduced``, and the ``HISTORY`` that places are compared at; without
        columns if there is none.
    """
    frame = periods[periods[column].notna()].sort_values(["plan_id", "period_start"], kind="stable")
    plan, days = frame["plan_id"], frame["days"].astype(float)
    support = frame[column].astype(float) / days
    progress = _progress(frame["done"], frame["open_actions"], days)
    joined = (frame["period_start"] - frame["period_end"].shift(1)).dt.days.eq(1)
    in_a_row = [joined.shift(-step, fill_value=False) for step in range(1 - SIDE, SIDE)]
    within_plan = [plan.shift(lag).eq(plan) for lag in (SIDE, 1 - SIDE)]
    start, smallest = frame["period_start"], support[support > 0].min()
    made = pd.DataFrame(
        {
            "plan_id": plan,
            "practitioner_id": frame["practitioner_id"],
            "months": frame["months"].astype(float),
            "quarter_number": start.dt.year * 4 + start.dt.quarter,
            "before": progress.rolling(SIDE).mean().shift(1),
            "after": progress.rolling(SIDE).mean().shift(1 - SIDE),
            "reduced": support <= AT_MOST * support.rolling(SIDE).mean().shift(1) + 1e-12,
        }
    )
    log_support = pd.Series(np.log(support.clip(lower=smallest)), index=support.index)
    for lag in range(1, SIDE + 1):
        made[f"progress_{lag}"] = progress.shift(lag)
        made[f"support_{lag}"] = log_support.shift(lag)
    had_support = support.rolling(SIDE).sum().shift(1) > 0
    usable = [*within_plan, *in_a_row, had_support]
    made = made[np.logical_and.reduce(usable)].dropna()
    earlier = made.groupby("plan_id")["reduced"].cumsum() - made["reduced"]
    return made[earlier == 0].reset_index(drop=True) if len(made) else pd.DataFrame()


def _progress(done: pd.Series, open_actions: pd.Series, days: pd.Series) -> pd.Series:
    """Percent of open actions done in a month, whatever the length of the period."""
    share = done.astype(float) / open_actions.where(open_actions > 0).astype(float)
    return 100 * (1 - (1 - share.clip(upper=1.0)) ** (DAYS_IN_A_MONTH / days))


def changes_of(windows: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Fit progress after, where age, time and history are those of the places with a reduction."""
    from scipy import stats

    cut = windows["reduced"].to_numpy()
    age, quarters = windows["months"].to_numpy(), windows["quarter_number"].to_numpy()
    columns = [age, age**2, *((quarters == one).astype(float) for one in np.unique(quarters)[1:])]
    columns += [windows[name].to_numpy() for name in HISTORY]
    # Centred where reductions lie, so that the constant is the change of others like them.
    centred = [column - column[cut].mean() for column in columns if np.ptp(column) > 0]
    X = np.column_stack([np.ones(len(windows)), cut.astype(float), *centred])
    values = windows["after"].to_numpy() - windows["before"].to_numpy()[cut].mean()
    bread = np.linalg.pinv(X.T @ X)
    b = bread @ (X.T @ values)
    codes = np.unique(windows["practitioner_id"].astype("str"), return_inverse=True)[1]
    count = int(codes.max()) + 1
    scores = np.zeros((count, X.shape[1]))
    np.add.at(scores, codes, (values - X @ b)[:, None] * X)
    covariance = bread @ scores.T @ scores @ bread * count / (count - 1)
    found = {}
    for group, terms in ((REDUCED, (1.0, 1.0)), (OTHERS, (1.0, 0.0)), (DIFFERENCE, (0.0, 1.0))):
        step = np.zeros(len(b))
        step[:2] = terms
        clusters = len(np.unique(codes[cut])) if group != OTHERS else len(np.unique(codes[~cut]))
        variance = max(float(step @ covariance @ step), 0.0)
        reach = stats.t.ppf(0.975, clusters - 1) * np.sqrt(variance)
        middle = float(step @ b)
        found[group] = (middle, float(middle - reach), float(middle + reach))
    return found


def _table(
    windows: pd.DataFrame, changes: dict[str, tuple[float, float, float]], reason: str
) -> pd.DataFrame:
    found = []
    for group in (REDUCED, OTHERS, DIFFERENCE):
        mine = windows
        if len(windows) and group != DIFFERENCE:
            mine = windows[windows["reduced"] == (group == REDUCED)]
        plans, people = (
            (mine["plan_id"].nunique(), mine["practitioner_id"].nunique()) if len(mine) else (0, 0)
        )
        ends = changes.get(group, (np.nan, np.nan, np.nan))
        found.append((group, *ends, int(plans), int(people), reason))
    return pd.DataFrame(found, columns=REDUCED_COLUMNS)
