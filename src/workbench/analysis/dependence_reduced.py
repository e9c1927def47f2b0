"""What happened when support was reduced: progress before and after, beside plans without that."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import DAYS_IN_A_MONTH
from workbench.analysis.dependence_rows import MEASURES
from workbench.models.clustered import FEWEST_CLUSTERS
from workbench.wording import count_of

REDUCED_COLUMNS = [
    "group", "change", "change_low", "change_high", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
REDUCED, OTHERS, DIFFERENCE = "reduced", "not reduced", "difference"
AT_MOST = 2 / 3
SIDE = 2
"""Periods before and after."""
FEWEST_REDUCED = 10


def reduced(periods: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Change of progress in plans whose support was reduced, beside others of their age and time.

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
        minus before, with intervals that are robust over practitioners.
    """
    windows = windows_of(periods, MEASURES[measure][0])
    cut = windows[windows["reduced"]] if len(windows) else windows
    n_cut = int(cut["plan_id"].nunique()) if len(cut) else 0
    n_others = int(windows.loc[~windows["reduced"], "plan_id"].nunique()) if len(windows) else 0
    if n_cut < FEWEST_REDUCED or n_others < FEWEST_REDUCED:
        lacking = (
            f"support was reduced in only {count_of(n_cut, 'plan')} with open actions before and "
            f"after; {FEWEST_REDUCED} are needed."
            if n_cut < FEWEST_REDUCED
            else f"only {count_of(n_others, 'plan')} without a reduction can be set beside them; "
            f"{FEWEST_REDUCED} are needed."
        )
        return _table(windows, {}, lacking)
    if cut["practitioner_id"].nunique() < FEWEST_CLUSTERS:
        return _table(windows, {}, f"fewer than {FEWEST_CLUSTERS} practitioners have such plans.")
    return _table(windows, _changes(windows), "")


def windows_of(periods: pd.DataFrame, column: str) -> pd.DataFrame:
    """Two periods before and two after, for every plan that has them one after the other.

    A plan whose support fell to two thirds or less has one row: the first time. Others have a row
    for each place between periods, and together weigh as one plan.

    Returns
    -------
    pandas.DataFrame
        ``plan_id, practitioner_id, months, quarter_number, change`` (points), ``reduced``,
        ``weight``; without columns if there is none.
    """
    frame = periods[periods[column].notna()].sort_values(["plan_id", "period_start"], kind="stable")
    plan, days = frame["plan_id"], frame["days"].astype(float)
    support = frame[column].astype(float) / days
    within_plan = [plan.shift(lag).eq(plan) for lag in (SIDE, 1 - SIDE)]
    joined = (frame["period_start"] - frame["period_end"].shift(1)).dt.days.eq(1)
    in_a_row = [joined.shift(-step, fill_value=False) for step in range(1 - SIDE, SIDE)]
    whole = np.logical_and.reduce([*within_plan, *in_a_row])
    before, after = _sides(support)
    done, opened = _sides(frame["done"].astype(float)), _sides(frame["open_actions"].astype(float))
    length = [side / SIDE for side in _sides(days)]
    share = [
        1 - (1 - (d / o.where(o > 0)).clip(upper=1.0)) ** (DAYS_IN_A_MONTH / long)
        for d, o, long in zip(done, opened, length, strict=True)
    ]
    start = frame["period_start"]
    made = pd.DataFrame(
        {
            "plan_id": plan,
            "practitioner_id": frame["practitioner_id"],
            "months": frame["months"].astype(float),
            "quarter_number": start.dt.year * 4 + start.dt.quarter,
            "change": 100 * (share[1] - share[0]),
            "reduced": after <= AT_MOST * before + 1e-12,
        }
    )
    made = made[whole & before.gt(0) & made["change"].notna()]
    if made.empty:
        return pd.DataFrame()
    cut = made[made["reduced"]].groupby("plan_id").head(1)
    rest = made[~made["plan_id"].isin(cut["plan_id"])]
    both = pd.concat([cut, rest])
    each = both.groupby("plan_id")["change"].transform("size")
    return both.assign(weight=1 / each).reset_index(drop=True)


def _sides(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Add up the two periods before a place, and the two from it on."""
    before = sum(values.shift(step) for step in range(1, SIDE + 1))
    after = sum(values.shift(-step) for step in range(SIDE))
    return pd.Series(before, index=values.index), pd.Series(after, index=values.index)


def _changes(windows: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Fit changes, at age and time of the plans with a reduction, by weighted least squares."""
    from scipy import stats

    cut = windows["reduced"].to_numpy()
    weight = windows["weight"].to_numpy(float)
    age = windows["months"].fillna(windows["months"].mean()).to_numpy(float)
    quarters = windows["quarter_number"].to_numpy()
    # Time is centred where reductions lie, so that the constant is the others' change there.
    columns = [age, age**2, *((quarters == one).astype(float) for one in np.unique(quarters)[1:])]
    centred = [column - column[cut].mean() for column in columns if np.ptp(column) > 0]
    X = np.column_stack([np.ones(len(windows)), cut.astype(float), *centred])
    values = windows["change"].to_numpy(float)
    bread = np.linalg.pinv(X.T @ (weight[:, None] * X))
    b = bread @ (X.T @ (weight * values))
    codes = np.unique(windows["practitioner_id"].astype("str"), return_inverse=True)[1]
    count = int(codes.max()) + 1
    scores = np.zeros((count, X.shape[1]))
    np.add.at(scores, codes, (weight * (values - X @ b))[:, None] * X)
    covariance = bread @ scores.T @ scores @ bread * count / (count - 1)
    found = {}
    for group, terms in ((REDUCED, (1.0, 1.0)), (OTHERS, (1.0, 0.0)), (DIFFERENCE, (0.0, 1.0))):
        step = np.zeros(len(b))
        step[:2] = terms
        clusters = len(np.unique(codes[cut])) if group != OTHERS else len(np.unique(codes[~cut]))
        reach = stats.t.ppf(0.975, clusters - 1) * np.sqrt(step @ covariance @ step)
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
