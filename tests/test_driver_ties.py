"""Ties of drivers to fidelity, what a site takes up next, and the clinics against lme4."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.driver_ties import COLUMNS, driver_ties
from workbench.analysis.driver_ties_cards import CARRIED_OVER, DONE, NEW, carried, pdsa_card
from workbench.analysis.driver_ties_counts import as_counts, drift_of_counts
from workbench.analysis.driver_ties_design import link_to_fidelity, quarter_number
from workbench.analysis.driver_ties_findings import NO_TIE
from workbench.analysis.driver_ties_models import tie_formula, tie_of_scores
from workbench.analysis.driver_ties_priorities import priorities
from workbench.data import panels
from workbench.data.instruments import load_instruments
from workbench.data.intake import receive
from workbench.data.scoring import score_observations, value_responses
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_drivers import assess_drivers, with_driver_effect
from workbench.models.items import fit_item_model
from workbench.quarters import Quarter, quarter_labels
from workbench.settings import open_study

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
REFERENCE = json.loads((Path(__file__).parent / "reference" / "clinics.json").read_text("utf-8"))

EXACT = 1e-9
DEVIANCE = 0.01  # of -2 log likelihood: glmer stops within this of the optimum
RELATIVE = 0.01  # of a standard error: glmer's and ours differ by how the Hessian is taken
BESIDE = 0.02  # of a standard error: estimates of two optimisers
LEVELS = {terms.IN_PLACE: 80.0, terms.PARTLY_IN_PLACE: 50.0}
NOW = Quarter(2026, 1)

# Great Expectations imports a module of the standard library that is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


# --- which assessment an observation belongs to ---


def scores(*rows, name="coaching"):
    frame = pd.DataFrame(rows, columns=["site_id", "assessed_quarter", "score"])
    return frame.assign(name=name, title=name.capitalize())


def observed(*rows):
    frame = pd.DataFrame(rows, columns=["site_id", "quarter"])
    return frame.assign(observation_id=[str(number) for number in range(len(frame))])


def test_an_observation_belongs_to_the_nearest_assessment_before_it():
    given = scores(("A", "2025Q4", 40.0), ("A", "2026Q1", 60.0))
    seen = observed(("A", "2025Q4"), ("A", "2026Q1"), ("A", "2026Q2"), ("A", "2026Q3"),
                    ("A", "2026Q4"), ("B", "2026Q1"))  # fmt: skip
    linked = link_to_fidelity(given, seen, (1, 2), 10.0)
    frame = linked.frame
    assert list(frame["quarter"]) == ["2026Q1", "2026Q2", "2026Q3"]
    # Own mean 50: the first stands 10 points below it, one unit of 10.
    assert list(frame["driver_within"]) == pytest.approx([-1, 1, 1], abs=EXACT)
    assert list(frame["driver_between"]) == pytest.approx([0, 0, 0], abs=EXACT)
    assert linked.n_assessments == 2


def test_a_missing_score_is_left_out_and_counted():
    given = scores(("A", "2025Q4", 40.0), ("A", "2026Q1", np.nan))
    linked = link_to_fidelity(given, observed(("A", "2026Q2")), (1, 2), 10.0)
    assert list(linked.frame["score"]) == [40.0]
    assert linked.left_out == "1 of 2 scores of this driver are missing and left out."


def test_quarters_count_on_over_the_years():
    assert quarter_number(pd.Series(["2025Q4", "2026Q1"])).diff().iloc[-1] == 1


# --- ties ---


def network(seed, effect, sites=12, **parameters):
    """Observations, driver scores as planted, with an effect of coaching."""
    chosen = NetworkParameters(sites=sites, planted_sites=(), **parameters)
    _, people, seen, effects = simulate_growth(chosen, seed)
    instrument = load_instruments()["driver_assessment", "1"]
    random = np.random.default_rng(seed)
    assessed = assess_drivers(
        people, effects.by_site, instrument, chosen, random, {"coaching": 8.0, "training": 8.0}
    ).by_assessment
    seen = with_driver_effect(seen, assessed, {"coaching": effect})
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])]
    mine = assessed[assessed["name"].isin(["coaching", "training"])]
    return seen.assign(weight=1.0).reset_index(drop=True), mine.assign(title=mine["name"])


@pytest.fixture(scope="module")
def planted():
    seen, given = network(12, 1.5)
    return driver_ties(given, seen)


def test_a_planted_tie_is_found_and_another_driver_is_not_tied(planted):
    table = planted.driver_ties.set_index("name")
    assert list(planted.driver_ties.columns) == COLUMNS
    coaching = table.loc["coaching"]
    assert coaching["within_low"] < 1.5 < coaching["within_high"]
    assert coaching["tied"]
    assert not table.loc["training", "tied"]
    assert (coaching["n_sites"], coaching["n_assessments"]) == (12, 69)
    assert coaching["n_practitioners"] > 100


def test_the_model_honours_sites_practitioners_and_assessments(planted):
    model = planted.driver_ties["model"].iloc[0]
    assert "(1 + quarters | practitioner_id)" in model
    assert "(1 + quarters | site_id)" in model  # one size of the tie: planted alike everywhere
    assert "(1 | assessment)" in model
    assert "rater_role" in model


def test_a_tie_that_differs_between_sites_is_less_sure():
    seen, given = network(11, 0.0)
    linked = link_to_fidelity(given[given["name"] == "coaching"], seen, (1, 2), 10.0)
    sizes = dict(zip(sorted(seen["site_id"].unique()), np.linspace(-3, 6, 12), strict=True))
    own = linked.frame["site_id"].map(sizes) * linked.frame["driver_within"]
    differing = tie_of_scores(linked.frame.assign(fidelity=linked.frame["fidelity"] + own))
    alike = tie_of_scores(linked.frame)
    assert "(1 + quarters + driver_within | site_id)" in differing.model
    reach = differing.numbers["within_high"] - differing.numbers["within"]
    assert reach > 2 * (alike.numbers["within_high"] - alike.numbers["within"])
    assert differing.numbers["within_low"] < 1.5 < differing.numbers["within_high"]


def test_p_values_are_adjusted_for_the_number_of_drivers(planted):
    table = planted.driver_ties.sort_values("p_value")
    small, large = table["p_value"]
    assert list(table["p_adjusted"]) == pytest.approx([2 * small, max(2 * small, large)], rel=1e-9)


def test_the_finding_says_what_goes_with_what(planted):
    (finding,) = planted.findings()
    assert finding.id == "readiness.ties"
    assert finding.conf_low <= finding.estimate <= finding.conf_high
    assert "association" in finding.statement
    assert "coaching" in finding.unit
    assert finding.n == 69


def test_with_few_sites_the_tie_has_one_size_and_with_too_few_there_is_none():
    seen, given = network(12, 1.0, sites=6)
    table = driver_ties(given, seen).driver_ties
    assert "driver_within | site_id" not in table["model"].iloc[0]
    assert table["within"].notna().all()
    few = given[given["site_id"].isin(["001", "002", "003"])]
    found = driver_ties(few, seen)
    assert found.driver_ties["within"].isna().all()
    assert "3 sites have 2 or more assessments" in found.driver_ties["reason"].iloc[0]
    assert not found.driver_ties["tied"].any()
    assert found.findings()[0].status == terms.NOT_ESTIMABLE


def test_a_driver_that_does_not_move_has_no_tie():
    seen, given = network(12, 0.0, sites=6)
    still = given.assign(score=given["site_id"].astype(float))
    assert "does not change" in driver_ties(still, seen).driver_ties["reason"].iloc[0]


def test_nothing_handed_in_gives_no_rows():
    seen, given = network(12, 0.0, sites=2, quarters=3)
    for one, other in ((given.iloc[:0], seen), (given, seen.iloc[:0])):
        found = driver_ties(one, other)
        assert list(found.driver_ties.columns) == COLUMNS
        assert found.findings()[0].status == terms.NOT_ESTIMABLE


def test_an_effect_is_planted_in_the_quarters_after_and_in_nothing_else():
    seen = pd.DataFrame(
        {
            "site_id": "A",
            "quarter": ["2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4"],
            "fidelity": [70.0, 70.0, 70.0, 99.5, 70.0],
            "limited": False,
        }
    )
    given = scores(("A", "2025Q4", 40.0), ("A", "2026Q1", 60.0))
    after = with_driver_effect(seen, given, {"coaching": 2.0})
    assert list(after["fidelity"]) == pytest.approx([70, 68, 72, 100, 70], abs=EXACT)
    assert list(after["limited"]) == [False, False, False, True, False]
    pd.testing.assert_frame_equal(with_driver_effect(seen, given), seen)


def test_without_swings_every_answer_is_drawn_as_before():
    chosen = NetworkParameters(sites=3, quarters=4)
    _, people, _, effects = simulate_growth(chosen, 5)
    instrument = load_instruments()["driver_assessment", "1"]

    def drawn(swings):
        return assess_drivers(
            people, effects.by_site, instrument, chosen, np.random.default_rng(1), swings
        )

    still, moved = drawn({}), drawn({"coaching": 8.0})
    is_coaching = moved.responses["item_id"].str.startswith("coa_")
    pd.testing.assert_frame_equal(still.responses[~is_coaching], moved.responses[~is_coaching])
    assert not still.responses[is_coaching].equals(moved.responses[is_coaching])
    assert still.by_assessment.groupby(["site_id", "name"])["score"].nunique().max() == 1


# --- counts ---


def counted(seed, sites=14, per_period=0.1, effect=0.5):
    """Counts of 30 to 300 with a site's own level and course, and a driver on a unit scale."""
    random = np.random.default_rng(seed)
    site, time = np.repeat(np.arange(sites), 10), np.tile(np.arange(10.0), sites)
    driver = random.normal(0, 1, len(site))
    own = pd.Series(driver).groupby(site).transform("mean").to_numpy()
    level = random.normal(0, 0.5, sites)[site] + random.normal(per_period, 0.05, sites)[site] * time
    eta = level + effect * (driver - own) + random.normal(0, 0.3, len(site))
    out_of = random.integers(30, 300, len(site))
    met = random.binomial(out_of, 1 / (1 + np.exp(-eta)))
    names = [f"S{number:02d}" for number in site]
    labels = [f"{2020 + int(t) // 4}Q{int(t) % 4 + 1}" for t in time]
    seen = pd.DataFrame(
        {
            "site_id": names,
            "practitioner_id": names,
            "rater_id": "counts",
            "rater_role": "independent",
            "quarter": labels,
            "quarters": time,
            "fidelity": 100 * met / out_of,
            "weight": out_of.astype(float),
        }
    )
    given = pd.DataFrame(
        {"site_id": names, "assessed_quarter": labels, "name": "d", "title": "D", "score": driver}
    )
    return seen, given


def test_counts_are_modelled_as_counts_and_told_in_points():
    seen, given = counted(4)
    row = driver_ties(given, seen, points=1.0, same_quarter=True).driver_ties.iloc[0]
    assert "binomial" in row["model"]
    assert row["tied"]
    share = np.average(seen["fidelity"], weights=seen["weight"]) / 100
    planted = 100 / (1 + np.exp(-np.log(share / (1 - share)) - 0.5)) - 100 * share
    assert row["within_low"] < planted < row["within_high"]


def test_drift_of_counts_is_a_quarter_s_change():
    seen, _ = counted(4)
    row = drift_of_counts(seen).iloc[0]
    assert abs(row["log_odds"] - 0.1) < 3 * row["std_error"]
    assert row["points_low"] < row["points"] < row["points_high"]
    few = drift_of_counts(seen[seen["site_id"] < "S04"]).iloc[0]
    assert np.isnan(few["points"])
    assert "too few sites" in few["reason"]


# --- what to take up ---

PROMPTS = pd.DataFrame(
    {
        "best_practice": ["coaching_1", "training_1"],
        "wording": ["Coaching has its time.", "Training comes first."],
        "action": ["Keep an hour free.", "Hold the first family back."],
        "owner_role": ["manager", ""],
    }
)


def driver_scores(quarter="2026Q1", **given):
    """Scores of one site; each driver has two best practices, five points below and above it."""
    rows = []
    for name, score in given.items():
        status = next((s for s, least in LEVELS.items() if score >= least), terms.NOT_IN_PLACE)
        about = {
            "scope": "site", "site_id": "A", "assessed_quarter": quarter, "driver": name,
            "n_respondents": 8, "conf_low": score - 6, "conf_high": score + 6, "status": status,
        }  # fmt: skip
        rows.append({**about, "level": "driver", "name": name, "title": name, "score": score})
        for place, away in (("1", -5), ("2", 5)):
            rows.append(
                {**about, "level": "best_practice", "name": f"{name}_{place}",
                 "title": f"The {place} of {name}.", "score": score + away}
            )  # fmt: skip
    return pd.DataFrame(rows)


def ties(**tied):
    return pd.DataFrame(
        [
            {"name": name, "tied": each, "within": 1.2, "within_low": 0.4, "within_high": 2.0,
             "p_value": 0.001 if each else 0.5, "reason": ""}
            for name, each in tied.items()
        ]
    )  # fmt: skip


SIX = {"coaching": 60, "training": 40, "leadership": 50, "selection": 55, "systems": 90, "data": 85}


def chosen(given=SIX, tied=(), previous=None, quarter=NOW, label="2026Q1"):
    table = ties(**{name: name in tied for name in SIX})
    return priorities(driver_scores(label, **given), PROMPTS, table, quarter, previous)


def test_at_most_three_are_taken_up_the_tied_first_then_the_lowest():
    table = chosen(tied=["coaching"]).priorities
    assert list(table["name"]) == ["coaching", "training", "leadership"]
    assert list(table["order"]) == [1, 2, 3]
    first = table.iloc[0]
    assert first["tie"].startswith("goes with fidelity, +1.2 (95% interval +0.4 to +2.0)")
    assert table["tie"].iloc[1] == NO_TIE
    assert (first["best_practice"], first["action"]) == ("coaching_1", "Keep an hour free.")
    assert (first["owner_role"], first["due"]) == ("manager", "2026Q2")
    assert first["improvable"] == pytest.approx(40, abs=EXACT)
    assert set(table["status"]) == {NEW}


def test_drivers_in_place_are_no_priority_though_they_are_the_lowest_third():
    assert chosen(dict.fromkeys(SIX, 90)).priorities.empty
    table = chosen({**dict.fromkeys(SIX, 90), "coaching": 75}).priorities
    assert list(table["name"]) == ["coaching"]  # not below two thirds, but the lowest and not there


def test_a_withheld_score_is_no_ground_for_a_priority():
    table = driver_scores(**SIX)
    table.loc[table["name"] == "training", ["score", "conf_low", "conf_high"]] = np.nan
    found = priorities(table, PROMPTS, ties(), NOW)
    assert "training" not in set(found.priorities["name"])
    assert found.withheld == {"A": 1}


def test_a_tie_that_could_not_be_looked_for_gives_its_reason():
    table = ties(coaching=False).assign(p_value=np.nan, reason="3 sites are too few.")
    found = priorities(driver_scores(coaching=50), PROMPTS, table, NOW)
    assert found.priorities["tie"].iloc[0] == f"{NO_TIE}: 3 sites are too few."


def test_a_card_that_rose_is_done_and_makes_room():
    before = chosen().priorities  # training 40, leadership 50, selection 55
    later = {**SIX, "training": 58, "leadership": 52}
    found = chosen(later, previous=before, quarter=NOW.plus(1), label="2026Q2").priorities
    by_name = found.set_index(["name", "order"])
    done = by_name.loc[("training", 0)]
    assert done["status"] == DONE
    assert done["change"] == pytest.approx(18, abs=EXACT)
    assert done["change_low"] == pytest.approx(18 - np.hypot(6, 6), abs=EXACT)
    assert "rose by +18 points (95% interval +10 to +26)" in done["why"]
    assert by_name.loc[("leadership", 1), "status"] == CARRIED_OVER
    assert by_name.loc[("leadership", 1), "due"] == "2026Q3"
    assert by_name.loc[("selection", 2), "status"] == CARRIED_OVER
    assert by_name.loc[("training", 3), "status"] == NEW  # it rose, and is the lowest still
    assert (found["order"] > 0).sum() == 3


def test_in_place_is_done_and_a_rise_that_is_not_sure_is_carried_over():
    before = chosen().priorities
    later = driver_scores("2026Q2", **{**SIX, "training": 81, "leadership": 58})
    seen = carried(before, later).set_index("name")
    assert seen.loc["training", "status"] == DONE
    assert "in place now" in seen.loc["training", "why"]
    assert seen.loc["leadership", "status"] == CARRIED_OVER  # +8 is below the margin of 10
    wide = later.assign(conf_low=later["score"] - 40, conf_high=later["score"] + 40)
    wide.loc[wide["name"] == "leadership", "score"] = 65.0
    assert carried(before, wide).set_index("name").loc["leadership", "status"] == CARRIED_OVER


def test_what_was_not_assessed_again_is_not_done():
    before = chosen().priorities
    seen = carried(before, driver_scores("2026Q1", **dict.fromkeys(SIX, 95)))
    assert set(seen["status"]) == {CARRIED_OVER}
    assert "not been assessed since" in seen["why"].iloc[0]
    assert seen["change"].isna().all()
    assert carried(None, driver_scores(**SIX)).empty


def test_a_priority_is_a_card():
    card = pdsa_card(chosen(tied=["coaching"]).priorities.iloc[0].to_dict())
    assert list(card) == ["plan", "do", "study", "act"]
    assert card["plan"] == "Keep an hour free. For: manager. Until: 2026Q2."
    assert "coaching 10 points higher" in card["study"]


def test_the_finding_of_a_site_prompts_its_first_card():
    (finding,) = chosen(tied=["coaching"]).findings()
    assert finding.id == "readiness.priorities"
    assert finding.statement.startswith("To take up by 2026Q2: 1. coaching (60% of full points")
    assert finding.action_prompt == "Keep an hour free. For: manager."
    assert finding.best_practice == "The 1 of coaching."
    assert (finding.n, finding.n_practitioners) == (8, 8)
    (quiet,) = chosen(dict.fromkeys(SIX, 95)).findings()
    assert "No driver is low enough" in quiet.statement


def test_an_older_card_is_told_with_its_score_now():
    before = chosen().priorities
    later = {**SIX, "training": 58, "leadership": 52}
    (finding,) = chosen(later, previous=before, quarter=NOW.plus(1), label="2026Q2").findings()
    assert (
        "1. leadership (50% of full points in 2026Q1, 52% now, carried over)" in finding.statement
    )
    assert (finding.estimate, finding.conf_low, finding.conf_high) == (52, None, None)
    (unseen,) = chosen(SIX, previous=before, quarter=NOW.plus(1)).findings()
    assert "not known now, carried over" in unseen.statement
    assert unseen.estimate is None


# --- the clinics ---


@pytest.fixture(scope="module")
def clinics():
    return {name: read_clinics(name) for name in ("main", "new")}


def read_clinics(name):
    """Observations, component values (missing where flagged or empty), and the intake's notes."""
    if not (DATA / f"pulesa_{name}.csv").is_file():
        pytest.skip(f"The real export pulesa_{name}.csv is not at hand: it is not in the project.")
    study = open_study(ROOT / "examples" / "clinics" / name)
    intake = receive(study, "2026-09-30", str(DATA))
    accepted = intake.quality.accepted
    valued = value_responses(accepted["fidelity_responses"], intake.instruments)
    seen = panels.observation_panel(
        score_observations(valued, intake.instruments), accepted["practitioners"], Quarter(2004, 1)
    ).by_observation
    values = accepted["outcomes"].assign(
        assessed_quarter=quarter_labels(accepted["outcomes"]["period_start"])
    )
    every = seen[["site_id", "quarter"]].rename(columns={"quarter": "assessed_quarter"})
    every = every.merge(pd.Series(sorted(values["measure"].unique()), name="name"), how="cross")
    given = every.merge(
        values.rename(columns={"subject_id": "site_id", "measure": "name", "value": "score"})[
            ["site_id", "assessed_quarter", "name", "score"]
        ],
        how="left",
    )
    return seen, given.assign(title=given["name"]), intake.quality.notes


def fitted(seen, given, name):
    linked = link_to_fidelity(given[given["name"] == name], seen, (0, 0), 1.0)
    formula = tie_formula(linked.frame).replace("fidelity ~", "met ~")
    formula = formula.replace("(1 | assessment)", "(1 | count_of)")
    return linked, fit_item_model(formula, as_counts(linked.frame), "binomial", "weight")


@pytest.mark.parametrize("name", ["HypertensionTraining", "DeliveryB", "PerformanceImprovement"])
def test_associations_at_the_clinics_are_those_of_glmer(clinics, name):
    seen, given, _ = clinics["new"]
    linked, fit = fitted(seen, given, name)
    expected = REFERENCE[name]
    assert len(linked.frame) == expected["rows"]
    assert fit.criterion == pytest.approx(expected["deviance"], abs=DEVIANCE)
    tidy = fit.tidy()
    error = np.array(expected["std_error"])
    assert np.abs((tidy["estimate"] - expected["estimate"]) / error).max() < BESIDE
    assert np.abs(tidy["std_error"] / error - 1).max() < RELATIVE


def test_drift_of_the_clinics_is_that_of_glmer(clinics):
    seen, _, _ = clinics["new"]
    row = drift_of_counts(seen).iloc[0]
    expected = REFERENCE["drift"]
    assert row["n_observations"] == expected["rows"]
    assert row["log_odds"] == pytest.approx(expected["estimate"][1], rel=RELATIVE)
    assert row["std_error"] == pytest.approx(expected["std_error"][1], rel=RELATIVE)
    assert 0 < row["points_low"] < row["points"] < row["points_high"]


def test_missing_components_are_left_out_and_the_filled_file_is_told_as_filled(clinics):
    """Both files say the same, since the flag of the filled one is honoured; both say how many."""
    tables = []
    for name in ("main", "new"):
        seen, given, _ = clinics[name]
        one = given[given["name"] == "PerformanceImprovement"]
        tables.append(driver_ties(one, seen, points=1.0, same_quarter=True).driver_ties)
        assert tables[-1]["reason"].iloc[0].startswith("17 of 192 scores")
    pd.testing.assert_frame_equal(*tables)
    notes = clinics["main"][2]
    assert any("17 values of 'PerformanceImprovement'" in note for note in notes)


def test_reading_the_filled_values_as_values_would_say_something_else(clinics):
    seen, given, _ = clinics["new"]
    held = pd.read_csv(DATA / "pulesa_main.csv")
    labels = [f"{2001 + (period - 1) // 4}Q{(period - 1) % 4 + 1}" for period in held["Period"]]
    as_values = pd.DataFrame(
        {
            "site_id": held["Clinic"],
            "assessed_quarter": labels,
            "name": "PerformanceImprovement",
            "score": held["PerformanceImprovement"],
        }
    )
    _, honest = fitted(seen, given, "PerformanceImprovement")
    linked, filled = fitted(seen, as_values, "PerformanceImprovement")
    assert len(linked.frame) == 192
    ours = honest.tidy().set_index("term")["estimate"]["driver_within"]
    theirs = filled.tidy().set_index("term")["estimate"]["driver_within"]
    assert abs(ours - theirs) > 0.01
