"""Agreement within groups against R's multilevel, by hand, and by enumeration."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.errors import ParameterError
from workbench.models.within_group_agreement import within_group_agreement

RELATIVE = 1e-10
ABSOLUTE = 1e-12
EXAMPLES = 40

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "group_agreement.json").read_text(encoding="utf-8"))
MEASURES = ("rwg_star", "rwg_j", "ad_mean", "ad_median")
THREE = (0, 1, 2)


def long(items, place):
    """One row an answer, from a table with one row a respondent; None is no answer."""
    table = pd.DataFrame(items, dtype=float).assign(place=place).rename_axis("who").reset_index()
    return table.melt(["who", "place"], var_name="item", value_name="answer")


def agreement(items, place="a", options=THREE):
    return within_group_agreement(long(items, place), "answer", "item", "who", ["place"], options)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", REFERENCE)
def test_agreement_is_multilevels(name, measure):
    made = REFERENCE[name]
    found = agreement(made["items"], made["place"], made["options"])
    expected = pd.DataFrame(made["agreement"])
    assert found["place"].tolist() == expected["place"].astype(int).tolist()
    assert found["n_respondents"].tolist() == expected["n_respondents"].tolist()
    np.testing.assert_allclose(
        found[measure], expected[measure].astype(float), rtol=RELATIVE, atol=ABSOLUTE
    )


def test_a_split_group_does_not_agree():
    """The reference holds groups on either side of the usual floor, and below chance."""
    alike, split = (pd.DataFrame(REFERENCE[name]["agreement"]) for name in ("alike", "split"))
    assert (alike["rwg_star"] > 0.70).any()
    assert (split["rwg_star"] < 0).sum() > 3


def test_agreement_by_hand():
    """Answers 2 2 2 and 0 1 2: variances 0 and 1, of which 2/3 is expected by chance."""
    found = agreement([[2, 0], [2, 1], [2, 2]]).iloc[0]
    assert found["item_variance"] == pytest.approx(0.5)
    assert found["rwg_star"] == pytest.approx(1 - 0.5 / (2 / 3))
    assert found["rwg_j"] == pytest.approx(2 * 0.25 / (2 * 0.25 + 0.75))
    assert found["ad_mean"] == found["ad_median"] == pytest.approx((0 + 2 / 3) / 2)
    assert found["ad_limit"] == pytest.approx(0.5)
    assert (found["n_respondents"], found["n_items"], found["reason"]) == (3, 2, "")


@pytest.mark.parametrize("options", [(0, 1, 2), (1, 2, 3, 4, 5), (0, 50, 100)])
def test_answers_at_random_have_no_agreement(options):
    """Over all pairs of answers, each as likely, r*wg is zero on average."""
    pairs = list(itertools.product(options, repeat=2))
    items = [[pair[who] for pair in pairs] for who in (0, 1)]
    found = agreement(items, options=options).iloc[0]
    assert found["rwg_star"] == pytest.approx(0, abs=ABSOLUTE)


def test_members_who_all_say_the_same_agree():
    found = agreement([[1, 2], [1, 2], [1, 2]]).iloc[0]
    assert found[["rwg_star", "rwg_j"]].tolist() == [1, 1]
    assert found[["ad_mean", "ad_median"]].tolist() == [0, 0]


def test_a_respondent_alone_gives_a_reason_and_no_number():
    found = agreement([[2, 1], [2, 2], [0, 0]], ["a", "a", "b"]).set_index("place")
    assert found.loc["b", list(MEASURES)].isna().all()
    assert "two respondents" in found.loc["b", "reason"]
    assert found.loc["a", "reason"] == ""
    apart = agreement([[2, None], [None, 2]]).iloc[0]
    assert np.isnan(apart["rwg_star"])
    assert (apart["n_respondents"], apart["n_items"]) == (2, 0)
    assert "1 answered" in apart["reason"]


def test_nothing_answered_gives_no_rows():
    empty = agreement(np.zeros((0, 2)))
    assert len(empty) == 0
    assert {"place", "rwg_star", "ad_mean", "n_respondents", "reason"} <= set(empty.columns)
    assert len(agreement([[None], [None]])) == 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    some.lists(
        some.lists(some.sampled_from([0, 1, 2, None]), min_size=3, max_size=3),
        min_size=2,
        max_size=7,
    ),
    some.lists(some.sampled_from(["a", "b"]), min_size=7, max_size=7),
)
def test_each_item_counts_those_who_answered_it(items, places):
    places = places[: len(items)]
    found = agreement(items, places).set_index("place")
    for place in set(places):
        rows = [row for row, at in zip(items, places, strict=True) if at == place]
        columns = [[one for one in column if one is not None] for column in zip(*rows, strict=True)]
        if not any(columns):
            assert place not in found.index
            continue
        used = [np.array(column, dtype=float) for column in columns if len(column) > 1]
        mine = found.loc[place]
        assert mine["n_items"] == len(used)
        if not used:
            assert np.isnan(mine["rwg_star"])
            continue
        ratio = np.mean([np.var(one, ddof=1) for one in used]) / (2 / 3)
        assert mine["rwg_star"] == pytest.approx(1 - ratio, abs=ABSOLUTE)
        for name, middle in (("ad_mean", np.mean), ("ad_median", np.median)):
            expected = np.mean([np.abs(one - middle(one)).mean() for one in used])
            assert mine[name] == pytest.approx(expected, abs=ABSOLUTE)


def test_groups_may_have_several_columns_and_options_any_unit():
    frame = long([[2, 1], [1, 1], [0, 2], [2, 2]], ["a", "a", "b", "b"])
    both = within_group_agreement(frame, "answer", "item", "who", ["place", "item"], THREE)
    assert both[["place", "item"]].to_numpy().tolist() == [["a", 0], ["a", 1], ["b", 0], ["b", 1]]
    percent = frame.assign(answer=50 * frame["answer"])
    also = within_group_agreement(percent, "answer", "item", "who", ["place", "item"], (0, 50, 100))
    np.testing.assert_allclose(also["rwg_star"], both["rwg_star"], atol=ABSOLUTE)
    np.testing.assert_allclose(also["ad_mean"], 50 * both["ad_mean"], atol=ABSOLUTE)


def test_what_can_not_be_right_is_refused():
    frame = long([[2, 1], [1, 1]], "a")
    calls = {
        "outside the options": (frame.assign(answer=3), ["place"], THREE),
        "come twice": (pd.concat([frame, frame]), ["place"], THREE),
        "no group": (frame.assign(place=None), ["place"], THREE),
        "no column team": (frame, ["team"], THREE),
        "evenly spaced": (frame, ["place"], (0, 1, 5)),
        "not none": (frame, ["place"], ()),
    }
    for message, (rows, groups, options) in calls.items():
        with pytest.raises(ParameterError, match=message):
            within_group_agreement(rows, "answer", "item", "who", groups, options)
