"""How the movement of components is written in sentences."""

from __future__ import annotations

from typing import Any

from workbench.language import mark
from workbench.wording import count_of, interval, number

SETS = "tables/components_together.parquet"
BEST_PRACTICE = mark(
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)


def slopes(row: Any) -> dict[str, str]:
    """Slopes beside the whole and by itself, as sentences write them."""
    return {
        "slope": points(row, "slope"),
        "ends": between(row, "slope"),
        "own_slope": points(row, "own_slope"),
        "own_ends": between(row, "own_slope"),
        "observations": count_of(int(row["n_observations"]), "observation"),
    }


def departure(row: Any) -> dict[str, str]:
    """How far a set of components moved, since when, and on how many observations it rests."""
    return {
        "points": points(row, "departure"),
        "quarter": str(row["since"]),
        "ends": between(row, "departure"),
        "observations": count_of(int(row["n_observations"]), "observation"),
    }


def points(row: Any, name: str) -> str:
    """Write points with their sign."""
    return number(float(row[name]), 1, signed=True)


def between(row: Any, name: str) -> str:
    """Write the ends of the 95% interval of some points."""
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    return interval(low, high, 1, signed=True, beside=(0,))
