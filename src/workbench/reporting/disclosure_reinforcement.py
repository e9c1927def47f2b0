"""Release of the tables about support, pressures and reward, where it takes more than a count.

Who got support and who got none are two groups of a place. Where either holds some people but few,
the share of everybody would tell about them: a share and the number in post give the count. So both
counts and the share go, and where enough people are in post a bound stands in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure import (
    ReleasedFindings,
    blank_rows,
    release_table,
    rows_with_too_few,
)
from workbench.reporting.evidence import SITE, require
from workbench.settings import Privacy

TEAM = "team"
ALL_KINDS = "all"
SUPPORT = "reinforcement.support"
COUNTS = ("covered", "without", "coverage", "coverage_low", "coverage_high")
GIVEN = ("acts", "acts_a_month", "minutes_a_month", "share_skill")
KEYS = ("scope", "site_id", "supervisor_id", "quarter", "kind")
BOUNDS = ("at_least", "under")
"""Columns added: bounds of a share of coverage that is not shown; both missing where it is."""
PLAN_NUMBERS = ("planned", "delivered", "share", "share_low", "share_high")
GAIN_NUMBERS = ("gain", "conf_low", "conf_high")
ACTION_NUMBERS = (
    "low_observations",
    "followed",
    "open",
    "share",
    "share_low",
    "share_high",
    "median_days",
    "days_low",
    "days_high",
    "n_practitioners",
    "reason",
)


def release_support(support_ledger: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Ledger of the network and of sites, with what tells about few people blanked or bounded.

    - Teams are left out: their lines are for the coach.
    - Lines of places with too few people in post lose every number.
    - Where some, but too few, got support, what they got goes too; where too few got none, only the
      counts and the share.
    - Where so many are in post that it says little about a person, ``at_least`` or ``under`` bounds
      the share that is gone.
    - Where one site alone would lose its counts, the next smallest loses them with it: the
      network's counts less those of all other sites would give them away.

    Parameters
    ----------
    support_ledger
        Evidence table.
    privacy
        The study's privacy settings.
    """
    if support_ledger.empty:
        return support_ledger
    needed = ["scope", "site_id", "quarter", "kind", "in_post", *COUNTS, *GIVEN]
    ledger = require(support_ledger, "support_ledger", needed)
    ledger = ledger[ledger["scope"] != TEAM].reset_index(drop=True)
    fewest = privacy.fewest_practitioners
    small = rows_with_too_few(ledger, privacy, "n_practitioners")
    few_got, few_without = (ledger[name].between(1, fewest - 1) for name in COUNTS[:2])
    alone = _next_smallest(ledger, small | few_got | few_without, ["quarter", "kind"])
    bound = fewest / ledger["in_post"].where(ledger["in_post"] >= 2 * fewest)
    released = ledger.assign(
        at_least=(1 - bound).where(few_without & ~small),
        under=bound.where(few_got & ~small),
    )
    released = blank_rows(released, few_got | few_without | alone, COUNTS)
    for name in GIVEN:
        released[name] = released[name].astype("float64").mask(few_got | small)
    hide = [name for name in released.columns if name not in (*KEYS, "suppressed")]
    everything = blank_rows(released.drop(columns="suppressed"), small, hide)
    return everything.assign(suppressed=released["suppressed"] | small)


def release_timing(booster_timing: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank the gain at months that too few people have reached; the months stay."""
    frame = booster_timing
    if frame.empty:
        return frame
    return release_table(frame, privacy, hide=(*GAIN_NUMBERS, "n_practitioners"))


def release_planned(supports_planned: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank the plan of places with too few people, and of the next smallest where one is alone."""
    return _release_places(supports_planned, privacy, PLAN_NUMBERS, ["quarter", "kind"])


def release_action(action_after_low: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank what follows the low observations of too few people; that there are none may be said.

    Where one site alone would be blanked, the next smallest is blanked with it.
    """
    return _release_places(action_after_low, privacy, ACTION_NUMBERS, [])


def release_curve(dose_curve: pd.DataFrame, dose: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank curves that were fitted to too few people, as the table of doses counts them.

    How many observations stand at a month is blanked where they are few; the curve there rests on
    all of them.

    Parameters
    ----------
    dose_curve, dose
        Evidence tables.
    privacy
        The study's privacy settings.
    """
    if dose_curve.empty:
        return dose_curve
    people = pd.Series(dtype="float64")
    if len(dose):
        people = dose.groupby("kind")["n_practitioners"].max()
    curve = dose_curve.assign(n_practitioners=dose_curve["kind"].map(people).astype("float64"))
    observations = curve["n_observations"].astype("float64")
    few = observations.between(1, privacy.fewest_practitioners - 1)
    released = blank_rows(curve.assign(n_observations=observations), few, ["n_observations"])
    small = rows_with_too_few(curve, privacy, "n_practitioners")
    return blank_rows(released.drop(columns="suppressed"), small).assign(
        suppressed=released["suppressed"] | small
    )


def _release_places(
    frame: pd.DataFrame, privacy: Privacy, hide: Sequence[str], by: list[str]
) -> pd.DataFrame:
    if frame.empty:
        return frame
    needed = ["site_id", *by, "n_practitioners"]
    frame = require(frame, "to be released", needed).reset_index(drop=True)
    people = frame["n_practitioners"]
    few = people.isna() | ((people > 0) & (people < privacy.fewest_practitioners))
    shown = [name for name in hide if name in frame.columns]
    return blank_rows(frame, few | _next_smallest(frame, few, by), [*shown, "n_practitioners"])


def _next_smallest(frame: pd.DataFrame, hidden: pd.Series, by: list[str]) -> pd.Series:
    """Row of the smallest shown site wherever one site alone is hidden.

    Parameters
    ----------
    frame
        With ``site_id`` (empty for the network) and ``n_practitioners``.
    hidden
        Rows hidden already.
    by
        Columns that tell apart the totals from which a site could be worked out.
    """
    chosen = pd.Series(False, index=frame.index)
    sites = frame[frame["site_id"].fillna("") != ""]
    parts = [rows for _, rows in sites.groupby(by)] if by else [sites]
    for rows in parts:
        shown = rows[~hidden[rows.index] & (rows["n_practitioners"] > 0)]
        if hidden[rows.index].sum() == 1 and len(shown):
            order = shown.sort_values(["n_practitioners", "site_id"], kind="stable")
            chosen[order.index[0]] = True
    return chosen


def release_support_findings(
    findings: ReleasedFindings, released: pd.DataFrame
) -> ReleasedFindings:
    """Say the findings on a site's support in bounds where its ledger is.

    The statement of an analysis tells counts and shares of those who got support. Where the
    released ledger hides any of the last quarter's, the statement is made anew from what it shows.

    Parameters
    ----------
    findings
        Released findings.
    released
        Ledger as :func:`release_support` gives it.
    """
    if released.empty:
        return findings
    last = released[released["quarter"] == released["quarter"].max()]
    told = []
    for finding in findings:
        mine = last[last["site_id"] == finding.site_id]
        shown = finding.status == terms.REPORTED
        if finding.id != SUPPORT or not shown or not mine["suppressed"].any():
            told.append(finding)
            continue
        row = mine[mine["kind"] == ALL_KINDS].iloc[0]
        exact = printed.is_number(row["coverage"])
        numbers = {} if exact else {"estimate": None, "conf_low": None, "conf_high": None}
        statement = support_sentence(row)
        told.append(replace(finding, statement=statement, **numbers))  # type: ignore[arg-type]
    return ReleasedFindings(tuple(told), findings.privacy)


SENTENCES = {
    (True, True): mark(
        "In {quarter}, {share} of those in post here were given any support, {acts} acts a month "
        "each."
    ),
    (True, False): mark("In {quarter}, {share} of those in post here were given any support."),
    (False, True): mark(
        "In {quarter}, {share} of those in post were given any support, {acts} acts a month each."
    ),
    (False, False): mark("In {quarter}, {share} of those in post were given any support."),
}
"""By whether it is about a site, and whether it is known how often support was given."""


def support_sentence(row: pd.Series) -> str:
    """Say what a released line of all kinds tells: the share given any support, and how often."""
    known = any(printed.is_number(row[name]) for name in ("coverage", "at_least", "under"))
    share = (
        coverage_words(row["coverage"], row["at_least"], row["under"])
        if known
        else say("a share that is not shown, as it would tell about few people,")
    )
    values = {"quarter": row["quarter"], "share": share}
    often = printed.is_number(row["acts_a_month"])
    if often:
        values["acts"] = printed.number(row["acts_a_month"], 1)
    return say(SENTENCES[row["scope"] == SITE, often], **values)


def coverage_words(coverage: float, at_least: float, under: float) -> str:
    """Write a share of coverage, or the bound that stands in its place.

    >>> coverage_words(0.75, None, None), coverage_words(None, 0.583, None)
    ('75%', 'over 58%')
    """
    if printed.is_number(coverage):
        return printed.share(coverage)
    if printed.is_number(at_least):
        return say("over {share}", share=printed.share(at_least))
    if printed.is_number(under):
        return say("under {share}", share=printed.share(under))
    return printed.number(None)
