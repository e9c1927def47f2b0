"""Supports of the example network: the boosters that were planted, as a table hands them in."""

from __future__ import annotations

import pandas as pd

from workbench.data.synthetic_effects import Effects

KIND = "recertification"
MINUTES = 360


def simulate_supports(effects: Effects) -> pd.DataFrame:
    """One row a booster, in order of date: everyone at the site was trained and certified again.

    Returns
    -------
    DataFrame
        ``support_id, occurred_on, kind, site_id, minutes, focus``; no row without a booster.
    """
    boosted = effects.by_site[effects.by_site["boosted_on"].notna()]
    boosted = boosted.sort_values(["boosted_on", "site_id"], ignore_index=True)
    return pd.DataFrame(
        {
            "support_id": [f"B{number:04d}" for number in range(1, len(boosted) + 1)],
            "occurred_on": boosted["boosted_on"],
            "kind": KIND,
            "site_id": boosted["site_id"],
            "minutes": MINUTES,
            "focus": "skill",
        }
    )
