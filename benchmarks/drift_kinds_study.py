"""Is each kind of drift named as itself, and none where there is none?

    python benchmarks/drift_kinds_study.py [--networks 10] [--write FILE]

Each kind is planted alone, with a known size, in networks of three sizes (see
docs/methods/simulated_networks.md for the sizes), and so is none at all. Every network is analysed
as notebook 02 does. Small networks have 8 sites over 8 quarters, medium ones 12 over 12, large ones
40 over 12; 15% of the independent ratings are coded again by a master. Networks without master
codes are looked at apart.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
from study_tables import asked_for, markdown

from workbench import terms
from workbench.analysis.boosters import boosters
from workbench.analysis.components import component_movement
from workbench.analysis.drift_kinds import NOT_IDENTIFIABLE, kinds_of_drift
from workbench.analysis.fidelity_trajectories import Asked, trajectories
from workbench.analysis.generations import generations
from workbench.analysis.generations_chain import generation_of
from workbench.analysis.growth_design import growth_design
from workbench.analysis.individual_drift import individual_drift
from workbench.analysis.leavers import leavers
from workbench.analysis.new_normal import new_normal
from workbench.analysis.raters import rater_drift
from workbench.data.instruments import Instrument, load_instruments
from workbench.data.synthetic import (
    planted,
    simulate_components,
    simulate_growth,
    simulate_supports,
)
from workbench.models.mixed import fit_mixed_model
from workbench.settings import Thresholds

NONE = "none"
SIZES = ("small", "medium", "large")
THRESHOLDS = Thresholds()
FIRST_SEED = 5000


@cache
def fidelity_instrument() -> Instrument:
    """The workbench's own instrument, read once."""
    return load_instruments()["practice_fidelity", "1"]


def analyse(mechanism: str, size: str, seed: int, anchors: bool = True) -> dict[str, object]:
    """Simulate one network and judge the kinds of drift in it."""
    parameters = planted(mechanism, size, anchors=anchors)
    _, people, everything, effects = simulate_growth(parameters, seed)
    everything = everything.assign(weight=1.0, cut_off=65.0)
    everything["meets_cut_off"] = (everything["fidelity"] >= 65).astype("boolean")
    role = everything["rater_role"]
    frame = everything[role.isin(["independent", "supervisor"])].reset_index(drop=True)
    masters = everything[role == "master"].reset_index(drop=True)
    components = simulate_components(frame, fidelity_instrument(), parameters, seed)
    core = dict.fromkeys(components["component"].unique(), True)
    now, last = float(parameters.quarters), frame["quarter"].max()
    design = growth_design(frame)
    fit = fit_mixed_model(design.formula, frame)
    raters = rater_drift(frame, masters, THRESHOLDS, draws=0)
    normal = new_normal(frame, masters, people, now, THRESHOLDS, generation=generation_of(people))
    tests = [
        raters.test,
        individual_drift(frame, fit, fit.why_not, THRESHOLDS),
        normal.test,
        generations(frame, people, now, THRESHOLDS).test,
        boosters(frame, simulate_supports(effects), now, THRESHOLDS).test,
        component_movement(
            components, core=core, now=now, quarter=last, thresholds=THRESHOLDS
        ).test,
        leavers(frame, people, now, THRESHOLDS).test,
    ]
    table = kinds_of_drift(tests).set_index("mechanism")
    asked = Asked(fit, design, now, THRESHOLDS, raters.ruler) if fit.usable else None
    places = trajectories(frame, asked, fit.why_not)
    return {
        "planted": mechanism,
        "size": size,
        "anchors": anchors,
        "named": [one for one in table.index if table.loc[one, "verdict"] == "named"],
        "open": [one for one in table.index if table.loc[one, "verdict"] == NOT_IDENTIFIABLE],
        "untested": [one for one in table.index if table.loc[one, "verdict"] == "not tested"],
        "network": places.network_and_sites.loc[0, "state"],
        "drifting": float((places.practitioners["state"] == terms.DRIFTING).mean()),
    }


def study(networks: int, seed: int = FIRST_SEED) -> Iterator[dict[str, object]]:
    """Every kind and size, so many networks each; and the two that need anchors without them."""
    for size in SIZES:
        for mechanism in (NONE, *terms.MECHANISMS):
            for number in range(networks * (3 if mechanism == NONE else 1)):
                yield analyse(mechanism, size, seed + number)
        for mechanism in (NONE, terms.RATER_DRIFT, terms.NEW_NORMAL):
            for number in range(max(networks // 3, 1)):
                yield analyse(mechanism, size, seed + number, anchors=False)


def percent(share: float) -> str:
    """Write a share; blank for none."""
    return "" if np.isnan(share) or share == 0 else f"{share:.1%}"


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a planted kind and size: how often each kind was named."""
    rows = []
    for (mechanism, size), part in found[found["anchors"]].groupby(["planted", "size"], sort=False):
        row = {"planted": mechanism, "networks": f"{len(part)} {size}"}
        for one in terms.MECHANISMS:
            row[one] = percent(part["named"].map(lambda names, one=one: one in names).mean())
        others = part["named"].map(lambda names, own=mechanism: bool(set(names) - {own}))
        row["any other"] = percent(others.mean())
        row["not tested"] = percent(
            part["untested"].map(lambda names, own=mechanism: own in names).mean()
        )
        row["practitioners called drifting"] = f"{part['drifting'].mean():.1%}"
        row["network called drifting"] = percent((part["network"] == terms.DRIFTING).mean())
        rows.append(row)
    return pd.DataFrame(rows)


def without_anchors(found: pd.DataFrame) -> pd.DataFrame:
    """One row a planted kind: how often rater drift and new normal are left open."""
    rows = []
    for mechanism, part in found[~found["anchors"]].groupby("planted", sort=False):
        row = {"planted": mechanism, "networks": len(part)}
        for one in (terms.RATER_DRIFT, terms.NEW_NORMAL):
            row[f"{one} not identifiable"] = percent(
                part["open"].map(lambda names, one=one: one in names).mean()
            )
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its tables."""
    asked = asked_for(str(__doc__), 10)
    found = []
    for one in study(asked.networks):
        found.append(one)
        if len(found) % 50 == 0:
            print(f"{len(found)} networks", file=sys.stderr)
    frame = pd.DataFrame(found)
    named, unanchored = markdown(summarise(frame)), markdown(without_anchors(frame))
    print(named, unanchored, sep="\n\n")
    if asked.write:
        about = __doc__.split("\n\n")[2].replace("\n", " ")
        asked.write.write_text(
            "# Kinds of drift: is each named as itself, and none where there is none?\n\n"
            f"Made by `make studies` on {dt.date.today():%d %B %Y}. {about}\n\n{named}\n\n"
            "A cell is the share of networks in which that kind was named; blank is none. The "
            "planted kind should be named in 80% or more, any other in 5% or less.\n\n"
            f"## Without master codes\n\n{unanchored}\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
