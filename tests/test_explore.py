"""Recipes of explore/ run on published results, and the little that they compute is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from published_study import QUARTER, published_study
from recipe_cells import run_cells
from scipy import stats

from workbench.analysis.two_instruments import BETWEEN, WITHIN, two_instruments
from workbench.data import cohorts, instruments
from workbench.data.instrument_scores import COLUMNS, instrument_scores
from workbench.errors import ParameterError
from workbench.reporting import tables_recipes
from workbench.reporting.boxes import results_to_read
from workbench.results import Results
from workbench.settings import Privacy, Study

EXACT = 1e-9


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    opened = published_study(tmp_path_factory.mktemp("published"))
    results = results_to_read(opened)
    sites = results.accepted("sites").sort_values("site_id")
    slugs = [f"site-{number:03d}" for number in range(1, len(sites) + 1)]
    results.write_tables({"sites": sites.assign(slug=slugs)})
    nothing = pd.DataFrame({"table": [], "would_add": []}, dtype="str")
    results.write_tables({"missing_tables": nothing})
    return opened


# --- each recipe, from top to bottom, with hardly a table there ---


@pytest.mark.parametrize("site_id", ["", "002"])
def test_why_a_site_fell_runs_where_only_fidelity_was_handed_in(study: Study, site_id: str) -> None:
    *_, names = run_cells("explore/why_did_this_site_fall", study, site_id=site_id)
    assert names["site_id"]
    beside = names["site_beside_network"](names["results"], names["evidence"])
    assert beside.frame.empty
    assert "Neither supports nor work conditions" in beside.note


def test_another_cut_runs_and_pools_nobody_twice(study: Study) -> None:
    *shown, names = run_cells("explore/recut_by_cohort", study)
    seen, people = names["seen"], names["people"].set_index("practitioner_id")
    year = seen["practitioner_id"].map(people["trained_on"].dt.year).astype("str")
    assert (seen["site_id"] == year).all()
    assert names["named"]["observations"].sum() == len(seen)
    assert shown


def test_a_comparison_runs_and_an_unused_instrument_is_told(study: Study) -> None:
    with pytest.raises(ParameterError, match="Used here: practice_fidelity"):
        run_cells("explore/compare_two_instruments", study)
    *_, names = run_cells("explore/compare_two_instruments", study, second="practice_fidelity")
    assert set(names["compared"].pairs.columns) == {"site_id", "quarter", "first", "second"}


# --- cohorts ---


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    people = pd.DataFrame({"practitioner_id": ["1"], "role": ["x"], "source_row": [2]})
    with pytest.raises(ParameterError, match="it has practitioner_id, role"):
        cohorts.by_cohort(pd.DataFrame({"practitioner_id": ["1"]}), people, "trainer_id")


def test_those_without_an_entry_are_left_out() -> None:
    people = pd.DataFrame({"practitioner_id": ["1", "2"], "trainer_id": ["T1", None]})
    rows = pd.DataFrame({"practitioner_id": ["1", "2", "1"], "site_id": "A"})
    assert list(cohorts.by_cohort(rows, people, "trainer_id")["site_id"]) == ["T1", "T1"]


# --- two instruments ---


def some_scores(values: np.ndarray, unit: str = "practitioner") -> pd.DataFrame:
    """Two people a site and quarter, about a mean: sites by rows, quarters by columns."""
    rows = [
        (f"s{site}", f"s{site}p{person}", unit, f"202{quarter}Q1", mean + 2 * person - 1)
        for site, of_site in enumerate(values)
        for quarter, mean in enumerate(of_site)
        for person in (0, 1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_between_and_within_are_as_scipy_has_them() -> None:
    random = np.random.default_rng(7)
    first = random.normal(60, 8, (9, 4))
    second = 0.5 * first + random.normal(20, 5, (9, 4))
    found = two_instruments(some_scores(first), some_scores(second), ("One", "Other"))
    between = found.together.set_index("what").loc[BETWEEN]
    told = stats.pearsonr(first.mean(axis=1), second.mean(axis=1))
    low, high = told.confidence_interval(0.95)
    assert between["correlation"] == pytest.approx(told.statistic, abs=EXACT)
    assert [between["conf_low"], between["conf_high"]] == pytest.approx([low, high], abs=1e-6)
    own = [each - each.mean(axis=1, keepdims=True) for each in (first, second)]
    within = found.together.set_index("what").loc[WITHIN]
    assert within["correlation"] == pytest.approx(
        stats.pearsonr(own[0].ravel(), own[1].ravel()).statistic, abs=EXACT
    )
    free = 9 * 4 - 9 + 1
    half = stats.norm.ppf(0.975) / np.sqrt(free - 3)
    assert np.arctanh(within["conf_high"]) - np.arctanh(within["correlation"]) == pytest.approx(
        half, abs=1e-6
    )


def test_two_that_only_share_the_level_of_sites_do_not_move_together() -> None:
    level = np.arange(8.0)[:, None] * 5
    up, down = np.array([0.0, 1, 2, 3]), np.array([3.0, 2, 1, 0])
    found = two_instruments(some_scores(level + up), some_scores(level + down), ("One", "Other"))
    together = found.together.set_index("what")["correlation"]
    assert together[BETWEEN] == pytest.approx(1, abs=EXACT)
    assert together[WITHIN] == pytest.approx(-1, abs=EXACT)


@pytest.mark.parametrize("sites", [0, 1, 4])
def test_few_sites_give_a_reason_and_no_number(sites: int) -> None:
    scores = some_scores(np.full((sites, 1), 50.0))
    found = two_instruments(scores, scores, ("One", "Other")).together
    assert found["correlation"].isna().all()
    assert (found["reason"] != "").all()
    text = repr(tables_recipes.together_table(found))
    assert "not estimable" in text


def test_scores_of_fidelity_are_those_of_the_panel(study: Study) -> None:
    results = results_to_read(study)
    definitions = instruments.load_instruments()
    scores = instrument_scores(results.accepted, definitions, "practice_fidelity", results.quarter)
    means = two_instruments(scores, scores, ("One", "Other")).means
    own = means[(means["scope"] == "network") & (means["instrument"] == "One")]
    stored = results.table("fidelity_by_quarter")
    network = stored[stored["scope"] == "network"].set_index("quarter")
    assert list(own["score"]) == pytest.approx(list(network["fidelity"]), abs=0.5)
    assert list(own["n_units"]) == list(network["n_practitioners"])


def test_means_of_few_are_not_shown() -> None:
    means = two_instruments(
        some_scores(np.full((1, 2), 50.0)), some_scores(np.full((1, 2), 60.0), "plan"), ("A", "B")
    ).means
    sites = pd.DataFrame({"site_id": ["s0"], "site_name": ["Here"]})
    table = tables_recipes.instrument_means_table(means, sites, Privacy(), "s0")
    assert (table.frame.drop(columns="Quarter") == "[c]").all(axis=None)
    assert "Here" in table.caption


# --- a site beside the network ---


def test_a_site_stands_beside_the_network_and_few_people_are_hidden(
    study: Study, tmp_path: Path
) -> None:
    from workbench.reporting.beside import _conditions

    results = Results(tmp_path, study)
    results.start({"quarter": QUARTER})
    people = [(f"p{number}", "A" if number < 6 else "B") for number in range(9)]
    results.write_accepted(
        {
            "practitioners": pd.DataFrame(people, columns=["practitioner_id", "site_id"]),
            "work_conditions": pd.DataFrame(
                {
                    "practitioner_id": [code for code, _ in people],
                    "period_start": pd.Timestamp("2026-07-01"),
                    "caseload": np.arange(9.0),
                }
            ),
        }
    )
    (row,) = _conditions(results, "A", results.quarter)
    assert row[1:] == ("–", "2.5", "–", "4.0")
    (row,) = _conditions(results, "B", results.quarter)
    assert row[1:] == ("–", "[c]", "–", "4.0")
