"""From a formula and a frame of answered items to numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.language import say
from workbench.models.design import Design, RandomBlock, refuse_repeated_columns
from workbench.models.formulas import MixedFormula, parse_formula
from workbench.models.item_families import BINOMIAL, CUMULATIVE, FAMILIES, Binomial, Cumulative
from workbench.models.rows import Rows, learn_columns, rows_of


@dataclass(frozen=True, eq=False)
class ItemRows:
    """The numbers of the complete rows, and the model they belong to.

    Attributes
    ----------
    design
        Names, levels and counts. `Design.fixed_names` has the intercept also where thresholds
        take its place.
    rows
        Columns and level codes.
    family
        The likelihood.
    family_name
        ``binomial`` or ``cumulative``.
    categories
        Labels of the categories in use, lowest first; empty for a binomial response.
    unused
        Labels of declared categories, or whole numbers between the lowest and highest, that no
        row has.
    information
        Rows, or trials where there is a denominator.
    """

    design: Design
    rows: Rows
    family: Binomial | Cumulative
    family_name: str
    categories: tuple[str, ...]
    unused: tuple[str, ...]
    information: np.ndarray

    @property
    def fixed_columns(self) -> np.ndarray:
        """Fixed columns without the intercept where thresholds take its place, shape (n, p)."""
        if self.family_name == BINOMIAL:
            return self.rows.X
        return np.delete(self.rows.X, self.design.fixed_names.index("Intercept"), axis=1)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the fixed columns."""
        if self.family_name == BINOMIAL:
            return self.design.fixed_names
        return tuple(name for name in self.design.fixed_names if name != "Intercept")

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """Such as ``0|1``; empty for a binomial response."""
        pairs = zip(self.categories, self.categories[1:], strict=False)
        return tuple(f"{low}|{high}" for low, high in pairs)


def read_item_rows(
    formula: str, data: pd.DataFrame, family: str, denominator: str | None
) -> ItemRows:
    """Compute the columns of an item model, and refuse what can't be estimated.

    Raises
    ------
    ParameterError
        When the formula, the family or a column can't be read.
    ModelRefused
        When the response does not suit the family, or a term can't be estimated.
    """
    parsed = parse_formula(formula)
    if family not in FAMILIES:
        raise ParameterError(f"No family '{family}'. Families: {', '.join(FAMILIES)}.")
    _require_columns(parsed, data, family, denominator)
    if parsed.offset:
        raise ModelRefused("Item models take no offset. Leave offset(...) out of the formula.")
    response = data[parsed.response]
    categories: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    if family == CUMULATIVE:
        numbers, categories, unused = _ordered(response)
        frame = data.assign(**{parsed.response: numbers})
    else:
        frame = data.assign(**{parsed.response: _counts(response, parsed.response)})
        if denominator is not None:
            frame[denominator] = _applicable(data[denominator], denominator)
    columns = learn_columns(parsed, frame, denominator or "")
    rows = rows_of(columns, frame)
    if family == CUMULATIVE:
        categories, rows, gone = _used_categories(categories, rows)
        unused += gone
    likelihood = _family(family, rows, categories, parsed.response, denominator)
    information = likelihood.trials if isinstance(likelihood, Binomial) else np.ones(len(rows.y))
    blocks = tuple(
        RandomBlock(block.term, block.names, rows.levels[block.term.group], block.spec)
        for block in columns.blocks
    )
    _refuse_levels(blocks, float(information.sum()))
    names = columns.fixed_names
    if family == CUMULATIVE and "Intercept" not in names:
        raise ModelRefused(
            "Thresholds take the place of the intercept, so '0 +' has no meaning. Leave it out."
        )
    refuse_repeated_columns(rows.X, names)
    design = Design(
        columns.formula,
        names,
        columns.fixed_spec,
        columns.template,
        blocks,
        len(rows.y),
        rows.dropped,
        rows.dropped_by_column,
    )
    return ItemRows(design, rows, likelihood, family, categories, unused, information)


def _require_columns(
    parsed: MixedFormula, data: pd.DataFrame, family: str, denominator: str | None
) -> None:
    if parsed.response not in data.columns:
        raise ParameterError(
            f"The response '{parsed.response}' must be a column of the data. "
            f"Columns there: {', '.join(map(str, data.columns))}."
        )
    if denominator is not None and family == CUMULATIVE:
        raise ParameterError("A denominator belongs to the binomial family. Leave it out.")
    if denominator is not None and denominator not in data.columns:
        raise ParameterError(f"The data have no column '{denominator}' for the denominator.")


def _counts(response: pd.Series, name: str) -> np.ndarray:
    if not (pd.api.types.is_numeric_dtype(response) or pd.api.types.is_bool_dtype(response)):
        raise ParameterError(
            f"'{name}' must hold numbers: 0 and 1, or a count with a denominator. Say which answer "
            "counts as met, and make it 1."
        )
    return response.to_numpy(dtype=float, na_value=np.nan)


def _applicable(values: pd.Series, name: str) -> np.ndarray:
    """Denominators; a row with none applicable holds nothing and is dropped as missing."""
    if not pd.api.types.is_numeric_dtype(values):
        raise ParameterError(f"The denominator '{name}' must hold counts.")
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if (numbers < 0).any():
        raise ModelRefused(f"The denominator '{name}' has values below zero.")
    return np.where(numbers == 0, np.nan, numbers)


def _ordered(response: pd.Series) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Numbers of the categories (missing where empty), their labels, and whole-number gaps."""
    if isinstance(response.dtype, pd.CategoricalDtype):
        if not response.cat.ordered:
            raise ModelRefused(
                f"The categories of '{response.name}' have no order. Make it an ordered category, "
                "lowest first."
            )
        codes = response.cat.codes.to_numpy().astype(float)
        labels = tuple(str(label) for label in response.cat.categories)
        return np.where(codes < 0, np.nan, codes), labels, ()
    if not pd.api.types.is_numeric_dtype(response):
        raise ModelRefused(
            f"'{response.name}' is text, which has no order. Use numbers such as 0, 1, 2, or an "
            "ordered category."
        )
    numbers = response.to_numpy(dtype=float, na_value=np.nan)
    found, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    result = np.full(len(numbers), np.nan)
    result[~np.isnan(numbers)] = codes
    gaps: tuple[str, ...] = ()
    if len(found) and (found == np.round(found)).all():
        missing = set(range(int(found[0]), int(found[-1]) + 1)) - set(found.astype(int))
        gaps = tuple(str(number) for number in sorted(missing))
    return result, tuple(f"{number:g}" for number in found), gaps


def _used_categories(
    categories: tuple[str, ...], rows: Rows
) -> tuple[tuple[str, ...], Rows, tuple[str, ...]]:
    """Leave out the categories that no complete row has."""
    found, numbers = np.unique(rows.y, return_inverse=True)
    used = [int(number) for number in found]
    gone = tuple(label for k, label in enumerate(categories) if k not in used)
    labels = tuple(categories[k] for k in used)
    return labels, replace(rows, y=numbers.astype(float)), gone


def _family(
    family: str, rows: Rows, categories: tuple[str, ...], response: str, denominator: str | None
) -> Binomial | Cumulative:
    if family == CUMULATIVE:
        if len(categories) < 2:
            raise ModelRefused(
                say(
                    "Every answer in '{response}' is the same: nothing to model.", response=response
                )
            )
        return Cumulative(rows.y.astype(np.int64), len(categories))
    trials = np.ones(len(rows.y)) if rows.weights is None else rows.weights
    whole = (rows.y == np.round(rows.y)).all() and (trials == np.round(trials)).all()
    if not whole or (rows.y < 0).any() or (rows.y > trials).any():
        limit = f"a whole number from 0 to '{denominator}'" if denominator else "0 or 1"
        hint = "" if denominator else " For counts, name the denominator's column."
        raise ModelRefused(f"Every value of '{response}' must be {limit}.{hint}")
    if rows.y.sum() in {0.0, trials.sum()}:
        raise ModelRefused(
            say("Every answer in '{response}' is the same: nothing to model.", response=response)
        )
    return Binomial(rows.y, trials)


def _refuse_levels(blocks: tuple[RandomBlock, ...], answers: float) -> None:
    for block in blocks:
        if len(block.levels) < 2:
            raise ModelRefused(
                say(
                    "'{group}' has {n_levels} level, so differences between its levels can't be "
                    "estimated. Leave {term} out.",
                    group=block.term.group,
                    n_levels=len(block.levels),
                    term=block.term,
                )
            )
        if block.size >= answers:
            raise ModelRefused(
                say(
                    "{term} asks for {size} effects from {answers:.0f} answers. Use fewer "
                    "effects, or more answers of each level.",
                    term=block.term,
                    size=block.size,
                    answers=answers,
                )
            )
