"""Driver scores by hand: who said what, what is in place, and what changed."""

import re

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.readiness import SCORE_COLUMNS, driver_readiness, scores_by_assessment
from workbench.analysis.readiness_findings import WITHHELD
from workbench.data.instruments import load_instruments
from workbench.data.panels import assessment_panel
from workbench.data.scoring import value_responses
from workbench.data.synthetic import NetworkParameters, simulate_network
from workbench.quarters import Quarter

EXACT = 1e-9
T_2_DF = 0.95 * (2 / (4 * 0.975 * 0.025)) ** 0.5  # 97.5% quantile of t on 2 df, closed form
LEVELS = {terms.IN_PLACE: 80.0, terms.PARTLY_IN_PLACE: 50.0}
PRACTICES = {
    "coach_time": ("coaching", "Coaching", "Coaching has its time."),
    "coach_sees": ("coaching", "Coaching", "The coach sees the work."),
    "train_first": ("training", "Training", "Training comes first."),
    "lead_asks": ("leadership", "Leadership", "Leaders ask."),
}
PROMPTS = pd.DataFrame(
    [
        (name, wording, f"Do {name}.", "manager" if name != "lead_asks" else "")
        for name, (_, _, wording) in PRACTICES.items()
    ],
    columns=["best_practice", "wording", "action", "owner_role"],
)


def panel(*assessments):
    """Rows of (site, quarter, {respondent: {best practice: percent}})."""
    rows = [
        {
            "site_id": site,
            "assessed_on": pd.Timestamp("2026-01-15"),
            "assessed_quarter": quarter,
            "respondent_id": respondent,
            "respondent_role": "practitioner",
            "driver": PRACTICES[practice][0],
            "driver_title": PRACTICES[practice][1],
            "best_practice": practice,
            "wording": PRACTICES[practice][2],
            "weight": 1.0,
            "percent": percent,
            "answered": not np.isnan(percent),
        }
        for site, quarter, answers in assessments
        for respondent, given in answers.items()
        for practice, percent in given.items()
    ]
    return pd.DataFrame(rows)


def rated(time, sees, first, asks):
    return {"coach_time": time, "coach_sees": sees, "train_first": first, "lead_asks": asks}


NOW = {
    "a": rated(100, 50, 100, 0),
    "b": rated(50, 50, 100, 0),
    "c": rated(0, 50, 100, 50),
}
BEFORE = {"a": rated(100, 100, 50, 0), "b": rated(100, 100, 50, 0), "d": rated(100, 100, 50, 0)}


def readiness(*assessments):
    return driver_readiness(panel(*assessments), PROMPTS, LEVELS)


def by_level(found, site="A"):
    table = found.driver_scores
    return table[table["site_id"] == site].set_index(["level", "name"])


def scores(*assessments, site="A"):
    return by_level(readiness(*assessments), site)


def test_a_driver_is_the_mean_over_respondents_of_their_means():
    coaching = scores(("A", "2026Q1", NOW)).loc["driver", "coaching"]
    # a 75, b 50, c 25
    assert coaching["score"] == pytest.approx(50, abs=EXACT)
    reach = T_2_DF * 25 / 3**0.5
    assert coaching["conf_low"] == pytest.approx(max(0, 50 - reach), abs=EXACT)
    assert coaching["conf_high"] == pytest.approx(min(100, 50 + reach), abs=EXACT)
    assert (coaching["lowest"], coaching["highest"]) == (25, 75)
    assert (coaching["n_respondents"], coaching["n_answers"]) == (3, 6)
    assert coaching["share_in_place"] == pytest.approx(1 / 6, abs=EXACT)
    assert coaching["share_not_in_place"] == pytest.approx(1 / 6, abs=EXACT)


def test_a_composite_is_the_mean_of_its_drivers_and_not_of_its_items():
    table = scores(("A", "2026Q1", NOW))
    competency = table.loc["composite", "competency"]
    # coaching 75, 50, 25 and training 100 for each: 87.5, 75, 62.5
    assert competency["score"] == pytest.approx(75, abs=EXACT)
    assert competency["title"] == "Competency"
    assert table.loc["composite", "leadership"]["score"] == pytest.approx(50 / 3, abs=EXACT)
    assert ("composite", "organisation") not in table.index


def test_best_practices_stand_under_their_driver():
    row = scores(("A", "2026Q1", NOW)).loc["best_practice", "coach_time"]
    assert row["score"] == pytest.approx(50, abs=EXACT)
    assert (row["driver"], row["title"]) == ("coaching", "Coaching has its time.")


def test_a_status_is_by_the_instrument_s_levels():
    table = scores(("A", "2026Q1", NOW))
    statuses = {name: table.loc["driver", name]["status"] for name in ("coaching", "training")}
    assert statuses == {"coaching": terms.PARTLY_IN_PLACE, "training": terms.IN_PLACE}
    assert table.loc["driver", "leadership"]["status"] == terms.NOT_IN_PLACE
    below = {name: rated(100, 98, 40, 78) for name in "abc"}
    table = scores(("A", "2026Q1", below))
    assert table.loc["driver", "coaching"]["status"] == terms.IN_PLACE
    assert table.loc["driver", "training"]["status"] == terms.NOT_IN_PLACE
    assert table.loc["driver", "leadership"]["status"] == terms.PARTLY_IN_PLACE


def test_the_latest_assessment_is_set_beside_the_one_before():
    older = {"a": rated(0, 0, 0, 0)}
    table = scores(("A", "2026Q1", NOW), ("A", "2025Q3", BEFORE), ("A", "2025Q1", older))
    coaching = table.loc["driver", "coaching"]
    assert (coaching["assessed_quarter"], coaching["previous_quarter"]) == ("2026Q1", "2025Q3")
    assert coaching["previous_score"] == pytest.approx(100, abs=EXACT)
    assert coaching["change"] == pytest.approx(-50, abs=EXACT)
    # Everyone said the same before, so that the change is as unsure as the score is now.
    reach = T_2_DF * 25 / 3**0.5
    assert coaching["change_low"] == pytest.approx(-50 - reach, abs=EXACT)
    assert coaching["change_high"] == pytest.approx(-50 + reach, abs=EXACT)


def test_a_first_assessment_has_no_change():
    row = scores(("A", "2026Q1", NOW)).loc["driver", "coaching"]
    assert row["previous_quarter"] == ""
    assert row[["previous_score", "change", "change_low", "change_high"]].isna().all()


def test_what_was_not_answered_is_left_out():
    partly = {**NOW, "d": rated(np.nan, 50, np.nan, np.nan), "e": rated(*[np.nan] * 4)}
    table = by_level(driver_readiness(panel(("A", "2026Q1", partly)), PROMPTS, LEVELS, 0.5))
    assert table.loc["driver", "coaching"]["n_respondents"] == 4
    assert table.loc["driver", "coaching"]["n_answers"] == 7
    assert table.loc["driver", "training"]["n_respondents"] == 3


def test_a_respondent_who_answered_too_little_of_a_driver_has_no_score_of_it():
    partly = {**NOW, "d": rated(np.nan, 50, 0, np.nan)}
    table = scores(("A", "2026Q1", partly))
    assert table.loc["driver", "coaching"]["n_respondents"] == 3
    assert table.loc["driver", "coaching"]["score"] == pytest.approx(50, abs=EXACT)
    # What was answered still counts for its best practice, and for the driver answered in full.
    assert table.loc["best_practice", "coach_sees"]["n_respondents"] == 4
    assert table.loc["driver", "training"]["n_respondents"] == 4


def test_what_does_not_apply_is_not_missing():
    partly = {**NOW, "d": rated(np.nan, 50, 0, 0)}
    rows = panel(("A", "2026Q1", partly))
    asked = driver_readiness(rows.assign(applies=rows["answered"]), PROMPTS, LEVELS)
    coaching = by_level(asked).loc["driver", "coaching"]
    assert coaching["n_respondents"] == 4
    assert coaching["score"] == pytest.approx((75 + 50 + 25 + 50) / 4, abs=EXACT)


def test_a_best_practice_without_a_row_counts_as_not_answered():
    rows = panel(("A", "2026Q1", {**NOW, "d": rated(100, 100, 100, 100)}))
    short = rows[~((rows["respondent_id"] == "d") & (rows["best_practice"] == "coach_time"))]
    table = by_level(driver_readiness(short, PROMPTS, LEVELS))
    assert table.loc["driver", "coaching"]["n_respondents"] == 3


def test_a_best_practice_counts_with_its_weight():
    rows = panel(("A", "2026Q1", NOW))
    rows["weight"] = np.where(rows["best_practice"] == "coach_time", 3.0, 1.0)
    coaching = by_level(driver_readiness(rows, PROMPTS, LEVELS)).loc["driver", "coaching"]
    # a (3 x 100 + 50) / 4, b 50, c (0 + 50) / 4
    assert coaching["score"] == pytest.approx((87.5 + 50 + 12.5) / 3, abs=EXACT)
    assert (coaching["lowest"], coaching["highest"]) == (12.5, 87.5)


def test_every_assessment_has_its_score():
    table = scores_by_assessment(panel(("A", "2026Q1", NOW), ("A", "2025Q3", BEFORE)))
    coaching = table[table["name"] == "coaching"]
    assert list(coaching["assessed_quarter"]) == ["2025Q3", "2026Q1"]
    assert list(coaching["score"]) == pytest.approx([100, 50], abs=EXACT)
    assert list(coaching["n_respondents"]) == [3, 3]


# --- what is not shown, or shown with a reserve ---


def agreement(**enough):
    return pd.DataFrame(
        [
            {"site_id": "A", "name": name, "enough": each, "reason": "" if each else "they differ."}
            for name, each in enough.items()
        ]
    )


def test_a_mean_over_people_who_do_not_agree_is_withheld():
    found = driver_readiness(
        panel(("A", "2026Q1", NOW), ("A", "2025Q3", BEFORE), ("B", "2026Q1", NOW)),
        PROMPTS,
        LEVELS,
        agreement=agreement(coaching=False, training=True),
    )
    table = by_level(found)
    coaching = table.loc["driver", "coaching"]
    assert (coaching["status"], coaching["reason"]) == (WITHHELD, "they differ.")
    assert coaching[["score", "conf_low", "conf_high", "change", "previous_score"]].isna().all()
    assert table.loc["composite", "competency"]["status"] == WITHHELD
    assert table.loc["driver", "training"]["status"] == terms.IN_PLACE
    assert table.loc["best_practice", "coach_time"]["score"] == pytest.approx(50, abs=EXACT)
    other = by_level(found, "B").loc["driver", "coaching"]
    assert other["score"] == pytest.approx(50, abs=EXACT)
    said = {(one.id, one.site_id): one for one in found.findings()}
    in_place = said["readiness.in_place", "A"].statement
    assert "1 withheld (Coaching)" in in_place
    assert "The score of 1 driver is withheld" in in_place
    assert said["readiness.weakest", "A"].statement.startswith("Of the 2 drivers shown, L")


def test_a_driver_that_is_in_place_asks_for_no_step():
    full = {person: rated(100, 100, 100, 100) for person in NOW}
    found = driver_readiness(panel(("A", "2026Q1", full)), PROMPTS, LEVELS)
    weakest = next(one for one in found.findings() if one.id == "readiness.weakest" and one.site_id)
    assert (weakest.action_prompt, weakest.best_practice) == ("", "")
    assert weakest.statement.startswith("No driver is short of being in place; the lowest is ")


def test_nothing_is_called_weakest_where_everything_is_withheld():
    found = driver_readiness(
        panel(("A", "2026Q1", NOW)),
        PROMPTS,
        LEVELS,
        agreement=agreement(coaching=False, training=False, leadership=False),
    )
    weakest = next(one for one in found.findings() if one.id == "readiness.weakest" and one.site_id)
    assert weakest.status == terms.NOT_ESTIMABLE
    assert "don't agree" in weakest.reason


def test_a_score_of_few_is_shown_with_its_reserve():
    few = pd.DataFrame([{"site_id": "A", "enough": False, "reason": "too few took part."}])
    found = driver_readiness(panel(("A", "2026Q1", NOW)), PROMPTS, LEVELS, participation=few)
    row = by_level(found).loc["driver", "coaching"]
    assert row["score"] == pytest.approx(50, abs=EXACT)
    assert row["reason"] == "too few took part."
    said = {
        one.site_id: one.statement for one in found.findings() if one.id == "readiness.in_place"
    }
    assert said["A"].endswith("Mind: too few took part.")
    assert "Mind" not in said[""]


def test_the_network_is_the_mean_over_sites():
    table = readiness(
        ("A", "2026Q1", NOW),
        ("B", "2026Q1", {"d": rated(100, 100, 0, 0)}),
        ("C", "2025Q4", {"e": rated(0, 0, 0, 0)}),
    ).driver_scores
    assert list(table.columns) == SCORE_COLUMNS
    network = table[table["scope"] == "network"].set_index(["level", "name"])
    coaching = network.loc["driver", "coaching"]
    # A 50, B 100, C 0
    assert coaching["score"] == pytest.approx(50, abs=EXACT)
    assert (coaching["lowest"], coaching["highest"]) == (0, 100)
    assert coaching["n_respondents"] == 5
    assert coaching["conf_low"] == 0
    assert coaching["conf_high"] == 100
    assert coaching["assessed_quarter"] == "2026Q1"


# --- findings ---


def findings(*assessments):
    return {(one.id, one.site_id): one for one in readiness(*assessments).findings()}


def test_findings_count_what_is_in_place_and_name_the_weakest():
    found = findings(("A", "2026Q1", NOW), ("A", "2025Q3", BEFORE))
    in_place = found["readiness.in_place", "A"]
    assert in_place.estimate == 1
    assert "Of 3 drivers, 1 in place (Training); 1 partly in place (Coaching)" in in_place.statement
    assert "3 respondents said in 2026Q1" in in_place.statement
    assert in_place.n_practitioners == 3  # so that disclosure sees how few stand behind it
    weakest = found["readiness.weakest", "A"]
    assert weakest.statement.startswith("Leadership has the least in place: 17% of full points")
    assert weakest.estimate == pytest.approx(50 / 3, abs=EXACT)
    assert weakest.conf_low <= weakest.estimate <= weakest.conf_high
    assert "since 2025Q3" in weakest.statement
    assert (weakest.n, weakest.n_of) == (3, "respondents")
    assert weakest.unit == "percent of full points of leadership"
    assert weakest.n_practitioners == 3
    assert weakest.action_prompt == "Do lead_asks."
    assert weakest.best_practice == "Leaders ask."


def test_the_prompt_is_that_of_the_lowest_best_practice_and_names_its_owner():
    low_coaching = {name: rated(0, 50, 100, 100) for name in "abc"}
    weakest = findings(("A", "2026Q1", low_coaching))["readiness.weakest", "A"]
    assert weakest.statement.startswith("Coaching has the least")
    assert weakest.action_prompt == "Do coach_time. For: manager."


@pytest.mark.parametrize("respondents", ["a", "ab"])
def test_too_few_respondents_give_no_number(respondents):
    few = {name: NOW[name] for name in respondents}
    weakest = findings(("A", "2026Q1", few))["readiness.weakest", "A"]
    assert weakest.status == terms.NOT_ESTIMABLE
    assert weakest.estimate is None
    assert f"only {len(few)} respondent" in weakest.reason


def test_too_few_sites_give_no_number_for_the_network():
    weakest = findings(("A", "2026Q1", NOW), ("B", "2026Q1", NOW))["readiness.weakest", ""]
    assert weakest.status == terms.NOT_ESTIMABLE
    assert "sites" in weakest.reason


def test_a_best_practice_without_a_prompt_is_still_named():
    """Another version of the instrument may hold items that this one has no prompt for."""
    weakest = driver_readiness(panel(("A", "2026Q1", NOW)), PROMPTS.iloc[:0], LEVELS).findings()[-1]
    assert weakest.status == terms.REPORTED
    assert weakest.action_prompt == ""
    assert weakest.best_practice == "Leaders ask."


def test_nothing_handed_in_says_nothing():
    nothing = driver_readiness(panel(("A", "2026Q1", NOW)).iloc[:0], PROMPTS, LEVELS)
    assert list(nothing.driver_scores.columns) == SCORE_COLUMNS
    assert nothing.findings() == []


# --- the example ---


@pytest.fixture(scope="module")
def example():
    network = simulate_network(NetworkParameters(sites=12, quarters=4))
    instruments = load_instruments()
    responses = network.driver_responses.assign(
        assessed_on=pd.to_datetime(network.driver_responses["assessed_on"])
    )
    drivers = instruments["driver_assessment", "1"]
    found = driver_readiness(
        assessment_panel(value_responses(responses, instruments), Quarter(2024, 3)),
        drivers.prompts(),
        drivers.levels(),
    )
    return network, found


def test_scores_of_the_example_follow_the_planted_levels(example):
    network, found = example
    planted = network.truth["driver_levels"].set_index(["site_id", "driver"])["level"]
    table = found.driver_scores
    drivers = table[(table["scope"] == "site") & (table["level"] == "driver")]
    scored = drivers.set_index(["site_id", "name"])["score"]
    assert len(scored) == len(planted)
    order = scored.rank().corr(planted.rename_axis(["site_id", "name"]).rank())
    assert order > 0.7
    means = drivers.groupby("name")["score"].mean()
    assert means["systems_intervention"] < means["training"]


def test_findings_of_the_example_name_nobody_and_rank_nobody(example):
    _, found = example
    panel_people = re.compile(r"\b(S\d\d|MG\d+|LD\d+|0\d{3})\b")
    findings = found.findings()
    assert len(findings) == 2 * 13
    for one in findings:
        assert not panel_people.search(f"{one.statement} {one.action_prompt}"), one.statement
        assert not re.search(r"\b(rank|best site|worst)", one.statement)
        assert one.n > 0
        assert one.unit or one.status == terms.NOT_ESTIMABLE
