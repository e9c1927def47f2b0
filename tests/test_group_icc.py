"""ICC(1) and ICC(2) against R's multilevel, their published relations, and simulated truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.models.group_icc import group_icc
from workbench.models.intraclass import intraclass

RELATIVE = 1e-9
SETS = 1000
COVERAGE = (0.93, 0.97)  # 95% and 2.9 standard errors of 1000 sets

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "group_agreement.json").read_text(encoding="utf-8"))
NUMBERS = ["icc1", "icc1_low", "icc1_high", "icc2", "icc2_low", "icc2_high"]


def icc(values, groups):
    return group_icc(pd.DataFrame({"value": values, "group": groups}), "value", "group").iloc[0]


@pytest.mark.parametrize("name", REFERENCE)
def test_iccs_are_multilevels(name):
    made = REFERENCE[name]
    found = icc(np.mean(made["items"], axis=1), made["place"])
    assert found["icc1"] == pytest.approx(made["icc"]["icc1"], rel=RELATIVE)
    assert found["icc2"] == pytest.approx(made["icc"]["icc2"], rel=RELATIVE)
    assert found["n_groups"] == len(set(made["place"]))
    assert found["reason"] == ""


def test_with_equal_groups_it_is_the_icc_of_raters():
    """Groups as subjects and members as raters: ICC(1,1) and ICC(1,k), interval and all."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(9, 1)) + rng.normal(size=(9, 5))
    found = icc(table.ravel(), np.repeat(np.arange(9), 5))
    forms = intraclass(pd.DataFrame(table)).set_index("type")
    for kind, name in (("ICC(1,1)", "icc1"), ("ICC(1,k)", "icc2")):
        ends = found[[name, f"{name}_low", f"{name}_high"]].astype(float)
        expected = forms.loc[kind, ["estimate", "conf_low", "conf_high"]].astype(float)
        np.testing.assert_allclose(ends, expected, rtol=RELATIVE)
    assert found["p_value"] == pytest.approx(forms.loc["ICC(1,1)", "p_value"], rel=RELATIVE)


def test_iccs_by_hand():
    """MSB = 21.1667 on 2, MSW = 1 on 3 degrees of freedom, two a group."""
    found = icc([1, 2, 4, 5, 7, 9], list("aabbcc"))
    assert found["statistic"] == pytest.approx(127 / 6)
    assert found["icc1"] == pytest.approx((127 / 6 - 1) / (127 / 6 + 1))
    assert found["icc2"] == pytest.approx(1 - 6 / 127)
    assert (found["df1"], found["df2"], found["group_size"]) == (2, 3, 2)


def test_groups_less_alike_than_chance_have_no_reliable_mean():
    found = icc([0, 2, 0, 2, 0, 2.1], list("aabbcc"))
    assert found["icc1"] < 0
    assert found["icc1_low"] < found["icc1"] < found["icc1_high"]
    assert found[["icc2", "icc2_low", "icc2_high"]].isna().all()
    assert "no more than chance" in found["reason"]


@pytest.mark.parametrize(
    ("values", "groups", "reason"),
    [
        ([], [], "there are 0 and 0"),
        ([1.0, 2.0], ["a", "a"], "there are 1 and 2"),
        ([1.0, 2.0, 3.0], ["a", "b", "c"], "there are 3 and 1"),
        ([2.0] * 4, list("aabb"), "no variance"),
        ([np.nan] * 4, list("aabb"), "there are 0 and 0"),
    ],
)
def test_what_is_not_defined_has_a_reason_and_no_number(values, groups, reason):
    found = icc(np.array(values, dtype=float), np.array(groups, dtype=object))
    assert found[NUMBERS].isna().all()
    assert reason in found["reason"]


def test_groups_in_full_agreement_have_no_interval():
    found = icc([1, 1, 4, 4, 9, 9], list("aabbcc"))
    assert (found["icc1"], found["icc2"]) == (1, 1)
    assert found[["icc1_low", "icc1_high"]].isna().all()
    assert "no error" in found["reason"]


def test_rows_without_a_value_or_group_are_counted_out():
    whole = icc([1, 2, 4, 5, 7, 9], list("aabbcc"))
    more = icc([1, 2, np.nan, 4, 5, 7, 9, 3], [*"aaabbcc", None])
    assert more["icc1"] == whole["icc1"]
    assert (more["n_members"], more["n_dropped"]) == (6, 2)
    with pytest.raises(ParameterError, match="no column"):
        group_icc(pd.DataFrame({"value": [1.0]}), "value", "group")


@pytest.mark.parametrize(
    ("sizes", "truth"),
    [((4, 5, 6, 6, 7, 8, 9, 12, 4, 5, 6, 8), 0.2), ((2, 3, 15, 4, 5, 12, 6, 3, 9, 20), 0.1)],
)
def test_the_interval_holds_the_truth_with_unequal_groups(sizes, truth):
    rng = np.random.default_rng(11)
    group = np.repeat(np.arange(len(sizes)), sizes)
    held = 0
    for _ in range(SETS):
        places = rng.normal(0, np.sqrt(truth), len(sizes))
        found = icc(places[group] + rng.normal(0, np.sqrt(1 - truth), len(group)), group)
        held += found["icc1_low"] <= truth <= found["icc1_high"]
    assert COVERAGE[0] <= held / SETS <= COVERAGE[1]
