"""Tables about drift whose release takes more than counting the people behind each row."""

from __future__ import annotations

import pandas as pd

from workbench.reporting.disclosure import blank_rows, release_table
from workbench.reporting.evidence import SITE, require
from workbench.settings import Privacy

COUNTS_OF_STATES = ("practitioners", "n_practitioners")


def release_states(practitioner_states: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Practitioners by state with the counts of small sites blanked.

    Where one site alone would be blanked, the next smallest is blanked with it: the network's
    counts less those of all other sites would give it away.

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
    hidden = released.loc[of_sites & released["suppressed"], "site_id"].nunique()
    shown = states[of_sites & ~released["suppressed"]]
    if hidden == 1 and len(shown):
        smallest = shown.sort_values(["n_practitioners", "site_id"])["site_id"].iloc[0]
        with_it = of_sites & (released["site_id"] == smallest)
        released = blank_rows(released, with_it, COUNTS_OF_STATES)
    return released


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
