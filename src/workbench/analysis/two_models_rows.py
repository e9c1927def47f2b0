"""What was recognised in each practitioner's work, beside the practice seen in the same period."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from workbench.language import mark, say
from workbench.quarters import Quarter
from workbench.wording import count_of, one_of

PRACTICE, PRODUCTIVITY = "practice", "productivity"
DOCUMENTATION, ATTENDANCE = "documentation", "attendance"
OTHERS = {
    "productivity_percent": (PRODUCTIVITY, mark("Productivity")),
    "documentation_compliance": (DOCUMENTATION, mark("Documentation")),
    "attendance": (ATTENDANCE, mark("Attendance")),
}
LONGEST = pd.DateOffset(years=1)
SMALLEST_SHARE_KNOWN = 0.5
"""Share of the rows in which a column must be known to be looked at."""
NO_SPREAD = 1e-9
NEEDED = ("practitioner_id", "period_start", "rating")


@dataclass(frozen=True)
class Recognised:
    """Ratings with what may go with them.

    Attributes
    ----------
    frame
        One row a practitioner and period: ``practitioner_id, site_id, year`` (label), ``cell``
        (site and period), ``rating``
        and one column each of ``predictors``. Means of the site in the period are taken out, and
        the rating is in standard deviations of its site.
    predictors
        One row a column: ``name, title, group``.
    cells
        Sites in periods whose means were taken out.
    left_out
        Sentences about rows and columns that are not used.
    reason
        Why there are no rows; empty if there are.
    """

    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    predictors: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["name", "title", "group"])
    )
    cells: int = 0
    left_out: tuple[str, ...] = ()
    reason: str = ""


def recognised_rows(
    components: pd.DataFrame,
    recognition: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
) -> Recognised:
    """Set each rating beside the mean of what was seen of the practitioner in its period.

    A period goes from its ``period_start`` to the next one of the same site, at most a year.
    Parameters are as for :func:`workbench.analysis.two_models.two_models`.
    """
    reason = _lacking(components, recognition)
    if reason:
        return Recognised(reason=reason)
    rated = _rated(recognition, practitioners, quarter)
    practice, titles = _practice(components, rated)
    joined = rated.merge(practice, on=["practitioner_id", "period_start"])
    if joined.empty:
        return Recognised(reason=say("no practitioner was both rated and observed in a period."))
    names = [*titles, *(name for name in OTHERS if name in joined.columns)]
    known = [name for name in names if joined[name].notna().mean() >= SMALLEST_SHARE_KNOWN]
    full = joined.dropna(subset=known)
    said = []
    if len(known) < len(names):
        absent = [_said(name, titles) for name in names if name not in known]
        said.append(
            say("{what} could not be looked at, being unknown in most rows.", what=one_of(absent))
        )
    if len(full) < len(rated):
        unused = count_of(len(rated) - len(full), "rating")
        said.append(
            say(
                "{ratings} without an observation or another value in the period not used.",
                ratings=unused,
            )
        )
    centred, cells, alike = _centred(full, known, quarter)
    if alike:
        said.append(
            say(
                "{sites} at which a period's ratings do not differ not used.",
                sites=count_of(alike, "site"),
            )
        )
    predictors = pd.DataFrame(
        [
            {
                "name": name,
                "title": _title(name, titles),
                "group": OTHERS[name][0] if name in OTHERS else PRACTICE,
            }
            for name in known
        ],
        columns=["name", "title", "group"],
    )
    return Recognised(centred, predictors, cells, tuple(said))


def _lacking(components: pd.DataFrame, recognition: pd.DataFrame) -> str:
    """Which table or column is not there; empty if all are."""
    if recognition.empty:
        return say("no table of recognition was handed in, so what is rewarded is not known.")
    if components.empty:
        return say("no scores of components of practice were handed in.")
    missing = [name for name in NEEDED if name not in recognition.columns]
    if missing:
        return say("the table of recognition has no {columns}.", columns=one_of(missing))
    if "observed_on" not in components.columns:
        return say("scores of components come without the day of observation.")
    if not any(name in recognition.columns for name in OTHERS):
        return say(
            "the table of recognition has neither productivity nor documentation nor attendance, "
            "and practice needs something to stand beside."
        )
    return ""


def _rated(
    recognition: pd.DataFrame, practitioners: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Ratings up to the quarter, with the site and the end of the period."""
    columns = [*NEEDED, *(name for name in OTHERS if name in recognition.columns)]
    rated = recognition[columns].dropna(subset=list(NEEDED))
    rated = rated.assign(period_start=_days(rated["period_start"]))
    rated = rated[rated["period_start"] <= pd.Timestamp(quarter.last_day)]
    site = practitioners.drop_duplicates("practitioner_id").set_index("practitioner_id")["site_id"]
    rated = rated.assign(site_id=rated["practitioner_id"].map(site)).dropna(subset=["site_id"])
    starts = rated[["site_id", "period_start"]].drop_duplicates()
    starts = starts.sort_values(["site_id", "period_start"])
    following = starts.groupby("site_id")["period_start"].shift(-1)
    latest = starts["period_start"] + LONGEST
    starts = starts.assign(period_end=following.where(following < latest, latest))
    return rated.merge(starts, on=["site_id", "period_start"])


def _practice(components: pd.DataFrame, rated: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Mean score of each component by practitioner and period, and the components' titles."""
    columns = ["practitioner_id", "observed_on", "component", "fidelity"]
    seen = components[columns].dropna()
    seen = seen.assign(observed_on=_days(seen["observed_on"])).sort_values("observed_on")
    periods = rated[["practitioner_id", "period_start", "period_end"]].sort_values("period_start")
    placed = pd.merge_asof(
        seen.astype({"practitioner_id": "str"}),
        periods.astype({"practitioner_id": "str"}),
        left_on="observed_on",
        right_on="period_start",
        by="practitioner_id",
    )
    placed = placed[placed["observed_on"] < placed["period_end"]]
    wide = placed.pivot_table(
        index=["practitioner_id", "period_start"], columns="component", values="fidelity"
    )
    ordered = components.drop_duplicates("component").sort_values("component_order")
    titles = dict(zip(ordered["component"], ordered["component_title"], strict=True))
    kept = {name: str(title) for name, title in titles.items() if name in wide.columns}
    return wide[list(kept)].reset_index(), kept


def _centred(
    full: pd.DataFrame, names: list[str], quarter: Quarter
) -> tuple[pd.DataFrame, int, int]:
    """Rows less the means of their site in the period; cells, and sites that rate all alike."""
    cell = full["site_id"].astype("str") + " " + full["period_start"].astype("str")
    crowd = cell.groupby(cell).transform("size") > 1
    full, cell = full[crowd], cell[crowd]
    numbers = full[["rating", *names]].astype(float)
    numbers = numbers - numbers.groupby(cell).transform("mean")
    spread = (numbers["rating"] ** 2).groupby(full["site_id"]).transform("mean") ** 0.5
    differ = spread > NO_SPREAD
    alike = full["site_id"].nunique() - full.loc[differ, "site_id"].nunique()
    start = quarter.fiscal_year_starts
    years = {day: str(Quarter.containing(day, start).year) for day in full["period_start"].unique()}
    frame = numbers.assign(
        rating=numbers["rating"] / spread,
        practitioner_id=full["practitioner_id"],
        site_id=full["site_id"],
        year=full["period_start"].map(years),
        cell=cell,
    )
    return frame[differ].reset_index(drop=True), cell[differ].nunique(), alike


def _title(name: str, titles: dict[str, str]) -> str:
    return OTHERS[name][1] if name in OTHERS else titles[name]


def _said(name: str, titles: dict[str, str]) -> str:
    """Title within a sentence; that of a component is the study's own."""
    return (say(OTHERS[name][1]) if name in OTHERS else titles[name]).lower()


def _days(dates: pd.Series) -> pd.Series:
    """Dates in one unit of time, so that tables of different origin can be joined."""
    return pd.to_datetime(dates).dt.as_unit("ns")
