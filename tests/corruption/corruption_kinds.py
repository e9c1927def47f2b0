"""What a kind of damage is: four ways to do it, and what the workbench should do about each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from corruption_study import Hand

Damage = Callable[[Hand, int], None]
VARIANTS = 4
BEHAVIOURS = ("ACCEPT", "REPAIR", "ROWS", "REFUSE", "ASK", "NOTE")


@dataclass(frozen=True)
class Kind:
    """One kind of damage.

    Attributes
    ----------
    group, title
        Where it belongs and what it is.
    damage
        Damages the study's files in a variant, 0 to 3.
    expected
        What should happen, by variant.
    names
        What a message must name besides the file and the remedy, by variant: of row, column, sheet.
    pending
        Why a variant is not met yet, by variant.
    truth
        Variants whose accepted rows differ from the clean study's, since the change is a true one.
    mentions
        Words that notes or messages must hold.
    """

    group: str
    title: str
    damage: Damage
    expected: tuple[str, ...]
    names: tuple[str, ...]
    pending: dict[int, str] = field(default_factory=dict)
    truth: tuple[int, ...] = ()
    mentions: str = ""

    @property
    def variants(self) -> int:
        """Number of variants."""
        return len(self.expected)


KINDS: list[Kind] = []


def kind(
    group: str,
    title: str,
    *expected: str,
    names: str | tuple[str, ...] = "",
    pending: dict[int, str] | None = None,
    truth: bool | tuple[int, ...] = False,
    mentions: str = "",
) -> Callable[[Damage], Damage]:
    """Register a kind; one expectation stands for all four variants."""
    each = expected * VARIANTS if len(expected) == 1 else expected
    named = (names,) * VARIANTS if isinstance(names, str) else names
    for one in each:
        assert set(one.split("|")) <= set(BEHAVIOURS), one

    def register(damage: Damage) -> Damage:
        assert len(each) == len(named) == VARIANTS, title
        true = tuple(range(VARIANTS)) if truth is True else truth or ()
        KINDS.append(Kind(group, title, damage, each, named, pending or {}, true, mentions))
        return damage

    return register
