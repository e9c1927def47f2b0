"""What ratings go with: periods, scales of sites, planted shares, and what is lacking."""

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.two_models import ALIGNMENT_COLUMNS, COLUMNS, two_models
from workbench.analysis.two_models_rows import PRACTICE, recognised_rows
from workbench.models.relative_importance_subsets import lmg_shares
from workbench.quarters import Quarter

EXACT = 1e-9
LAST = Quarter(2025, 4)
NOTHING = pd.DataFrame()
IDS = ["reinforcement.two_models", "reinforcement.alignment"]


def network(seed, weights, sites=6, people=12, periods=8):
    """A rating a quarter of everyone, from two components and three other things."""
    random = np.random.default_rng(seed)
    names = ["preparation", "reflection", "productivity_percent", "documentation_compliance",
             "attendance"]  # fmt: skip
    who = [f"{site}-{one:02d}" for site in range(sites) for one in range(people)]
    starts = pd.to_datetime([f"{2024 + n // 4}-{3 * (n % 4) + 1:02d}-01" for n in range(periods)])
    frame = pd.DataFrame(
        {"practitioner_id": np.repeat(who, periods), "period_start": np.tile(starts, len(who))}
    )
    for name in names:
        own = np.repeat(random.normal(size=len(who)), periods)
        frame[name] = 70 + 7 * (0.7 * own + 0.7 * random.normal(size=len(frame)))
    frame["rating"] = sum(w * (frame[n] - 70) / 7 for n, w in zip(names, weights, strict=True))
    frame["rating"] += random.normal(size=len(frame))
    site = frame["practitioner_id"].str[0].astype(int)
    frame["rating"] = 10 * site + (1 + site) * frame["rating"]  # each site has a scale of its own
    seen = frame.melt(
        ["practitioner_id", "period_start"], names[:2], "component", "fidelity"
    ).assign(component_order=0)
    seen = seen.assign(
        observed_on=seen["period_start"] + pd.Timedelta(days=20),
        component_title=seen["component"].str.capitalize(),
    )
    staff = pd.DataFrame({"practitioner_id": who, "site_id": [one[0] for one in who]})
    return seen, frame.drop(columns=names[:2]), staff


@pytest.fixture(scope="module")
def rewarded():
    return network(1, [0.5, 0.1, 0.8, 0.3, 0.0])


@pytest.fixture(scope="module")
def told(rewarded):
    return two_models(*rewarded, LAST)


def test_planted_shares_are_told_whatever_the_sites_scales(told):
    assert told.reason == ""
    table = told.two_models.set_index("name")
    assert list(told.two_models.columns) == COLUMNS
    planted = np.square([0.5, 0.1, 0.8, 0.3, 0.0])
    for (name, row), true in zip(table.iterrows(), planted / planted.sum(), strict=True):
        assert row["share_low"] - 0.02 <= true <= row["share_high"] + 0.02, name
    assert table["share"].sum() == pytest.approx(1, abs=EXACT)
    assert (table["n_practitioners"] == 72).all()
    assert set(table.loc[["preparation", "reflection"], "group"]) == {PRACTICE}


def test_the_index_is_the_share_of_practice_and_is_given_by_year(told):
    assert list(told.alignment.columns) == ALIGNMENT_COLUMNS
    assert list(told.alignment["period"]) == ["", "2024", "2025"]
    practice = told.two_models["group"] == PRACTICE
    share = told.two_models.loc[practice, "share"].sum()
    assert told.alignment["alignment"].iloc[0] == pytest.approx(share, abs=EXACT)
    first, second = told.alignment["alignment"].iloc[1:]
    assert told.trend == pytest.approx(second - first, abs=EXACT)
    assert told.trend_low < told.trend < told.trend_high


def test_a_planted_trend_of_the_index_is_told():
    seen, given, staff = network(2, [0.8, 0.4, 0.3, 0.2, 0.1])
    _, other, _ = network(2, [0.1, 0.0, 1.0, 0.2, 0.1])
    late = given["period_start"].dt.year == 2025
    found = two_models(seen, given.where(~late, other), staff, LAST)
    assert found.trend_high < 0
    assert "It falls by" in found.findings()[1].statement


def test_the_findings_name_the_most_and_the_least(told):
    most, index = told.findings()
    assert [most.id, index.id] == IDS
    assert "is productivity" in most.statement
    assert "reflection has the least" in most.statement
    assert most.conf_low < most.estimate < most.conf_high
    assert "association" in most.statement and "association" in index.statement
    assert "reflection" in most.action_prompt
    assert (most.n, most.n_practitioners) == (576, 72)
    assert "All of it together tells" in most.statement


def test_an_observation_counts_in_the_period_of_its_day():
    staff = pd.DataFrame({"practitioner_id": ["a", "b"], "site_id": "S"})
    given = pd.DataFrame(
        {
            "practitioner_id": ["a", "b", "a", "b"],
            "period_start": pd.to_datetime(
                ["2023-01-01", "2023-01-01", "2025-01-01", "2025-01-01"]
            ),
            "rating": [1.0, 2.0, 3.0, 5.0],
            "attendance": [90.0, 80.0, 70.0, 90.0],
        }
    )
    days = ["2023-01-01", "2023-12-31", "2023-06-01", "2024-01-01", "2025-03-01", "2025-03-01"]
    seen = pd.DataFrame(
        {
            "practitioner_id": ["a", "a", "b", "b", "a", "b"],
            "observed_on": pd.to_datetime(days),
            "component": "x",
            "component_title": "X",
            "component_order": 0,
            "fidelity": [60.0, 70.0, 75.0, 0.0, 50.0, 60.0],  # the 0 falls after a year
        }
    )
    frame = recognised_rows(seen, given, staff, LAST).frame
    assert list(frame["x"]) == pytest.approx([-5, 5, -5, 5], abs=EXACT)
    assert list(frame["attendance"]) == pytest.approx([5, -5, -10, 10], abs=EXACT)
    spread = np.sqrt((0.25 + 0.25 + 1 + 1) / 4)
    assert list(frame["rating"]) == pytest.approx(np.array([-0.5, 0.5, -1, 1]) / spread, abs=EXACT)
    early = recognised_rows(seen, given, staff, Quarter(2024, 4))
    assert set(early.frame["year"]) == {"2023"}


def test_the_shares_are_those_of_the_rows(rewarded, told):
    rows = recognised_rows(*rewarded, LAST)
    names = ["rating", *rows.predictors["name"]]
    raw = lmg_shares(np.cov(rows.frame[names].to_numpy().T))
    # What chance adds is small here beside what is told.
    shares = told.two_models["share"].to_numpy()
    assert shares == pytest.approx(raw / raw.sum(), abs=0.02)


def test_missing_values_and_sites_that_rate_all_alike_are_said(rewarded):
    seen, given, staff = rewarded
    alike = given.assign(
        rating=given["rating"].where(~given["practitioner_id"].str.startswith("0"), 3.0)
    )
    alike.loc[alike.index[200:300], "attendance"] = np.nan
    alike = alike.assign(documentation_compliance=np.nan)
    found = two_models(seen, alike, staff, LAST)
    said = " ".join(found.left_out)
    assert "documentation could not be looked at" in said
    assert "1 site at which a period's ratings do not differ" in said
    assert "documentation" not in set(found.two_models["group"])


LACKING = [
    (lambda c, r, p: (c, NOTHING, p), "no table of recognition"),
    (lambda c, r, p: (NOTHING, r, p), "no scores of components"),
    (lambda c, r, p: (c.drop(columns="observed_on"), r, p), "without the day"),
    (lambda c, r, p: (c, r[["practitioner_id", "period_start", "rating"]], p), "neither"),
    (lambda c, r, p: (c, r.drop(columns="rating"), p), "has no rating"),
    (lambda c, r, p: (c, r, p.iloc[:20]), "20 practitioners"),
    (lambda c, r, p: (c, r[r["period_start"] < "2024-02"].iloc[:40], p), "40 ratings"),
    (lambda c, r, p: (c, r.assign(rating=1.0), p), "0 practitioners"),
    (lambda c, r, p: (c, r[r["period_start"] > "2030"], p), "no table"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), LACKING)
def test_what_is_lacking_is_said_in_a_sentence(rewarded, spoil, said):
    found = two_models(*spoil(*rewarded), LAST)
    assert said in found.reason
    assert list(found.tables()["two_models"].columns) == COLUMNS
    assert list(found.tables()["alignment"].columns) == ALIGNMENT_COLUMNS
    assert found.two_models.empty
    assert [one.status for one in found.findings()] == [terms.NOT_ESTIMABLE] * 2


def test_ratings_that_go_with_nothing_are_not_shared_out():
    found = two_models(*network(5, [0, 0, 0, 0, 0]), LAST)
    assert "does not surely tell" in found.reason
    assert found.findings()[0].status == terms.NOT_ESTIMABLE


def test_those_that_move_together_are_told():
    seen, given, staff = network(6, [0.3, 0.2, 0.6, 0.3, 0.1])
    random = np.random.default_rng(1)
    twin = given["productivity_percent"] + random.normal(0, 2, len(given))
    found = two_models(seen, given.assign(documentation_compliance=twin), staff, LAST)
    assert "move together" in found.findings()[0].statement
    assert "ridge" in found.findings()[0].statement
