"""What a check of a fitted model says, and the checks of random terms that both kinds share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.language import mark, say
from workbench.models.design import RandomBlock

FINE, MIND, DO_NOT_USE = mark("fine"), mark("mind"), mark("do not use")

FEWEST_LEVELS = 5  # of a group, for a variance that means something
FEWEST_LEVELS_FOR_SLOPE = 8
SMALLEST_SHARE_THAT_VARIES = 0.5  # of levels, in which a slope's covariate must vary
FEW_DIFFERENCES = mark(
    "{group} has only {count} levels, so how much its differences vary is hardly known"
)
FEW_SLOPES = mark("{group} has only {count} levels, so how much its slopes vary is hardly known")


@dataclass(frozen=True)
class Check:
    """One check: its name, its verdict and what it means."""

    check: str
    verdict: str
    detail: str


def singularity(block: RandomBlock, sds: np.ndarray, smallest: float) -> str:
    """Say what is amiss in a random term with a direction of no variation.

    Parameters
    ----------
    block
        The term.
    sds
        Standard deviations of its effects, in units of the response.
    smallest
        Below it an effect does not vary.
    """
    zero = [name for name, sd in zip(block.names, sds, strict=True) if sd < smallest]
    group = block.term.group
    if zero:
        named = say(" and ").join(zero)
        return say("the variance of {named} by {group} is zero", named=named, group=group)
    return say(
        "the effects {named} by {group} move as one (correlation 1)",
        named=", ".join(block.names),
        group=group,
    )


def singular_check(found: list[str]) -> Check:
    """Judge a fit by what is amiss in its random terms."""
    name = mark("singular")
    if not found:
        return Check(name, FINE, say("Every variance is above zero and no correlation is one."))
    detail = say(
        "The fit is singular: {found}. The data hold no sign of that variation; it may be there "
        "and too small to see. Fixed effects can be read; a simpler random part gives the same "
        "fit.",
        found="; ".join(found),
    )
    return Check(name, MIND, detail)


def levels_check(block: RandomBlock, advice: str) -> Check:
    """Judge whether a group has levels enough; ``advice`` says what to do where it has few."""
    count, group = len(block.levels), block.term.group
    named = ", ".join(block.names)
    name = say("levels of {group} for {named}", group=group, named=named)
    alone = block.names == ("Intercept",)
    if count >= (FEWEST_LEVELS if alone else FEWEST_LEVELS_FOR_SLOPE):
        return Check(name, FINE, say("{group} has {count} levels.", group=group, count=count))
    few = say(FEW_DIFFERENCES if alone else FEW_SLOPES, group=group, count=count)
    return Check(name, MIND, f"{few}; {advice}")


def variation_check(name: str, group: str, share: float) -> Check:
    """Judge whether a covariate varies enough within a group for slopes by that group."""
    check = say("{name} varies within {group}", name=name, group=group)
    if share >= SMALLEST_SHARE_THAT_VARIES:
        verdict, text = FINE, mark("{name} takes several values in {share:.0%} of the levels.")
    elif share > 0:
        text = mark(
            "{name} takes several values in only {share:.0%} of the levels of {group}, so the "
            "spread of its slopes rests on few of them."
        )
        verdict = MIND
    else:
        text = mark(
            "{name} never changes within a level of {group}, so a slope by {group} has no meaning. "
            "Keep {name} as a fixed effect only."
        )
        verdict = DO_NOT_USE
    return Check(check, verdict, say(text, name=name, group=group, share=share))
