"""How often the intervals of `docs/methods/agreement.md` hold the simulated truth.

    python benchmarks/agreement_coverage.py

Prints the coverage of 95% intervals; nothing is timed, and the same numbers come every time.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from workbench.models.intraclass import intraclass_long, intraclass_one_way
from workbench.models.krippendorff import krippendorff_alpha
from workbench.models.weighted_kappa import WEIGHTS, weighted_kappa

CLUSTER_SD, SUBJECT_SD, RATER_SD, REST_SD = 4.0, 3.0, 1.5, 3.0
SUBJECT_VARIANCE = CLUSTER_SD**2 + SUBJECT_SD**2
ICC = SUBJECT_VARIANCE / (SUBJECT_VARIANCE + RATER_SD**2 + REST_SD**2)
ICC_DESIGNS = ((10, 6), (20, 6), (40, 20), (100, 20), (100, 4))  # clusters and raters
KAPPA_CLUSTERS = (10, 20, 40, 100)
STEPS = (-4.0, 4.0)  # where a score is cut into three steps
DRAWS = 400
TRUTH_CLUSTERS = 100_000


def subjects(random: np.random.Generator, clusters: int) -> np.ndarray:
    """True scores of two subjects a cluster."""
    shared = np.repeat(random.normal(0, CLUSTER_SD, clusters), 2)
    return shared + random.normal(0, SUBJECT_SD, 2 * clusters)


def crossed(random: np.random.Generator, clusters: int, raters: int) -> pd.DataFrame:
    """Each subject rated by two of the raters, one row a rating."""
    true = subjects(random, clusters)
    chosen = np.argsort(random.random((len(true), raters)), axis=1)[:, :2]
    rating = true[:, None] + random.normal(0, RATER_SD, raters)[chosen]
    rating = rating + random.normal(0, REST_SD, chosen.shape)
    number = np.repeat(np.arange(len(true)), 2)
    columns = {"rating": rating.ravel(), "subject": number, "rater": chosen.ravel()}
    return pd.DataFrame(columns).assign(cluster=number // 2)


def stepped(random: np.random.Generator, clusters: int) -> pd.DataFrame:
    """Steps that two raters, new ones each time, give each subject, one row a subject."""
    true = subjects(random, clusters)
    scores = true[:, None] + random.normal(0, np.hypot(RATER_SD, REST_SD), (len(true), 2))
    table = pd.DataFrame(np.digitize(scores, STEPS), columns=["first", "second"])
    return table.assign(cluster=np.arange(len(true)) // 2, subject=np.arange(len(true)))


def holds(found: pd.DataFrame, truth: float) -> bool:
    """Whether the interval holds the truth; a missing one does not."""
    return bool(found["conf_low"].iloc[0] <= truth <= found["conf_high"].iloc[0])


def icc_coverage(random: np.random.Generator, sets: int) -> None:
    """Mixed-model ICC."""
    for clusters, raters in ICC_DESIGNS:
        held = [
            holds(
                intraclass_long(frame, "rating", "subject", "rater", "cluster", DRAWS, seed),
                ICC,
            )
            for seed in range(sets)
            for frame in [crossed(random, clusters, raters)]
        ]
        print(f"ICC(A,1), {clusters} clusters, {raters} raters: {np.mean(held):.1%}", flush=True)


def kappa_coverage(random: np.random.Generator, sets: int) -> None:
    """Kappa with each weights, and alpha, whose truth is that of quadratic kappa."""
    many = stepped(random, TRUTH_CLUSTERS)
    truth = {w: weighted_kappa(many, "first", "second", w, draws=0)["estimate"][0] for w in WEIGHTS}
    for clusters in KAPPA_CLUSTERS:
        held: dict[str, list[bool]] = {name: [] for name in (*WEIGHTS, "alpha")}
        for seed in range(sets):
            frame = stepped(random, clusters)
            for w in WEIGHTS:
                found = weighted_kappa(frame, "first", "second", w, "cluster", DRAWS, seed)
                held[w].append(holds(found, truth[w]))
            long = frame.melt(["cluster", "subject"], ["first", "second"], value_name="rating")
            found = krippendorff_alpha(
                long, "rating", "subject", "interval", "cluster", DRAWS, seed
            )
            held["alpha"].append(holds(found, truth["quadratic"]))
        shares = ", ".join(f"{name} {np.mean(values):.1%}" for name, values in held.items())
        print(f"{clusters} clusters: {shares}", flush=True)


def one_way_coverage(random: np.random.Generator, sets: int) -> None:
    """One-way ICC with one to four ratings a subject."""
    for n in (10, 30):
        for icc in (0.2, 0.7):
            held = []
            for _ in range(sets):
                subject = np.repeat(np.arange(n), random.integers(1, 5, n))
                rating = random.normal(0, icc**0.5, n)[subject]
                rating += random.normal(0, (1 - icc) ** 0.5, len(subject))
                frame = pd.DataFrame({"rating": rating, "subject": subject})
                held.append(holds(intraclass_one_way(frame, "rating", "subject"), icc))
            print(f"ICC(1,1), {n} subjects, ICC {icc}: {np.mean(held):.1%}", flush=True)


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=400, help="simulated sets of each design")
    sets = parser.parse_args().sets
    icc_coverage(np.random.default_rng(1), sets)
    kappa_coverage(np.random.default_rng(2), sets)
    one_way_coverage(np.random.default_rng(3), 5 * sets)


if __name__ == "__main__":
    main()
