"""Hidden counts can't be worked out: the attacker against enumeration, the protector against it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import RunFault
from workbench.reporting.disclosure_audit import NARROWEST, told, work_out
from workbench.reporting.disclosure_cells import SumOfRows, hide_with_complements
from workbench.reporting.disclosure_protect import few_people, protect
from workbench.reporting.disclosure_releases import (
    COLUMNS,
    protect_release,
    read_released,
    write_released,
)
from workbench.reporting.disclosure_sums import (
    CLOSED,
    FEW,
    NEVER,
    PROTECTS,
    SHOWN,
    WITHHELD,
    SumOfCells,
)

FEWEST = 11


def table(inside):
    """Counts of a table with all its totals, and what adds up."""
    inside = np.asarray(inside)
    rows, columns = ([f"{name}{number}" for number in range(size)]
                     for name, size in zip("rc", inside.shape, strict=True))  # fmt: skip
    counts = {f"{r},{c}": inside[i, j] for i, r in enumerate(rows) for j, c in enumerate(columns)}
    counts |= {f"{r},": inside[i].sum() for i, r in enumerate(rows)}
    counts |= {f",{c}": inside[:, j].sum() for j, c in enumerate(columns)}
    counts[","] = inside.sum()
    sums = [SumOfCells(f"{r},", tuple(f"{r},{c}" for c in columns)) for r in [*rows, ""]]
    sums += [SumOfCells(f",{c}", tuple(f"{r},{c}" for r in rows)) for c in [*columns, ""]]
    return pd.Series(counts, dtype="float64"), sums


def hidden_in(counts, **reasons):
    why = pd.Series(SHOWN, index=counts.index)
    for cell, reason in reasons.items():
        why[cell] = reason
    return why


# --- the attacker ---


def test_one_hidden_part_is_what_the_total_leaves():
    counts = pd.Series({"all": 60.0, "A": 4, "B": 20, "C": 36})
    sums = [SumOfCells("all", ("A", "B", "C"))]
    found = work_out(counts, hidden_in(counts, A=FEW), sums, FEWEST)
    assert found.loc["A", ["low", "high", "width"]].tolist() == [4, 4, 0]
    assert told(found, FEWEST).index.tolist() == ["A"]


def test_two_hidden_parts_bound_one_another():
    # A + B = 24 with A of 1 to 10 and B of 11 or more: A is 1 to 10, B is 14 to 23.
    counts = pd.Series({"all": 60.0, "A": 4, "B": 20, "C": 36})
    sums = [SumOfCells("all", ("A", "B", "C"))]
    found = work_out(counts, hidden_in(counts, A=FEW, B=PROTECTS), sums, FEWEST)
    assert found.loc["A", ["low", "high"]].tolist() == [1, 10]
    assert found.loc["B", ["low", "high"]].tolist() == [14, 23]
    assert told(found, FEWEST).empty


def test_a_total_without_end_is_not_bounded():
    counts = pd.Series({"all": 24.0, "A": 4, "B": 20})
    found = work_out(
        counts, hidden_in(counts, A=FEW, all=PROTECTS), [SumOfCells("all", ("A", "B"))], FEWEST
    )
    assert found.loc["A", ["low", "high"]].tolist() == [1, 10]
    free = work_out(counts, hidden_in(counts, B=CLOSED), [], FEWEST)
    assert np.isinf(free.loc["B", "high"])


def test_several_sums_together_tell_what_none_tells_alone():
    # Five cells hidden, two in each row and column but the last: no sum has one alone, yet
    # rows less columns give r2,c2.
    counts, sums = table([[3, 20, 30], [20, 5, 30], [40, 40, 7]])
    off = {cell: FEW if counts[cell] < FEWEST else PROTECTS
           for cell in ("r0,c0", "r0,c1", "r1,c0", "r1,c1", "r2,c2")}  # fmt: skip
    found = work_out(counts, hidden_in(counts, **off), sums, FEWEST)
    assert found.loc["r2,c2", "width"] == 0
    assert found.loc["r0,c0", "width"] >= NARROWEST


def test_counts_that_fit_nothing_have_no_bounds():
    counts = pd.Series({"all": 60.0, "A": 4, "B": 20})
    found = work_out(counts, hidden_in(counts, A=FEW), [SumOfCells("all", ("A", "B"))], FEWEST)
    assert found[["low", "high"]].isna().all(axis=None)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=9, max_size=9),
    st.sets(st.integers(0, 8), min_size=2, max_size=4),
)
def test_the_attacker_finds_what_trying_every_count_finds(inside, hidden):
    fewest = 5
    counts, sums = table(np.reshape(inside, (3, 3)))
    cells = [counts.index[number] for number in hidden]
    why = hidden_in(counts, **dict.fromkeys(cells, CLOSED))
    why[(why == CLOSED) & counts.between(1, fewest - 1)] = FEW
    tried = every_way(counts, why, sums, fewest)
    found = work_out(counts, why, sums, fewest).loc[tried.index]
    assert (found[["low", "high"]] == tried).all(axis=None)


def every_way(counts, why, sums, fewest):
    """Least and most of each hidden count over all whole counts that fit, tried one by one."""
    hidden = [cell for cell in counts.index if why[cell] != SHOWN]
    top = {cell: int(counts[cell.split(",")[0] + ","]) for cell in hidden}
    spans = [range(1, fewest) if why[c] == FEW else range(top[c] + 1) for c in hidden]
    inside = np.array(np.meshgrid(*spans, indexing="ij")).reshape(len(hidden), -1)
    fits = np.ones(inside.shape[1], dtype=bool)
    for one in sums:
        here = [number for number, cell in enumerate(hidden) if cell in one.parts]
        shown = sum(counts[part] for part in one.parts if part not in hidden)
        fits &= inside[here].sum(axis=0) + shown == counts[one.total]
    found = inside[:, fits]
    return pd.DataFrame({"low": found.min(axis=1), "high": found.max(axis=1)}, index=hidden)


# --- the protector ---


def test_the_smallest_other_part_is_hidden_and_not_the_total():
    counts = pd.Series({"all": 60.0, "A": 4, "B": 20, "C": 36})
    done = protect(counts, [SumOfCells("all", ("A", "B", "C"))], FEWEST)
    assert done.why.to_list() == [SHOWN, FEW, PROTECTS, SHOWN]
    assert done.refused.empty


def test_a_rest_that_is_never_printed_is_protected_by_its_numerator():
    # 40 plans in order, 37 of them owned: 3 aren't. The count owned would tell.
    counts = pd.Series({"in order": 40.0, "owned": 37, "not owned": 3})
    why = pd.Series({"in order": SHOWN, "owned": SHOWN, "not owned": FEW})
    done = protect(counts, [SumOfCells("in order", ("owned", "not owned"))], FEWEST, why=why)
    assert done.why.to_dict() == {"in order": SHOWN, "owned": PROTECTS, "not owned": FEW}


def test_a_total_is_hidden_where_nothing_else_can_be():
    counts = pd.Series({"all": 14.0, "A": 4, "B": 10})
    done = protect(counts, [SumOfCells("all", ("A", "B"))], FEWEST)
    # 4 and 10 are hidden already, but 14 leaves A no more than 4 to 10 and B the same: six wide.
    assert done.why.to_list() == [SHOWN, FEW, FEW]
    tight = pd.Series({"all": 12.0, "A": 2, "B": 10, "C": 0})
    done = protect(tight, [SumOfCells("all", ("A", "B", "C"))], FEWEST, narrowest=9)
    assert done.why["all"] == PROTECTS


def test_no_small_rest_is_left_to_a_total():
    # 3 + 5 = 8 are few together, so that a third cell is hidden with them.
    counts = pd.Series({"all": 108.0, "A": 3, "B": 5, "C": 40, "D": 60})
    done = protect(counts, [SumOfCells("all", ("A", "B", "C", "D"))], FEWEST)
    assert done.why.to_list() == [SHOWN, FEW, FEW, PROTECTS, SHOWN]


def test_nothing_is_hidden_where_nothing_is_small():
    counts, sums = table([[20, 30], [0, 15]])
    assert (protect(counts, sums, FEWEST).why == SHOWN).all()


def test_counts_that_do_not_add_up_are_not_released():
    counts = pd.Series({"all": 61.0, "A": 4, "B": 20})
    with pytest.raises(RunFault, match="do not add up"):
        protect(counts, [SumOfCells("all", ("A", "B"))], FEWEST)


def test_what_earlier_releases_tell_is_said():
    counts = pd.Series({"all": 24.0, "A": 4, "B": 20})
    done = protect(counts, [SumOfCells("all", ("A", "B"))], FEWEST, fixed={"all", "B"})
    assert done.refused.index.tolist() == ["A"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=20, max_size=20))
def test_of_no_table_a_small_count_can_be_worked_out(inside):
    counts, sums = table(np.reshape(inside, (5, 4)))
    done = protect(counts, sums, FEWEST)
    small = few_people(counts, FEWEST) == FEW
    found = work_out(counts, done.why, sums, FEWEST)
    true = counts[found.index]
    assert ((found["low"] <= true) & (true <= found["high"])).all()
    if done.refused.empty:
        assert (found.loc[done.why[small].index, "width"] >= NARROWEST).all()
    assert (done.why[small].isin([FEW, WITHHELD])).all()
    assert (counts[done.why == PROTECTS] >= FEWEST).all()


def test_where_rows_add_up_the_audit_judges_what_is_hidden():
    plans = pd.Series({"network": 61, "A": 2, "B": 10, "C": 19, "D": 30})
    sums = [SumOfRows(("A", "B", "C", "D"), "network")]
    hidden = hide_with_complements(plans, plans < FEWEST, sums, FEWEST)
    # A + B = 12 leaves A between 2 and 10: wide enough, as B lies there too.
    assert hidden.to_dict() == {"network": False, "A": True, "B": True, "C": False, "D": False}
    plans = pd.Series({"network": 69, "A": 9, "B": 10, "C": 20, "D": 30})
    # A + B = 19 leaves 9 or 10 to both.
    hidden = hide_with_complements(plans, plans < FEWEST, sums, FEWEST)
    assert hidden.to_dict() == {"network": False, "A": True, "B": True, "C": True, "D": False}


# --- chains of releases ---


def release(quarter, cells, span=1, why=()):
    rows = [
        ("plans", row, "", quarter, span, float(count), dict(why).get(row, SHOWN))
        for row, count in cells.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def reasons(done, quarter, span=1):
    rows = done.cells[(done.cells["quarter"] == quarter) & (done.cells["span"] == span)]
    return rows.set_index("row")["why"].to_dict()


def test_a_site_hidden_before_stays_hidden_where_showing_it_would_tell_another():
    first = release("2026Q1", {"": 60, "A": 4, "B": 20, "C": 36})
    before = protect_release(first, [], FEWEST).cells
    assert reasons(protect_release(first, [], FEWEST), "2026Q1")["B"] == PROTECTS
    # The same quarter again: another choice than B would leave A to be worked out.
    again = protect_release(first, [before], FEWEST)
    assert reasons(again, "2026Q1") == {"": SHOWN, "A": FEW, "B": PROTECTS, "C": SHOWN}
    assert again.refused.empty


def test_a_revised_total_hides_itself_where_all_else_is_known():
    # 12 of A were printed; now it is 9, and every other count is the one that was printed.
    first = release("2026Q1", {"": 68, "A": 12, "B": 20, "C": 36})
    before = protect_release(first, [], FEWEST).cells
    revised = release("2026Q1", {"": 65, "A": 9, "B": 20, "C": 36})
    done = protect_release(revised, [before], FEWEST)
    assert reasons(done, "2026Q1") == {"": PROTECTS, "A": FEW, "B": SHOWN, "C": SHOWN}
    assert done.refused.empty


def test_a_total_over_four_quarters_does_not_leave_the_hidden_one():
    earlier = []
    for quarter, count in (("2026Q1", 30), ("2026Q2", 4), ("2026Q3", 25)):
        now = release(quarter, {"": count + 50, "A": count, "B": 20, "C": 30})
        earlier.append(protect_release(now, earlier, FEWEST).cells)
    now = release("2026Q4", {"": 71, "A": 21, "B": 20, "C": 30})
    year = release("2026Q4", {"": 280, "A": 80, "B": 80, "C": 120}, span=4)
    done = protect_release(pd.concat([now, year]), earlier, FEWEST)
    assert done.refused.empty
    hidden = {**reasons(done, "2026Q4", 4), "now": reasons(done, "2026Q4")["A"]}
    # 80 - 30 - 25 - 21 would be the 4 of the second quarter.
    assert PROTECTS in (hidden["A"], hidden["now"])
    alone = protect_release(pd.concat([now, year]), [], FEWEST)
    assert (alone.cells["why"] == SHOWN).all()


def test_a_release_that_tells_whatever_is_hidden_is_refused():
    # The counts that would protect A were printed before.
    first = release("2026Q1", {"": 60, "A": 4, "B": 20, "C": 36}).assign(why=SHOWN)
    printed = first.assign(count=first["count"].mask(first["row"] == "A"),
                           why=first["row"].map({"A": FEW}).fillna(SHOWN))  # fmt: skip
    done = protect_release(first, [printed], FEWEST)
    assert done.refused["row"].tolist() == ["A"]
    assert done.refused[["low", "high"]].to_numpy().tolist() == [[4, 4]]


def test_a_quarter_revised_in_hidden_cells_keeps_them_hidden():
    first = release("2026Q1", {"": 60, "A": 4, "B": 20, "C": 36})
    before = protect_release(first, [], FEWEST).cells
    revised = release("2026Q1", {"": 61, "A": 4, "B": 21, "C": 36})
    for counted in (None, [first]):
        done = protect_release(revised, [before], FEWEST, counted=counted)
        assert reasons(done, "2026Q1")["B"] == PROTECTS
        assert done.refused.empty


def test_a_rest_that_is_never_printed_stays_out_of_the_frame():
    cells = release("2026Q1", {"": 60, "A": 20, "B": 40}, why={"B": NEVER})
    done = protect_release(cells, [], FEWEST)
    assert reasons(done, "2026Q1") == {"": SHOWN, "A": SHOWN, "B": NEVER}
    assert done.cells.loc[done.cells["why"] == NEVER, "count"].isna().all()


def test_released_cells_are_written_without_what_is_hidden(tmp_path):
    first = release("2026Q1", {"": 60, "A": 4, "B": 20, "C": 36})
    done = protect_release(first, [], FEWEST)
    path = tmp_path / "released_cells.parquet"
    write_released(done.cells, path)
    (back,) = read_released([path, tmp_path / "none.parquet"])
    pd.testing.assert_frame_equal(
        back.reset_index(drop=True), done.cells.sort_values("row").reset_index(drop=True)
    )
    assert back.loc[back["why"] != SHOWN, "count"].isna().all()
    with pytest.raises(RunFault, match="hidden count"):
        write_released(done.cells.assign(count=1.0), path)
