"""What a linear mixed model needs to know of the data, in a form that adds up.

One pass over the rows makes, for every level of the inner group (a *cell*), the sums of products
of the model's columns and the response; and, where there is a crossed group, for every cell and
crossed level (a *pair*) the sums of the columns. Models are fitted from these sums alone, so the
rows can come in chunks, from a database or from several machines, and need not be kept.

Columns are summed about a common shift, near their means, which keeps the digits when a covariate
is far from zero; the shift is taken out again by linear algebra, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.language import say
from workbench.models.design import Design, describe
from workbench.models.formulas import parse_formula
from workbench.models.roles import Roles, find_roles
from workbench.models.rows import ModelColumns, learn_columns, rows_of

FIXED_SPLINE = ("knots=", "lower_bound=", "upper_bound=")  # then a spline needs no look at the rows
CHUNKS_AT_ONCE = 8  # chunks summed before they are merged into the total


@dataclass(frozen=True, eq=False)
class SufficientStatistics:
    """Sums of products that hold everything a mixed model needs.

    Made by `from_frame` or `from_chunks`; two with the same formula add up with ``+``.

    Attributes
    ----------
    columns
        How the columns are computed.
    roles
        Which group is inner, outer and crossed.
    names
        Names of the w summed columns: a constant, the model's distinct columns, the response.
    shift
        What was taken from each column before summing, shape (w,); zero for the constant.
    levels
        Sorted labels of each group's levels.
    cell_inner, cell_outer
        Level numbers of each cell, shape (N,).
    products
        Sums of products of the shifted columns in each cell, shape (N, w, w).
    pair_cell, pair_crossed
        Cell and crossed level of each pair, shape (M,).
    pair_sums
        Sums of the shifted columns in each pair, shape (M, w); the constant's sum is the weight.
    cell_rows
        Rows in each cell, shape (N,).
    log_weights
        Sum of the logarithms of the weights; zero without weights.
    lowest, highest
        Lowest and highest value of each column, shape (w,), unshifted.
    at_lowest, at_highest
        Rows at the response's lowest and highest value.
    dropped, dropped_by_column
        Rows left out because a value was missing, in all and by column.
    """

    columns: ModelColumns
    roles: Roles
    names: tuple[str, ...]
    shift: np.ndarray
    levels: dict[str, pd.Index]
    cell_inner: np.ndarray
    cell_outer: np.ndarray
    products: np.ndarray
    pair_cell: np.ndarray
    pair_crossed: np.ndarray
    pair_sums: np.ndarray
    cell_rows: np.ndarray
    log_weights: float
    lowest: np.ndarray
    highest: np.ndarray
    at_lowest: int
    at_highest: int
    dropped: int
    dropped_by_column: dict[str, int]

    @property
    def n_obs(self) -> int:
        """Rows summed."""
        return int(self.cell_rows.sum())

    @staticmethod
    def from_frame(
        formula: str, data: pd.DataFrame, weights: str | None = None
    ) -> SufficientStatistics:
        """Sum up a frame.

        Parameters
        ----------
        formula
            Mixed-model formula, as `workbench.models.mixed.fit_mixed_model` takes it.
        data
            One row an observation.
        weights
            Column of prior weights.
        """
        from workbench.models.row_sums import sum_rows

        columns = learn_columns(parse_formula(formula), data, weights or "")
        rows = rows_of(columns, data)
        return sum_rows(columns, rows, find_roles(columns.formula, rows.codes))

    @staticmethod
    def from_chunks(
        formula: str,
        chunks: Iterable[pd.DataFrame],
        weights: str | None = None,
        roles: Roles | None = None,
    ) -> SufficientStatistics:
        """Sum up frames that come one after another; memory does not grow with their number.

        Parameters
        ----------
        formula, weights
            As for `from_frame`.
        chunks
            Frames with the same columns, such as the batches of a Parquet file turned to pandas:
            ``(b.to_pandas() for b in ParquetFile(path, pre_buffer=False).iter_batches())``.
            The first one teaches the columns, so it must hold every category of a categorical
            covariate (or declare them as a pandas categorical).
        roles
            Which group is inner, outer and crossed. None to see it from the first chunk, which
            must then be large enough to show which group is nested in which; if later chunks
            prove it wrong the fit is refused.

        Raises
        ------
        ModelRefused
            When a column depends on all rows at once, such as a spline whose knots are not given.
        """
        from workbench.models.merged_statistics import merged
        from workbench.models.row_sums import sum_rows

        parts: list[SufficientStatistics] = []
        columns: ModelColumns | None = None
        shift = None
        for chunk in chunks:
            if columns is None:
                columns = learn_columns(parse_formula(formula), chunk, weights or "")
                _refuse_columns_of_all_rows(columns)
            rows = rows_of(columns, chunk)
            if not len(rows.y):
                raise ModelRefused("A chunk has no complete row; leave such chunks out.")
            roles = roles or find_roles(columns.formula, rows.codes)
            parts.append(sum_rows(columns, rows, roles, shift))
            shift = parts[0].shift
            if len(parts) > CHUNKS_AT_ONCE:
                parts = [merged(parts)]
        if not parts:
            raise ParameterError("There is no chunk to sum up.")
        return merged(parts)

    def save(self, path: Path | str) -> None:
        """Write the statistics to a file: arrays and text, nothing that runs when it is read."""
        from workbench.models.saved_statistics import save

        save(self, Path(path))

    @staticmethod
    def load(path: Path | str) -> SufficientStatistics:
        """Read statistics that `save` wrote."""
        from workbench.models.saved_statistics import load

        return load(Path(path))

    def __add__(self, other: SufficientStatistics) -> SufficientStatistics:
        """Add the statistics of other rows of the same model."""
        from workbench.models.merged_statistics import merged

        if (self.names, self.roles) != (other.names, other.roles):
            raise ParameterError(
                "Only statistics of the same formula, with the same categories and groups, add up."
            )
        return merged([self, other.shifted_by(self.shift)])

    def shifted_by(self, shift: np.ndarray) -> SufficientStatistics:
        """Give the same statistics about another shift."""
        move = np.eye(len(shift))
        move[0] += self.shift - shift  # column 0 is the constant
        return replace(
            self,
            shift=shift,
            products=move.T @ self.products @ move,
            pair_sums=self.pair_sums @ move,
        )

    def only_cells(self, keep: np.ndarray) -> SufficientStatistics:
        """Give the statistics of some cells: what a fit without the others needs.

        Parameters
        ----------
        keep
            For each cell, whether it stays, shape (N,).
        """
        from workbench.models.merged_statistics import with_used_levels

        number = np.cumsum(keep) - 1
        pairs = keep[self.pair_cell]
        return with_used_levels(
            replace(
                self,
                cell_inner=self.cell_inner[keep],
                cell_outer=self.cell_outer[keep],
                products=self.products[keep],
                cell_rows=self.cell_rows[keep],
                pair_cell=number[self.pair_cell[pairs]],
                pair_crossed=self.pair_crossed[pairs],
                pair_sums=self.pair_sums[pairs],
            )
        )

    def design(self) -> Design:
        """Describe the model, and refuse what can't be estimated from these statistics."""
        if self.lowest[-1] == self.highest[-1]:
            raise ModelRefused(
                say(
                    "Every value of '{response}' is the same: nothing to model.",
                    response=self.columns.formula.response,
                )
            )
        if self.roles.outer and len(self.cell_inner) != len(self.levels[self.roles.inner]):
            raise ModelRefused(
                say(
                    "Some levels of '{inner}' lie in more than one level of '{outer}'. Make "
                    "their names unique, or name the roles of the groups when summing.",
                    inner=self.roles.inner,
                    outer=self.roles.outer,
                )
            )
        return describe(self.columns, self.levels, self.n_obs, self.dropped, self.dropped_by_column)


def _refuse_columns_of_all_rows(columns: ModelColumns) -> None:
    specs = [columns.fixed_spec, *(block.spec for block in columns.blocks)]
    stateful = {str(name) for spec in specs for name in spec.transform_state}
    stateful = {name for name in stateful if not all(word in name for word in FIXED_SPLINE)}
    if stateful:
        raise ModelRefused(
            f"{', '.join(sorted(stateful))} depends on all rows at once, which chunks don't show "
            "together. Compute the column beforehand, or give a spline its knots, lower_bound and "
            "upper_bound."
        )
