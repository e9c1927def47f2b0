"""Five hundred small networks: does the engine find the optimum, say so truly, and cover?

    python benchmarks/small_networks.py [--networks 500] [--write docs/methods/small_networks.md]

Each network has 8 sites, 6 practitioners a site and 6 quarters, with 20% of the rows missing. A
third has slopes that vary by practitioner and site, a third has no variation of slopes between
sites, a third none at all between sites or of slopes, so that many fits are singular. The model is
the full one in every case. Every fit is compared with the best of three searches from random
starts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.models.inference import tidy_kenward_roger
from workbench.models.level_map import LevelMap
from workbench.models.mixed import fit_mixed_model
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.reduced import engine_scales, reduce_statistics

FORMULA = "fidelity ~ quarters + (1 + quarters | practitioner) + (1 + quarters | site)"
SLOPE = -1.0
KINDS = {
    "slopes vary by practitioner and site": (6.0, 0.8, 4.0, 0.7),
    "slopes vary by practitioner only": (6.0, 0.8, 4.0, 0.0),
    "only levels vary, by practitioner": (6.0, 0.0, 0.0, 0.0),
}
WORSE = 1e-6  # of the criterion: more than this above the best restart is a missed optimum


def network(seed: int, sds: tuple[float, float, float, float]) -> pd.DataFrame:
    """One network with these standard deviations."""
    random = np.random.default_rng(seed)
    practitioner, quarters = np.repeat(np.arange(48), 6), np.tile(np.arange(6.0), 48)
    site = practitioner // 6
    own = random.normal(size=(48, 2)) * sds[:2]
    shared = random.normal(size=(8, 2)) * sds[2:]
    fidelity = 70 + SLOPE * quarters + random.normal(0, 5, 288)
    fidelity += own[practitioner, 0] + own[practitioner, 1] * quarters
    fidelity += shared[site, 0] + shared[site, 1] * quarters
    names = {"fidelity": fidelity, "quarters": quarters, "practitioner": practitioner, "site": site}
    return pd.DataFrame(names)[random.random(288) > 0.2]


def study_one(seed: int, kind: str) -> dict[str, object]:
    """Fit one network and judge the fit."""
    data = network(seed, KINDS[kind])
    fit = fit_mixed_model(FORMULA, data)
    assert fit.statistics is not None
    levels = LevelMap.of(fit.design.blocks, fit.statistics.roles, engine_scales(fit.statistics))
    problem, random = reduce_statistics(fit.statistics), np.random.default_rng(seed)
    best = np.inf
    for _ in range(3):
        start = random.normal(0, 1, len(fit.curvature.theta))
        best = min(best, minimise(Objective(problem, levels, True), start).point.value)
    row = {"kind": kind, "converged": fit.converged, "usable": fit.usable, "singular": fit.singular}
    row["above the best restart"] = fit.criterion - best
    for name, table in (("satterthwaite", fit.tidy()), ("kenward-roger", tidy_kenward_roger(fit))):
        slope = table.set_index("term").loc["quarters"]
        row[f"covered, {name}"] = bool(slope["conf_low"] <= SLOPE <= slope["conf_high"])
    return row


def share(covered: pd.Series) -> str:
    """Write a share in percent."""
    return f"{covered.mean():.1%}"


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network, and all together."""
    missed = found["above the best restart"] > WORSE
    found = found.assign(missed=missed, false=missed & found["converged"])
    rows, above = [], "above the best restart"
    for kind, part in [*found.groupby("kind", sort=False), ("all", found)]:
        rows.append(
            {
                "networks": kind,
                "fits": len(part),
                "singular": f"{part['singular'].mean():.0%}",
                "called converged": int(part["converged"].sum()),
                "of these not the optimum": int(part["false"].sum()),
                "furthest above the best of 3 restarts": f"{part[above].max():.1e}",
                "95% interval of the slope covers (Satterthwaite)": share(
                    part["covered, satterthwaite"]
                ),
                "(Kenward-Roger)": share(part["covered, kenward-roger"]),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 500)
    kinds = list(KINDS)
    found = pd.DataFrame([study_one(seed, kinds[seed % 3]) for seed in range(asked.networks)])
    table = summarise(found)
    title = "Small networks: is the optimum found, and do the intervals cover?"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
