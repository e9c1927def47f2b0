"""An effect that fades by half in a time found from the data, within units.

The value of a unit is its own level and straight line in time, what covariates add, and
``effect * sum 2 ** -((t - s) / half_life)`` over its events at earlier times s. Unit levels and
lines are taken out, so units are compared with themselves only. Half-lives are tried on a grid of
equal steps of the logarithm (profile least squares), and the effect at each is by two-stage least
squares with `surprise_doses` as instruments, so that events which follow a unit's own low values
do not pass for an effect. Intervals come from drawing units again, half-life and effect together.

Without an effect every half-life fits alike, so the half-life is given only where a test shows an
effect (Davies 1987, Biometrika 74, 33-43): the largest score over the grid, beside its values when
the units' scores change sign at random (Wu 1986, Annals of Statistics 14, 1261-1295; Cameron,
Gelbach and Miller 2008, Review of Economics and Statistics 90, 414-427).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.models.cluster_bootstrap import (
    PercentileInterval,
    cluster_draws,
    percentile_interval,
)
from workbench.models.lag_kernel_products import Products, Profile, profile_of
from workbench.models.lag_kernel_rows import LagRows, PreparedRows

__all__ = ["LagKernelFit", "LagRows", "fit_lag_kernel", "half_life_grid"]

SHORTEST, LONGEST, POINTS = 0.5, 24.0, 33
DRAWS = 999
ERROR_RATE = 0.05
FINE = 9


@dataclass(frozen=True)
class LagKernelFit:
    """An effect that fades, with its half-life.

    Attributes
    ----------
    effect, half_life
        Where they fit best.
    p_value
        That there is no effect at any half-life.
    effects, half_lives
        The same in each draw of units.
    reference_half_life, reference_effect, reference_effects
        A half-life that was not sought, the effect at it, and in each draw: for where no effect is
        shown.
    bins, bin_draws
        Effect of one event by how long ago it was, shape (k,) and (draws, k), unsmoothed.
    mean_dose
        Mean dose of the rows fitted, at the half-life.
    n_rows, n_units
        Rows and units that were fitted.
    kept
        Which of the rows handed in were fitted, shape (n,).
    reason
        Why there is no fit; empty if there is one.
    """

    effect: float = np.nan
    half_life: float = np.nan
    p_value: float = np.nan
    effects: np.ndarray = field(default_factory=lambda: np.empty(0))
    half_lives: np.ndarray = field(default_factory=lambda: np.empty(0))
    reference_half_life: float = np.nan
    reference_effect: float = np.nan
    reference_effects: np.ndarray = field(default_factory=lambda: np.empty(0))
    bins: np.ndarray = field(default_factory=lambda: np.empty(0))
    bin_draws: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    mean_dose: float = np.nan
    n_rows: int = 0
    n_units: int = 0
    kept: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    reason: str = ""

    @property
    def shown(self) -> bool:
        """Whether an effect can be told from none."""
        return bool(self.p_value < ERROR_RATE)

    def interval_of(self, draws: np.ndarray) -> PercentileInterval:
        """95% interval of something computed from each draw."""
        return percentile_interval(draws, self.n_units)

    def left_after(self, gap: float) -> tuple[float, np.ndarray]:
        """Tell what is left of one event's effect after a time, and in each draw."""
        here = self.effect * 2.0 ** (-gap / self.half_life)
        return here, self.effects * 2.0 ** (-gap / self.half_lives)


def half_life_grid(
    shortest: float = SHORTEST, longest: float = LONGEST, points: int = POINTS
) -> np.ndarray:
    """Half-lives in equal steps of their logarithm."""
    return np.geomspace(shortest, longest, points)


def fit_lag_kernel(
    rows: LagRows,
    reference_half_life: float = 3.0,
    edges: tuple[float, ...] = (0.0, 1.0, 3.0, 6.0, 12.0),
    draws: int = DRAWS,
    seed: int = 0,
) -> LagKernelFit:
    """Fit an effect that fades, with the half-life that fits best.

    Parameters
    ----------
    rows
        Rows and events.
    reference_half_life
        Half-life at which the effect is told where none is shown.
    edges
        Ages of events that bound the bins of the unsmoothed check.
    draws, seed
        Draws of units, and the seed of the random numbers.

    Returns
    -------
    LagKernelFit
        With a reason and no numbers where there is too little to go on.
    """
    grid = half_life_grid()
    order = np.lexsort((rows.times, rows.units))
    prepared = PreparedRows(rows, order, edges)
    if prepared.reason:
        return LagKernelFit(reason=prepared.reason)
    n_units = len(np.unique(prepared.units))
    every = np.concatenate([grid, [reference_half_life]])
    products = prepared.products(prepared.instruments, prepared.doses(every))
    by_age = prepared.products(prepared.bin_instruments, prepared.bins)
    one = np.ones((1, n_units))
    counts = cluster_draws(n_units, draws, seed)
    split = len(grid)

    def at(counted: np.ndarray) -> tuple[Profile, np.ndarray, np.ndarray]:
        profile = profile_of(*products.reduced(counted))
        sought = Profile(profile.effects[:, :split], profile.gains[:, :split])
        return sought, profile.effects[:, split], _by_age(by_age, counted)

    profile, reference, bins = at(one)
    drawn, drawn_reference, drawn_bins = at(counts)
    half_life, effect = _refined(prepared, grid, profile)
    half_lives, effects = drawn.best(grid)
    kept = np.zeros(len(order), dtype=bool)
    kept[order[prepared.fitted]] = True
    return LagKernelFit(
        effect=effect,
        half_life=half_life,
        p_value=_p_value(products, split, draws, seed),
        effects=effects,
        half_lives=half_lives,
        reference_half_life=reference_half_life,
        reference_effect=float(reference[0]),
        reference_effects=drawn_reference,
        bins=bins[0],
        bin_draws=drawn_bins,
        mean_dose=float(prepared.doses(np.array([half_life])).mean()),
        n_rows=int(prepared.fitted.sum()),
        n_units=n_units,
        kept=kept,
    )


def _refined(prepared: PreparedRows, grid: np.ndarray, profile: Profile) -> tuple[float, float]:
    """Seek again on a fine grid around the best point."""
    top = int(profile.gains[0].argmax())
    fine = np.geomspace(grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)], FINE)
    products = prepared.products(prepared.instruments, prepared.doses(fine))
    found = profile_of(*products.reduced(np.ones((1, len(products.by_unit)))))
    half_life, effect = found.best(fine)
    return float(half_life[0]), float(effect[0])


def _by_age(products: Products, counts: np.ndarray) -> np.ndarray:
    """Effect of one event of each age; NaN where ages can't be told apart."""
    _, with_bins, with_value = products.reduced(counts)
    try:
        return np.asarray(np.linalg.solve(with_bins, with_value[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.full(with_value.shape, np.nan)


def _p_value(products: Products, on_grid: int, draws: int, seed: int) -> float:
    """How often scores with random signs reach as far, where each reaches furthest."""
    scores = products.scores()
    instruments, with_doses, _ = products.reduced(np.ones((1, len(scores))))
    by_half_life = scores @ np.linalg.solve(instruments[0], with_doses[0, :, :on_grid])
    spread = np.sqrt((by_half_life**2).sum(axis=0))
    scaled = by_half_life / np.where(spread > 0, spread, np.inf)
    reached = np.abs(scaled.sum(axis=0)).max()
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (max(draws, 1), len(scores)))
    by_chance = np.abs(signs @ scaled).max(axis=1)
    return float((1 + (by_chance >= reached - 1e-12).sum()) / (1 + len(by_chance)))
