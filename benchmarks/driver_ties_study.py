"""Are ties between drivers and fidelity recovered, and none claimed where there is none?

    python benchmarks/driver_ties_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites (6 in small ones) over 12 quarters, with assessments of all drivers in
every second quarter. A site's drivers move from one assessment to the next with a spread of 8
points. Planted is one point of fidelity, in the two quarters after an assessment, for 10 points of
coaching above the site's own mean: by its score as assessed, or as it truly was, which the
assessment only measures. Sites and practitioners have courses of their own. With shocks, everyone
at a site moves together after each assessment, with a spread of 1.5 points, for reasons that no
driver knows of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.driver_ties import driver_ties
from workbench.analysis.readiness import scores_by_assessment
from workbench.data import panels, scoring
from workbench.data.instruments import load_instruments
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_drivers import assess_drivers, with_driver_effect
from workbench.quarters import Quarter

DRIVER = "coaching"
EFFECT = 1.0
SWING = 8.0
SHOCK = 1.5
QUARTERS_AFTER = 2
FIRST_SEED = 70_000
LAST = Quarter(2030, 1)


@dataclass(frozen=True)
class Kind:
    """What is planted in a network, and how it is analysed."""

    title: str
    effect: float
    sites: int = 12
    shock: float = 0.0
    by_truth: bool = False
    every_driver: bool = False


KINDS = {
    "none": Kind("nothing planted", 0.0, every_driver=True),
    "none-shocks": Kind("nothing planted, with shocks", 0.0, shock=SHOCK, every_driver=True),
    "planted": Kind("planted by the score", EFFECT, every_driver=True),
    "planted-shocks": Kind("planted by the score, with shocks", EFFECT, shock=SHOCK),
    "planted-small": Kind("planted by the score, 6 sites", EFFECT, sites=6),
    "planted-truth": Kind("planted by what the score measures", EFFECT, by_truth=True),
}


def study_one(seed: int, name: str) -> dict[str, object]:
    """Simulate one network, and look for ties as notebook 04 does."""
    kind = KINDS[name]
    instruments = load_instruments()
    instrument = instruments["driver_assessment", "1"]
    parameters = NetworkParameters(sites=kind.sites, planted_sites=())
    _, people, everything, effects = simulate_growth(parameters, seed)
    random = np.random.default_rng(seed)
    swings = dict.fromkeys(instrument.components, SWING)
    assessed = assess_drivers(people, effects.by_site, instrument, parameters, random, swings)
    responses = assessed.responses.assign(
        instrument_id=instrument.instrument, instrument_version=instrument.version
    )
    valued = scoring.value_responses(responses, instruments)
    scores = scores_by_assessment(
        panels.assessment_panel(valued, LAST), instrument.smallest_share_answered
    )
    behind = assessed.by_assessment if kind.by_truth else scores
    seen = with_driver_effect(everything, behind, {DRIVER: kind.effect}, QUARTERS_AFTER)
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])].assign(weight=1.0)
    if kind.shock:
        seen = with_shocks(seen, kind.shock, random)
    asked = scores if kind.every_driver else scores[scores["name"] == DRIVER]
    table = driver_ties(asked, seen.reset_index(drop=True), QUARTERS_AFTER).driver_ties
    mine = table.set_index("name").loc[DRIVER]
    others = table[table["name"] != DRIVER]
    return {
        "kind": name,
        "usable": pd.notna(mine["within"]),
        "estimate": mine["within"],
        "covered": mine["within_low"] <= kind.effect <= mine["within_high"],
        "tied": bool(mine["tied"]),
        "others covered": (others["within_low"].le(0) & others["within_high"].ge(0)).mean(),
        "any wrong tie": bool(others["tied"].any() or (mine["tied"] and not kind.effect)),
    }


def with_shocks(seen: pd.DataFrame, shock: float, random: np.random.Generator) -> pd.DataFrame:
    """Move everyone at a site together in the two quarters after each assessment."""
    whole = np.floor(seen["quarters"]).astype(int)
    period = pd.factorize(seen["site_id"] + " " + (whole // QUARTERS_AFTER).astype(str))[0]
    moved = shock * random.standard_normal(period.max() + 1)
    return seen.assign(fidelity=seen["fidelity"] + moved[period])


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network."""
    rows = []
    for name, part in found.groupby("kind", sort=False):
        kind, usable = KINDS[str(name)], part[part["usable"]]
        others = f"{part['others covered'].mean():.1%}" if kind.every_driver else ""
        wrong = f"{part['any wrong tie'].mean():.1%}" if kind.every_driver else ""
        rows.append(
            {
                "networks": kind.title,
                "number": len(part),
                "no usable fit": len(part) - len(usable),
                "planted": f"{kind.effect:.1f}",
                "mean estimate": f"{usable['estimate'].mean():.2f}",
                "spread": f"{usable['estimate'].std():.2f}",
                "95% interval covers": f"{usable['covered'].mean():.1%}",
                "tie claimed": f"{part['tied'].mean():.0%}",
                "other drivers' intervals cover 0": others,
                "any tie claimed that isn't there": wrong,
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    seeds = range(FIRST_SEED, FIRST_SEED + asked.networks)
    found = pd.DataFrame([study_one(seed, name) for name in asked.kinds for seed in seeds])
    table = summarise(found)
    title = "Ties between drivers and fidelity: recovered, and not claimed where none is"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
