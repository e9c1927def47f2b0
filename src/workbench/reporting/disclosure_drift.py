"""Tables about drift whose release takes more than counting the people behind each row."""

from __future__ import annotations

import pandas as pd

from workbench.reporting.disclosure import blank_rows, release_table
from workbench.reporting.disclosure_cells import SumOfRows, hide_with_complements
from workbench.reporting.evidence import SITE, require
from workbench.settings import Privacy

COUNTS_OF_STATES = ("practitioners", "n_practitioners")


def release_states(practitioner_states: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Practitioners by state with the counts of small sites blanked.

    Where the network's counts less those of all other sites would tell of few people, further
    sites are blanked, the smallest first.

    Parameters
    ----------
    practitioner_states
        Evidence table.
    privacy
        The study's privacy settings.
    """
    states = practitioner_states
    if states.empty:
        return states
    released = release_table(states, privacy, hide=COUNTS_OF_STATES)
    of_sites = released["scope"] == SITE
    people = states[of_sites].groupby("site_id")["n_practitioners"].max()
    small = released[of_sites].groupby("site_id")["suppressed"].any()
    if not small.any():
        return released
    hidden = hide_with_complements(
        pd.concat([people, pd.Series({"": people.sum()})]),
        pd.concat([small, pd.Series({"": False})]),
        [SumOfRows(tuple(people.index), "")],
        privacy.fewest_practitioners,
    )
    with_them = of_sites & released["site_id"].isin(hidden.index[hidden])
    return blank_rows(released, with_them, COUNTS_OF_STATES)


def release_kinds(drift_kinds: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Kinds of drift, with what rests on too few people blanked in number and word.

    That nobody stands behind a kind may be said: then its reason is why it could not be tested.

    Parameters
    ----------
    drift_kinds
        Evidence table.
    privacy
        The study's privacy settings.
    """
    if drift_kinds.empty:
        return drift_kinds
    people = require(drift_kinds, "drift_kinds", ["n_practitioners"])["n_practitioners"]
    too_few = people.isna() | ((people > 0) & (people < privacy.fewest_practitioners))
    return blank_rows(drift_kinds, too_few)
