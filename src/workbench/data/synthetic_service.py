"""Quarters of service of the example network's practitioners."""

from __future__ import annotations

import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.quarters import DAYS_IN_A_QUARTER, Quarter

DAYS_IN_A_MONTH = DAYS_IN_A_QUARTER / 3
USUAL_RATERS = ("independent", "supervisor")


def service_by_quarter(practitioners: pd.DataFrame, parameters: NetworkParameters) -> pd.DataFrame:
    """Quarters of the series in which practitioners were in service, trained and not yet gone.

    Returns
    -------
    DataFrame
        One row a practitioner and quarter, practitioners in their order within each quarter:
        ``practitioner_id, site_id, supervisor_id, number`` (of the quarter, from 0), ``quarter``,
        ``period_start`` (its first day), ``begins`` (first day of service in it), ``days`` (from
        then on, at least 1).
    """
    first = Quarter.from_label(parameters.first_quarter)
    parts = []
    for number in range(parameters.quarters):
        quarter = first.plus(number)
        start, end = pd.Timestamp(quarter.first_day), pd.Timestamp(quarter.last_day)
        trained, left = practitioners["trained_on"], practitioners["left_on"]
        begins = trained.where(trained > start, start)
        ends = left.where(left < end, end)
        frame = practitioners[["practitioner_id", "site_id", "supervisor_id"]].assign(
            number=number,
            quarter=str(quarter),
            period_start=start,
            begins=begins,
            days=(ends - begins).dt.days + 1,
        )
        parts.append(frame[frame["days"] > 0])
    return pd.concat(parts, ignore_index=True)
