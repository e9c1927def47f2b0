"""Mixed-model formulas, written as lme4 writes them.

``fidelity ~ quarters + rater_role + (1 + quarters | practitioner_id) + (1 | rater_id)`` has a
response, a fixed part, and one bracket for each set of effects that vary between the levels of a
group. ``|`` lets the effects of a bracket correlate, ``||`` keeps them uncorrelated, ``(x | g)``
means ``(1 + x | g)`` and ``(0 + x | g)`` has no intercept. ``(1 | a/b)`` stands for
``(1 | a) + (1 | a:b)``. The language is described in Bates, Mächler, Bolker and Walker (2015),
Fitting linear mixed-effects models using lme4, Journal of Statistical Software 67(1), section 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import ModelRefused, ParameterError

EXAMPLE = "fidelity ~ quarters + (1 + quarters | practitioner_id)"


@dataclass(frozen=True)
class RandomTerm:
    """Effects that vary between the levels of one group.

    Attributes
    ----------
    terms
        Terms as written, with ``"1"`` first when the intercept varies: ``("1", "quarters")``.
    group
        The grouping column, or columns joined by a colon: ``"site_id:team_id"``.
    correlated
        Whether the effects of one level may correlate (``|``) or not (``||``).
    """

    terms: tuple[str, ...]
    group: str
    correlated: bool = True

    @property
    def group_columns(self) -> tuple[str, ...]:
        """Columns whose combination makes the levels."""
        return tuple(part.strip() for part in self.group.split(":"))

    def __str__(self) -> str:
        first = self.terms if self.terms[0] == "1" else ("0", *self.terms)
        bar = "|" if self.correlated else "||"
        return f"({' + '.join(first)} {bar} {self.group})"


@dataclass(frozen=True)
class MixedFormula:
    """A parsed mixed-model formula.

    Attributes
    ----------
    response
        The response, as written.
    fixed
        Right-hand side of the fixed part for formulaic, such as ``"1 + quarters"``.
    random
        One entry for each bracket, in the order written.
    offset
        What is written inside ``offset(...)``: terms with a coefficient of exactly one.
    """

    response: str
    fixed: str
    random: tuple[RandomTerm, ...]
    offset: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Grouping factors in the order in which they are first named."""
        return tuple(dict.fromkeys(term.group for term in self.random))

    def __str__(self) -> str:
        offsets = [f"offset({term})" for term in self.offset]
        return " + ".join([f"{self.response} ~ {self.fixed}", *offsets, *map(str, self.random)])


def parse_formula(formula: str) -> MixedFormula:
    """Read an lme4-style formula.

    Parameters
    ----------
    formula
        Such as ``"fidelity ~ quarters + (1 + quarters | practitioner_id)"``.

    Returns
    -------
    MixedFormula

    Raises
    ------
    ParameterError
        When the text is not a formula: no response, brackets that don't match, an empty bracket.
    ModelRefused
        When it has no random effect, or asks for something this language does not have.

    Examples
    --------
    >>> parsed = parse_formula("y ~ x + (x || site)")
    >>> parsed.random
    (RandomTerm(terms=('1', 'x'), group='site', correlated=False),)
    """
    if not isinstance(formula, str) or formula.count("~") != 1:
        raise ParameterError(
            f"{formula!r} is not a formula. Write the response, one ~ and the terms: '{EXAMPLE}'."
        )
    response, right = (side.strip() for side in formula.split("~"))
    if not response:
        raise ParameterError(f"The formula '{formula}' names no response before the ~.")
    fixed_parts: list[str] = []
    offset: list[str] = []
    random: list[RandomTerm] = []
    for sign, part in _split_at_plus(right, formula):
        inside = _inside_of_bar(part)
        if inside is None and part.startswith("offset("):
            offset.append(_inside_of_offset(sign, part))
        elif inside is None:
            fixed_parts.append(f"{sign} {part}")
        elif inside is not None and sign == "-":
            raise ParameterError(f"'- {part}': a random effect can't be subtracted; leave it out.")
        elif inside is not None:
            random.extend(_random_terms(inside, part))
    if not random:
        raise ModelRefused(
            f"'{formula}' has no random effect such as (1 | site_id), so it is not a mixed model. "
            "Add one, or use an ordinary regression."
        )
    fixed = " ".join(fixed_parts).removeprefix("+ ").strip() or "1"
    return MixedFormula(response, fixed, _without_repeats(random), tuple(offset))


def _split_at_plus(text: str, formula: str) -> list[tuple[str, str]]:
    """Split at plus and minus signs that stand outside all brackets; keep the signs."""
    parts: list[tuple[str, str]] = []
    depth, sign, current = 0, "+", ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            break
        if depth == 0 and character in "+-":
            if current.strip():
                parts.append((sign, current.strip()))
            sign, current = character, ""
        else:
            current += character
    if depth != 0:
        raise ParameterError(f"The brackets of the formula '{formula}' don't match.")
    if not current.strip():
        raise ParameterError(f"The formula '{formula}' ends before its last term.")
    return [*parts, (sign, current.strip())]


def _inside_of_bar(part: str) -> str | None:
    """Text inside ``( ... | ... )``, or None when the part is a fixed term."""
    if "|" not in part:
        return None
    if not (part.startswith("(") and part.endswith(")")):
        raise ParameterError(f"'{part}': write a random effect in brackets, as (1 | site_id).")
    return part[1:-1]


def _inside_of_offset(sign: str, part: str) -> str:
    if sign == "-" or not part.endswith(")") or not part[7:-1].strip():
        raise ParameterError(f"'{sign} {part}': write an offset as + offset(column).")
    return part[7:-1].strip()


def _random_terms(inside: str, part: str) -> list[RandomTerm]:
    """Random terms of one bracket; several when the group is nested by a slash."""
    match = re.fullmatch(r"([^|]*)(\|\|?)([^|]*)", inside)
    if match is None or not match[1].strip() or not match[3].strip():
        raise ParameterError(f"'{part}': write the terms, one bar and the group, as (1 | site_id).")
    terms = _effect_terms(match[1], part)
    return [RandomTerm(terms, group, match[2] == "|") for group in _groups(match[3], part)]


def _effect_terms(text: str, part: str) -> tuple[str, ...]:
    """Effects on the left of the bar, with the intercept made explicit."""
    intercept, terms = True, []
    for sign, term in _split_at_plus(text, part):
        if term in {"0", "1"}:
            intercept = (term == "1") == (sign == "+")
        elif sign == "-":
            raise ParameterError(f"'{part}': only '- 1' can be subtracted inside a random effect.")
        else:
            terms.append(term)
    terms = list(dict.fromkeys(terms))
    if not intercept and not terms:
        raise ParameterError(f"'{part}' has neither an intercept nor a slope.")
    return tuple(["1", *terms] if intercept else terms)


def _groups(text: str, part: str) -> list[str]:
    """Read the groups on the right of the bar; ``a/b`` is ``a`` and ``a:b``."""
    levels = [piece.strip() for piece in text.split("/")]
    joined = [":".join(levels[: end + 1]) for end in range(len(levels))]
    for group in joined:
        names = [name.strip() for name in group.split(":")]
        if not all(re.fullmatch(r"[^\W\d]\w*", name) for name in names):
            raise ParameterError(
                f"'{part}': the group must be a column name, two joined by a colon (a:b), "
                "or nested by a slash (a/b)."
            )
    return [":".join(name.strip() for name in group.split(":")) for group in joined]


def _without_repeats(random: list[RandomTerm]) -> tuple[RandomTerm, ...]:
    """Refuse an effect that is asked for twice in one group."""
    seen: set[tuple[str, str]] = set()
    for term in random:
        for effect in term.terms:
            if (effect, term.group) in seen:
                name = "the intercept" if effect == "1" else f"'{effect}'"
                raise ModelRefused(
                    f"{name} varies by '{term.group}' in two brackets, so the two variances can't "
                    "be told apart. Keep one (write (0 + x | g) for a slope alone)."
                )
            seen.add((effect, term.group))
    return tuple(random)
