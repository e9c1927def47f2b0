"""Messy rows of known kinds: what real exports hold, each caught by exactly one rule.

A row is spoiled in one way only, and rows that belong together are spoiled together, so that one
slip never sets off a second rule. What is set aside can then be compared with what was planted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

DUPLICATE_RULE = "ALL02"
NOT_A_DATE = "2025-02-30"
NOT_YET = "2031-05-14"
LONG_BEFORE = "2019-01-15"
# No code of a simulated network starts with X.
NOBODY = "X999"
NOWHERE = "X99"
OLD_ITEM = "old_item"
OFF_THE_SCALE = "7"
ROWS_OF_A_CUT_SHORT_OBSERVATION = 5


class _Spoiler:
    """A table being spoiled: no row, and no observation or assessment, is taken twice."""

    def __init__(self, table: str, frame: pd.DataFrame, unit: str, random: np.random.Generator):
        self.table = table
        self.random = random
        self.frame = frame.assign(_place=np.arange(len(frame), dtype=float), _kind="")
        self.unit = unit
        self.rules: dict[str, str] = {}
        self._taken: set[str] = set()

    def pick(self, count: int, answered: bool = False) -> list[int]:
        """Rows of units that nothing has touched yet, one a unit."""
        untouched = ~self.frame[self.unit].isin(self._taken) & (self.frame["_kind"] == "")
        if answered:
            untouched &= self.frame["response"].str.fullmatch(r"\d+", na=False)
        rows = self.frame[untouched].drop_duplicates(self.unit)
        units = rows[self.unit].to_numpy()
        chosen = set(units[self.random.permutation(len(units))[:count]])
        self._taken |= chosen
        candidates = self.frame[untouched & self.frame[self.unit].isin(chosen)]
        luck = self.random.random(len(candidates))
        order = candidates.assign(_luck=luck).sort_values("_luck", kind="stable")
        return sorted(order.drop_duplicates(self.unit).index)

    def change(self, kind: str, rule: str, rows: list[int], **cells: str | None) -> None:
        """Write other cells into rows that are there."""
        self._declare(kind, rule)
        for column, value in cells.items():
            self.frame.loc[rows, column] = value
        self.frame.loc[rows, "_kind"] = kind

    def copy(
        self,
        kind: str,
        rule: str,
        rows: list[int],
        spoils_original: bool = False,
        edit: Callable[[pd.DataFrame], pd.DataFrame] = lambda copies: copies,
    ) -> None:
        """Put a copy under each row; ``spoils_original`` counts the row above as set aside too."""
        self._declare(kind, rule)
        copies = edit(self.frame.loc[rows].copy())
        copies["_place"] += 0.5
        copies["_kind"] = kind
        if spoils_original:
            self.frame.loc[rows, "_kind"] = kind
        self._add(copies)

    def insert(self, kind: str, rule: str, rows: pd.DataFrame) -> None:
        """Put new rows, kept together, somewhere among the others."""
        self._declare(kind, rule)
        place = float(self.random.integers(0, len(self.frame))) + 0.25
        steps = np.arange(len(rows)) / 1000
        self._add(rows.assign(_place=place + steps, _kind=kind))

    def finish(self) -> tuple[pd.DataFrame, list[dict[str, object]]]:
        """Give the table in its order, and what was planted where."""
        frame = self.frame.sort_values("_place", kind="stable").reset_index(drop=True)
        planted = []
        for kind, rule in self.rules.items():
            numbers = tuple(int(row) + 2 for row in frame.index[frame["_kind"] == kind])
            if numbers:
                planted.append(
                    {
                        "table": self.table,
                        "kind": kind,
                        "rule_id": rule,
                        "rows": len(numbers),
                        "row_numbers": numbers,
                    }
                )
        return frame.drop(columns=["_place", "_kind"]), planted

    def _declare(self, kind: str, rule: str) -> None:
        if self.rules.setdefault(kind, rule) != rule:
            raise ValueError(f"'{kind}' is caught by one rule only")

    def _add(self, rows: pd.DataFrame) -> None:
        self.frame = pd.concat([self.frame, rows[self.frame.columns]], ignore_index=True)


def spoil_tables(
    tables: dict[str, pd.DataFrame], random: np.random.Generator
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables with messy rows, and the list of what was planted.

    See :func:`workbench.data.synthetic.spoil`. Sites are left as they are: in a small network one
    site would be too large a share to set aside.
    """
    spoiled = dict(tables)
    planted: list[dict[str, object]] = []
    for name, unit, plan in (
        ("practitioners", "practitioner_id", _spoil_practitioners),
        ("fidelity_responses", "observation_id", _spoil_fidelity),
        ("driver_responses", "assessment_id", _spoil_drivers),
    ):
        spoiler = _Spoiler(name, tables[name], unit, random)
        plan(spoiler)
        spoiled[name], found = spoiler.finish()
        planted += found
    return spoiled, pd.DataFrame(planted)


def _spoil_practitioners(table: _Spoiler) -> None:
    table.copy("exact duplicate", DUPLICATE_RULE, table.pick(2))
    made_up = table.frame.iloc[[0, 1, 2, 3]].drop(columns=["_place", "_kind"])
    made_up = made_up.assign(practitioner_id=["X901", "X902", "X903", "X904"], left_on=None)
    table.insert("unknown site", "PR03", made_up.iloc[:2].assign(site_id=NOWHERE))
    table.insert("hired in the future", "PR04", made_up.iloc[[2]].assign(hired_on=NOT_YET))
    table.insert(
        "left before being hired",
        "PR07",
        made_up.iloc[[3]].assign(hired_on="2024-03-04", left_on=LONG_BEFORE),
    )


def _spoil_fidelity(table: _Spoiler) -> None:
    prefix = "T-fidelity_responses-"
    table.copy("exact duplicate", DUPLICATE_RULE, table.pick(6))
    table.copy(
        "same key, different content",
        "FR03",
        table.pick(3, answered=True),
        spoils_original=True,
        edit=_other_response,
    )
    table.copy(
        "unknown item", "FR04", table.pick(3), edit=lambda rows: rows.assign(item_id=OLD_ITEM)
    )
    table.insert(
        "orphaned practitioner", "FR05", _cut_short(table, "X00001").assign(practitioner_id=NOBODY)
    )
    table.change("response out of range", "FR06", table.pick(3), response=OFF_THE_SCALE)
    table.insert(
        "observed in the future",
        "FR10",
        _cut_short(table, "X00002").assign(observed_on=NOT_YET, rated_on=None),
    )
    table.change("rated before it was observed", "FR12", table.pick(2), rated_on=LONG_BEFORE)
    table.change("30 February", f"{prefix}observed_on", table.pick(2), observed_on=NOT_A_DATE)
    table.change(
        "date written another way", f"{prefix}rated_on", table.pick(1), rated_on="14/03/2025"
    )
    table.change("unknown rater role", f"{prefix}rater_role", table.pick(2), rater_role="peer")
    table.change("empty required id", f"{prefix}rater_id", table.pick(2), rater_id=None)


def _spoil_drivers(table: _Spoiler) -> None:
    prefix = "T-driver_responses-"
    table.copy("exact duplicate", DUPLICATE_RULE, table.pick(4))
    table.copy(
        "same key, different content",
        "DR03",
        table.pick(2, answered=True),
        spoils_original=True,
        edit=_other_response,
    )
    table.copy(
        "unknown item", "DR04", table.pick(2), edit=lambda rows: rows.assign(item_id=OLD_ITEM)
    )
    table.change("response out of range", "DR05", table.pick(2), response=OFF_THE_SCALE)
    table.insert("unknown site", "DR08", _new_assessment(table, "DX99-1", site_id=NOWHERE))
    table.insert(
        "assessed in the future", "DR09", _new_assessment(table, "DX99-2", assessed_on=NOT_YET)
    )
    table.change("30 February", f"{prefix}assessed_on", table.pick(2), assessed_on=NOT_A_DATE)
    table.change("empty required id", f"{prefix}respondent_id", table.pick(1), respondent_id=None)


def _other_response(rows: pd.DataFrame) -> pd.DataFrame:
    """Another legal response: 0 where it was something else, else 1."""
    return rows.assign(response=rows["response"].map(lambda text: "1" if text == "0" else "0"))


def _cut_short(table: _Spoiler, observation: str) -> pd.DataFrame:
    """Take the first items of somebody's observation by another, under a code of its own."""
    whole = table.frame[(table.frame["rater_role"] != "self") & (table.frame["_kind"] == "")]
    rows = whole[whole["observation_id"].isin(whole["observation_id"].head(1))]
    return rows.head(ROWS_OF_A_CUT_SHORT_OBSERVATION).assign(observation_id=observation)


def _new_assessment(table: _Spoiler, assessment: str, **cells: str) -> pd.DataFrame:
    rows = table.frame[table.frame["_kind"] == ""].head(2)
    return rows.assign(assessment_id=assessment, **cells)
