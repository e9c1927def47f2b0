"""Panels: frames ready for an analysis, named for what one row is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.kept_sentences import OBSERVED_AFTER, say_kept
from workbench.language import mark, say
from workbench.quarters import DAYS_IN_A_QUARTER, Quarter, quarter_labels, quarters_between
from workbench.shown import Shown

GROWTH_ROLES = ("independent", "supervisor")
BOOSTERS = ("training", "certification", "recertification")
ORGANISATION_EVENTS = {
    "implementation_teams": "formed_on",
    "team_meetings": "held_on",
    "feedback_items": "raised_on",
}
"""Tables about teams and loops, and the column of the day from which a row counts."""
SUPPORT_COLUMNS = [
    "support_id", "practitioner_id", "site_id", "supervisor_id", "occurred_on", "quarter", "kind",
    "minutes", "focus", "provided_by", "triggered_by_observation_id",
]  # fmt: skip
"""Columns of `supports_by_practitioner`; missing where a table does not hold them."""
REINFORCEMENT_EVENTS = {
    "supports": "occurred_on",
    "work_conditions": "period_start",
    "recognition": "period_start",
}
"""Tables about support, pressures and reward, and the column of their day."""
MASTER_CODES = mark("master codes serve to test the raters")
SELF_RATINGS = mark("self ratings are a series of their own")


@dataclass(frozen=True)
class ObservationPanel(Shown):
    """Scored observations up to a quarter, ready for the analysis of fidelity.

    Attributes
    ----------
    by_observation
        One row an observation that is used: ``observation_id, practitioner_id, site_id,
        supervisor_id, rater_id, rater_role, observed_on, quarter, quarters, fidelity, weight,
        cut_off, meets_cut_off``. ``quarters`` is time in quarters from the first day of the
        series' first quarter.
    not_used
        One row an observation that is not used, with ``why_not_used``.
    quarter
        Quarter of the report.
    now
        The end of that quarter, on the scale of ``quarters``.
    """

    by_observation: pd.DataFrame
    not_used: pd.DataFrame
    quarter: Quarter
    now: float

    @property
    def masters(self) -> pd.DataFrame:
        """Scored master codes up to the quarter, with the columns of ``by_observation``."""
        chosen = self.not_used["why_not_used"] == MASTER_CODES
        scored = self.not_used[chosen & self.not_used["fidelity"].notna()]
        return scored.drop(columns="why_not_used").reset_index(drop=True)


def observation_panel(
    observations: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
) -> ObservationPanel:
    """Observations joined with who was observed, up to the end of a quarter.

    Self ratings are a separate series and master codes test the raters: neither is pooled with
    what independent raters and supervisors saw.
    """
    people = practitioners.set_index("practitioner_id")
    site = observations["practitioner_id"].map(people["site_id"])
    recorded = observations["site_id"] if "site_id" in observations.columns else site
    frame = observations.assign(site_id=recorded.where(recorded.notna(), site))
    if "supervisor_id" in people.columns:
        frame["supervisor_id"] = frame["practitioner_id"].map(people["supervisor_id"])
    frame["quarter"] = quarter_labels(frame["observed_on"], quarter.fiscal_year_starts)
    why = _why_not_used(frame, quarter)
    start, days = quarter.first_day, frame.loc[why == "", "observed_on"]
    if len(days):
        first_seen = days.min().date()
        start = Quarter.containing(first_seen, quarter.fiscal_year_starts).first_day
    frame["quarters"] = quarters_between(start, frame["observed_on"])
    used = frame[why == ""].reset_index(drop=True)
    not_used = frame.assign(why_not_used=why)[why != ""].reset_index(drop=True)
    end = quarter.last_day + dt.timedelta(days=1)
    return ObservationPanel(used, not_used, quarter, (end - start).days / DAYS_IN_A_QUARTER)


def _why_not_used(frame: pd.DataFrame, quarter: Quarter) -> pd.Series:
    why = pd.Series("", index=frame.index, dtype="str")
    why = why.mask(frame["fidelity"].isna(), frame["why_not_scored"])
    why = why.mask(frame["rater_role"] == "self", SELF_RATINGS)
    why = why.mask(frame["rater_role"] == "master", MASTER_CODES)
    late = frame["observed_on"] > pd.Timestamp(quarter.last_day)
    return why.mask(late, OBSERVED_AFTER.format(quarter=quarter))


def response_use(panel: ObservationPanel, responses: pd.DataFrame) -> pd.DataFrame:
    """Tell in one row what became of the accepted fidelity responses, with the reasons."""
    ids = [panel.by_observation["observation_id"], panel.masters["observation_id"]]
    used = int(responses["observation_id"].isin(pd.concat(ids)).sum())
    rest = panel.not_used[~panel.not_used["observation_id"].isin(ids[1])]
    counts = rest["why_not_used"].value_counts()
    why = "; ".join(
        say("{why} ({n} observations)", why=say_kept(str(why)), n=f"{count:,}")
        for why, count in counts.items()
    )
    return _use("fidelity_responses", len(responses), used, why)


def answer_use(panel: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Tell in one row what became of the accepted driver responses."""
    used = int(panel["answered"].sum())
    why = say("not applicable, not answered, after the quarter, or to another instrument")
    return _use("driver_responses", len(responses), used, "" if used == len(responses) else why)


def events_up_to(events: pd.DataFrame, date: str, quarter: Quarter) -> pd.DataFrame:
    """Events, such as adaptations noted or supports given, up to the end of a quarter.

    Parameters
    ----------
    events
        Accepted rows; without columns if the table was not handed in.
    date
        Column of the day.
    quarter
        Quarter of the report.
    """
    if events.empty:
        return events
    return events[events[date] <= pd.Timestamp(quarter.last_day)].reset_index(drop=True)


def event_use(table: str, accepted: pd.DataFrame, used: pd.DataFrame) -> pd.DataFrame:
    """Tell in one row what became of the accepted events; no row if none was handed in."""
    kinds = say("after the quarter, or of a kind not looked at here")
    why = "" if len(used) == len(accepted) else kinds
    row = _use(table, len(accepted), len(used), why)
    return row.iloc[:0] if accepted.empty else row


def event_uses(
    used: Mapping[str, pd.DataFrame], accepted: Callable[[str], pd.DataFrame]
) -> pd.DataFrame:
    """Tell in a row a table what became of its accepted events.

    Parameters
    ----------
    used
        Events that are used, by table.
    accepted
        Gives the accepted rows of a table.
    """
    return pd.concat([event_use(name, accepted(name), rows) for name, rows in used.items()])


def boosters_up_to(supports: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Supports up to a quarter that may act as a booster of the whole of practice."""
    given = events_up_to(supports, "occurred_on", quarter)
    return given if given.empty else given[given["kind"].isin(BOOSTERS)].reset_index(drop=True)


def supports_by_practitioner(
    supports: pd.DataFrame, practitioners: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Support that reached practitioners up to a quarter: one row a practitioner and act.

    An act for a whole site covered everybody in post there on that day: hired (or, where that day
    is not known, trained) by then, and not yet left. An act that names a practitioner covered that
    one, in post or not. Acts that covered nobody known have no row.

    Parameters
    ----------
    supports, practitioners
        Accepted rows; without columns if the table was not handed in.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``SUPPORT_COLUMNS``, in order of date and practitioner; ``site_id`` and ``supervisor_id``
        are the practitioner's.
    """
    given = events_up_to(supports, "occurred_on", quarter)
    if given.empty or practitioners.empty:
        return pd.DataFrame(columns=SUPPORT_COLUMNS)
    own = ["practitioner_id", "site_id", "supervisor_id", "hired_on", "trained_on", "left_on"]
    people = practitioners.reindex(columns=own)
    acts = given.reindex(columns=SUPPORT_COLUMNS)
    named = acts["practitioner_id"].notna()
    single = acts[named].drop(columns=["site_id", "supervisor_id"])
    single = single.merge(people[own[:3]], on="practitioner_id")
    whole = acts[~named & acts["site_id"].notna()]
    whole = whole.drop(columns=["practitioner_id", "supervisor_id"]).merge(people, on="site_id")
    start = pd.to_datetime(whole["hired_on"]).fillna(pd.to_datetime(whole["trained_on"]))
    day, left = whole["occurred_on"], pd.to_datetime(whole["left_on"])
    there = ~(start > day) & ~(left < day)  # an unknown day excludes nobody
    rows = pd.concat([part for part in (single, whole[there]) if len(part)] or [single])
    rows["quarter"] = quarter_labels(rows["occurred_on"], quarter.fiscal_year_starts)
    rows = rows.sort_values(["occurred_on", "support_id", "practitioner_id"], kind="stable")
    return rows[SUPPORT_COLUMNS].reset_index(drop=True)


def _use(table: str, accepted: int, used: int, why: str) -> pd.DataFrame:
    row = {"table": table, "used": used, "not_used": accepted - used, "why_not_used": why}
    return pd.DataFrame([row])


def latest_quarter(observations: pd.DataFrame, fiscal_year_starts: int) -> Quarter:
    """Quarter of the last observation that isn't a self rating or master code."""
    dates = observations.loc[observations["rater_role"].isin(GROWTH_ROLES), "observed_on"]
    last = dates.max() if len(dates) else observations["observed_on"].max()
    return Quarter.containing(last.date(), fiscal_year_starts)


def component_panel(components: pd.DataFrame, panel: ObservationPanel) -> pd.DataFrame:
    """Component scores of the observations that are used: one row an observation and component."""
    columns = [
        "observation_id",
        "practitioner_id",
        "site_id",
        "observed_on",
        "quarter",
        "quarters",
        "rater_role",
    ]
    scored = components[components["fidelity"].notna()]
    names = ["observation_id", "component", "component_title", "component_order", "fidelity"]
    return scored[names].merge(panel.by_observation[columns], on="observation_id", validate="m:1")


def of_instrument(valued: pd.DataFrame, instrument_id: str) -> pd.DataFrame:
    """Responses to one instrument, in whatever version; scales of two are never pooled."""
    return valued[valued["instrument_id"] == instrument_id].reset_index(drop=True)


def assessment_panel(valued: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Driver responses up to a quarter: one row a best practice rated by a respondent.

    Columns: ``site_id, assessed_on, assessed_quarter, respondent_id, respondent_role, driver,
    driver_title, best_practice, wording, weight, percent, applies, answered``.
    """
    frame = valued[valued["assessed_on"] <= pd.Timestamp(quarter.last_day)]
    labels = quarter_labels(frame["assessed_on"], quarter.fiscal_year_starts)
    return pd.DataFrame(
        {
            "site_id": frame["site_id"],
            "assessed_on": frame["assessed_on"],
            "assessed_quarter": labels,
            "respondent_id": frame["respondent_id"],
            "respondent_role": frame["respondent_role"],
            "driver": frame["component"],
            "driver_title": frame["component_title"],
            "best_practice": frame["item_id"],
            "wording": frame["wording"],
            "weight": frame["weight"],
            "percent": frame["percent"],
            "applies": frame["applies"],
            "answered": frame["percent"].notna(),
        }
    ).reset_index(drop=True)
