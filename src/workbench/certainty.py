"""How sure a sentence may sound: one rule from an interval to a word.

The rule, in the order in which it is asked:

1. *Which way.* A direction (lower, higher, falls, rises) is said only when the whole 95% interval
   lies on that side of no change. Else the sentence says that no sure difference is seen.
2. *By how much.* "By more than matters" is said only when the whole interval lies beyond the
   smallest change that matters, "by less than matters" only when all of it lies within; else the
   size is open.
3. *Many looks.* Where several things are looked at, a direction also has to stand when all of them
   are allowed for.
4. *A probability* is said with the word of its band, and never stands in for the interval: where
   the two don't reach equally far, the sentence keeps the weaker word.

An interval is judged as finely as it can be written, ``FINEST`` digits, and ``wording.interval``
writes as many of them as it takes to see the side on which it lies.

The rule follows the advice for official statistics to tie words to intervals by one stated rule,
and to say "no sure change" where an interval holds none (Government Statistical Service,
Communicating quality, uncertainty and change; Office for Statistics Regulation 2022, Approaches to
presenting uncertainty). The bands of probability are those of Mastrandrea and others 2010,
Guidance note for lead authors of the IPCC fifth assessment report, table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.language import mark, say

FINEST = 3
"""Most digits after the point with which an interval is written, and so judged."""
LOWER, HIGHER, UNSURE = mark("lower"), mark("higher"), mark("no sure difference")
AMONG_MANY = mark("not sure beside all that was looked at")
NOTHING_THAT_MATTERS = mark("no difference that matters")
MORE, LESS = mark("by more than matters"), mark("by less than matters")
OPEN = mark("by how much is open")
BANDS = ((0.99, mark("almost certainly")), (0.90, mark("very likely")), (0.66, mark("likely")))
EVEN = mark("more likely than not")
JOINT = ", "
"""Stands between the way and the size."""


@dataclass(frozen=True)
class Certainty:
    """What may be said of an interval.

    Attributes
    ----------
    way
        ``LOWER``, ``HIGHER``, ``UNSURE``, or ``AMONG_MANY`` where the interval alone is sure but
        not beside all that was looked at.
    size
        ``MORE``, ``LESS`` or ``OPEN`` beside the smallest change that matters; empty where no such
        change is named.
    """

    way: str
    size: str = ""

    @property
    def sure(self) -> bool:
        """Whether a direction may be said."""
        return self.way in (LOWER, HIGHER)

    def pick(self, lower: str, higher: str, unsure: str) -> str:
        """Choose the words for the way that may be said."""
        return {LOWER: lower, HIGHER: higher}.get(self.way, unsure)

    def __str__(self) -> str:
        if not self.sure:
            nothing = self.size == LESS and self.way == UNSURE
            return NOTHING_THAT_MATTERS if nothing else self.way
        return JOINT.join(part for part in (self.way, self.size) if part)


def certainty(
    low: float,
    high: float,
    no_change: float = 0.0,
    smallest: float | None = None,
    beyond_chance: bool = True,
) -> Certainty:
    """Judge an interval by the rule.

    Parameters
    ----------
    low, high
        Ends of the 95% interval. A missing end is never sure.
    no_change
        The value that means no change: 0 for a difference, 1 for a ratio, 50 for "most".
    smallest
        The smallest change that matters, above 0; None where there is none.
    beyond_chance
        Whether it stands when all that was looked at is allowed for.

    Examples
    --------
    >>> str(certainty(-3.0, -1.2, smallest=1.0)), str(certainty(-1.2, 0.2, smallest=1.0))
    ('lower, by more than matters', 'no sure difference')
    >>> str(certainty(0.92, 0.98, no_change=1.0)), str(certainty(-0.4, 0.6, smallest=1.0))
    ('lower', 'no difference that matters')
    >>> str(certainty(0.2, 1.4, beyond_chance=False))
    'not sure beside all that was looked at'
    """
    below, above = (round(round(end, FINEST) - no_change, FINEST) for end in (low, high))
    way = LOWER if above < 0 else HIGHER if below > 0 else UNSURE
    if way != UNSURE and not beyond_chance:
        way = AMONG_MANY
    if smallest is None:
        return Certainty(way)
    return Certainty(way, _size(below, above, round(smallest, FINEST)))


def _size(below: float, above: float, smallest: float) -> str:
    if above < -smallest or below > smallest:
        return MORE
    return LESS if -smallest < below and above < smallest else OPEN


def agrees(said: str, low: float, high: float, no_change: float, smallest: float | None) -> bool:
    """Whether a word of certainty is one that the rule gives for this interval."""
    return said in {
        str(certainty(low, high, no_change, smallest, beyond_chance))
        for beyond_chance in (True, False)
    }


def in_words(certainty: str) -> str:
    """Say what ``str(certainty)`` keeps, in the language in use.

    >>> in_words("lower, by how much is open")
    'lower, by how much is open'
    """
    return JOINT.join(say(part) for part in certainty.split(JOINT))


def likelihood(probability: float) -> str:
    """Put a probability above a half into words, by the per cent with which it is written.

    Examples
    --------
    >>> likelihood(0.94), likelihood(0.7), likelihood(0.52)
    ('very likely', 'likely', 'more likely than not')
    """
    written = round(probability, 2)
    return say(next((word for least, word in BANDS if written >= least), EVEN))
