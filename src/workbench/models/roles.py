"""Which group plays which part in the profiled engine: inner, outer or crossed.

The engine knows one or two nested levels and one crossed intercept. Every level of the *inner*
group lies in one level of the *outer* group; the *crossed* group may have rows anywhere, and has
one effect, the intercept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.formulas import MixedFormula

MOST_EFFECTS = 3  # of one level of a nested group


@dataclass(frozen=True)
class Roles:
    """The part each group plays; empty where there is none."""

    inner: str
    outer: str = ""
    crossed: str = ""


def find_roles(formula: MixedFormula, codes: dict[str, np.ndarray]) -> Roles:
    """Give each group its part.

    Parameters
    ----------
    formula
        The parsed formula.
    codes
        For each group, the level of each row.

    Returns
    -------
    Roles

    Raises
    ------
    ModelRefused
        When the groups don't fit the engine's design, with what would.
    """
    counts = {group: int(codes[group].max()) + 1 for group in formula.groups}
    for inner, outer, crossed in _arrangements(formula, counts):
        if not outer or is_nested(codes[inner], codes[outer]):
            return Roles(inner, outer, crossed)
    raise ModelRefused(
        say(
            "The groups {groups} don't fit the profiled engine: it takes one group, or one "
            "nested in another, and besides one crossed group with an intercept only. "
            "Leave a term out, or give the nested group's levels names that are unique "
            "over all of the outer levels.",
            groups=", ".join(formula.groups),
        )
    )


def _arrangements(formula: MixedFormula, counts: dict[str, int]) -> list[tuple[str, str, str]]:
    """Ways to give the parts, the best first: nested before crossed, few crossed levels."""
    groups = sorted(formula.groups, key=lambda group: counts[group])
    crossable = [group for group in groups if only_intercept(formula, group)]
    if len(groups) == 1:
        return [(groups[0], "", "")]
    if len(groups) == 2:
        nested = [(groups[1], groups[0], "")]
        return nested + [(_other(groups, c), "", c) for c in crossable]
    if len(groups) == 3:
        rest = [(c, [g for g in groups if g != c]) for c in crossable]
        return [(pair[1], pair[0], c) for c, pair in rest]
    return []


def _other(groups: list[str], group: str) -> str:
    return next(name for name in groups if name != group)


def only_intercept(formula: MixedFormula, group: str) -> bool:
    """Whether the group has one effect, the intercept."""
    return [term.terms for term in formula.random if term.group == group] == [("1",)]


def is_nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether every level of inner lies in one level of outer."""
    home = np.full(int(inner.max()) + 1, -1)
    home[inner] = outer
    return bool((home[inner] == outer).all())
