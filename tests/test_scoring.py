"""Scores by hand, and scores of the example network against what was planted."""

import pandas as pd
import pytest

from workbench.data.instruments import Instrument, load_instruments
from workbench.data.scoring import score_components, score_observations, value_responses
from workbench.data.synthetic import NetworkParameters, simulate_network

EXACT = 1e-9

VISIT = {
    "instrument": "visit",
    "version": "1",
    "title": "Visit",
    "kind": "fidelity",
    "source": "A test.",
    "rights": "Free.",
    "wording_shipped": True,
    "scale": {"values": [1, 2, 3, 4, 5], "not_applicable": ["na", "9"]},
    "smallest_share_answered": 0.75,
    "respondents": ["independent"],
    "how_often": "once",
    "components": {"talk": {"title": "Talk"}, "plan": {"title": "Plan"}},
    "items": {
        "asks": {"component": "talk", "wording": "Asks."},
        "tells": {"component": "talk", "wording": "Tells.", "reversed": True},
        "writes": {"component": "plan", "wording": "Writes.", "weight": 2},
        "checks": {"component": "plan", "wording": "Checks."},
    },
    "cut_offs": [{"name": "high", "at_least": 80}, {"name": "adequate", "at_least": 60}],
}


def instrument(**about):
    return Instrument.model_validate({**VISIT, **about})


def responses(version="1", **observations):
    """Responses by observation and item; an item that is None is an empty cell."""
    rows = [
        {
            "observation_id": observation,
            "item_id": item,
            "instrument_id": "visit",
            "instrument_version": version,
            "practitioner_id": "p1",
            "observed_on": pd.Timestamp("2026-01-01"),
            "rater_id": "r1",
            "rater_role": "independent",
            "response": response,
        }
        for observation, items in observations.items()
        for item, response in items.items()
    ]
    return pd.DataFrame(rows).astype({"response": "str"})


def scored(frame, *instruments):
    instruments = {one.key: one for one in instruments or (instrument(),)}
    return score_observations(value_responses(frame, instruments), instruments).set_index(
        "observation_id"
    )


ALL = {"asks": "5", "tells": "1", "writes": "3", "checks": "2"}


def test_reversed_items_are_turned_round_and_weights_count():
    one = scored(responses(o=ALL)).loc["o"]
    # Percents: asks 100, tells 100 (1 turned to 5), writes 50 twice, checks 25.
    assert one["fidelity"] == pytest.approx((100 + 100 + 2 * 50 + 25) / 5, abs=EXACT)
    assert one[["items_answered", "items_applicable", "share_answered"]].tolist() == [4, 4, 1]
    assert one["why_not_scored"] == ""


@pytest.mark.parametrize(("response", "percent"), [("1", 0), ("2", 25), ("3.0", 50), ("5", 100)])
def test_the_scale_runs_from_its_lowest_to_its_highest_value(response, percent):
    valued = value_responses(responses(o={"asks": response}), {("visit", "1"): instrument()})
    assert valued.loc[0, "percent"] == percent


@pytest.mark.parametrize("code", ["na", "9"])
def test_what_does_not_apply_leaves_the_score_to_the_rest(code):
    one = scored(responses(o={**ALL, "writes": code})).loc["o"]
    assert one["fidelity"] == pytest.approx((100 + 100 + 25) / 3, abs=EXACT)
    assert one[["items_answered", "items_applicable"]].tolist() == [3, 3]


def test_what_was_not_answered_counts_against_the_share():
    table = scored(
        responses(
            at_the_share={**ALL, "checks": None},
            row_is_absent={name: cell for name, cell in ALL.items() if name != "checks"},
            under_it={**ALL, "checks": None, "writes": None},
            under_it_with_na={"asks": "5", "tells": "na", "writes": None, "checks": None},
            nothing=dict.fromkeys(ALL),
            nothing_applies=dict.fromkeys(ALL, "na"),
        )
    )
    expected = (100 + 100 + 2 * 50) / 4
    assert table.loc["at_the_share", "fidelity"] == pytest.approx(expected, abs=EXACT)
    assert table.loc["row_is_absent", "fidelity"] == pytest.approx(expected, abs=EXACT)
    without = table.loc[["under_it", "under_it_with_na", "nothing", "nothing_applies"]]
    assert without["fidelity"].isna().all()
    assert without["meets_cut_off"].isna().all()
    assert without["why_not_scored"].str.startswith("fewer than 75%").all()
    assert table.loc["under_it", "share_answered"] == 0.5


def test_each_version_is_judged_by_its_own_cut_off():
    strict = instrument(version="2", cut_offs=[{"name": "adequate", "at_least": 70}])
    without = instrument(version="3", cut_offs=[])
    frame = pd.concat(
        [responses(version, **{f"o{version}": ALL}) for version in ("1", "2", "3")],
        ignore_index=True,
    )
    table = scored(frame, instrument(), strict, without)
    assert table["fidelity"].nunique() == 1
    assert table.loc[["o1", "o2"], "meets_cut_off"].tolist() == [True, False]
    assert table.loc[["o1", "o2"], "cut_off"].tolist() == [60, 70]
    assert pd.isna(table.loc["o3", "meets_cut_off"])


def test_a_score_at_the_cut_off_meets_it():
    at = instrument(cut_offs=[{"name": "adequate", "at_least": 65}])
    assert scored(responses(o=ALL), at).loc["o", "meets_cut_off"]


def test_a_component_may_stay_out_of_the_total():
    components = {"talk": {"title": "Talk"}, "plan": {"title": "Plan", "composite": False}}
    one = instrument(components=components)
    assert scored(responses(o=ALL), one).loc["o", "fidelity"] == 100
    valued = value_responses(responses(o=ALL), {one.key: one})
    by_component = score_components(valued, {one.key: one}).set_index("component")["fidelity"]
    assert by_component["plan"] == pytest.approx((2 * 50 + 25) / 3, abs=EXACT)


def test_only_segments_that_were_rated_are_expected():
    one = instrument(segments=["am", "pm"], smallest_share_answered=1)
    morning = {f"{name}_am": cell for name, cell in ALL.items()}
    evening = {f"{name}_pm": "5" for name in ALL}
    table = scored(
        responses(
            half_a_day=morning,
            whole_day={**morning, **evening},
            evening_left_empty={**morning, **dict.fromkeys(evening)},
            a_gap_in_the_evening={**morning, **evening, "checks_pm": None},
        ),
        one,
    )
    morning_score = (100 + 100 + 2 * 50 + 25) / 5
    evening_score = (100 + 0 + 2 * 100 + 100) / 5  # telling is reversed
    assert table.loc["half_a_day", "fidelity"] == pytest.approx(morning_score, abs=EXACT)
    both = (morning_score + evening_score) / 2
    assert table.loc["whole_day", "fidelity"] == pytest.approx(both, abs=EXACT)
    assert table.loc["evening_left_empty", "fidelity"] == pytest.approx(morning_score, abs=EXACT)
    assert pd.isna(table.loc["a_gap_in_the_evening", "fidelity"])


COUNTED = {
    "score": "met_of_applicable",
    "scale": {},
    "components": {},
    "items": {
        "done": {"wording": "Done.", "counts": "met"},
        "due": {"wording": "Due.", "counts": "applicable"},
    },
}


def test_met_of_applicable_is_a_share_weighted_by_what_applied():
    table = scored(
        responses(
            most={"done": "9", "due": "12"},
            none={"done": "0", "due": "4"},
            too_many={"done": "5", "due": "4"},
            nothing_due={"done": "0", "due": "0"},
            empty={"done": "1", "due": None},
            one_row={"done": "1"},
        ),
        instrument(**COUNTED),
    )
    assert table["fidelity"].dropna().to_dict() == {"most": 75, "none": 0}
    assert table.loc["most", "weight"] == 12
    assert set(table.loc[table["fidelity"].isna(), "why_not_scored"]) == {
        "the counts are missing or don't fit"
    }


def test_met_without_any_applicable_gives_no_score():
    table = scored(responses(o={"done": "1"}), instrument(**COUNTED))
    assert table["fidelity"].isna().all()


def test_components_are_scored_by_their_own_items():
    one = instrument()
    frame = responses(o=ALL, half={**ALL, "checks": None}, silent={**ALL, "asks": "na"})
    valued = value_responses(frame, {one.key: one})
    table = score_components(valued, {one.key: one})
    by = table.set_index(["observation_id", "component"])["fidelity"]
    assert by["o", "talk"] == 100
    assert by["o", "plan"] == pytest.approx((2 * 50 + 25) / 3, abs=EXACT)
    assert pd.isna(by["half", "plan"])
    assert by["silent", "talk"] == 100
    assert set(table["component_title"]) == {"Talk", "Plan"}


def test_counts_have_no_components():
    counted = instrument(**COUNTED)
    valued = value_responses(responses(o={"done": "1", "due": "2"}), {counted.key: counted})
    assert len(score_components(valued, {counted.key: counted})) == 0


@pytest.fixture(scope="module")
def network():
    return simulate_network(NetworkParameters(sites=3, quarters=4))


def test_scores_of_the_example_are_the_planted_ones_as_near_as_whole_points_allow(network):
    shipped = load_instruments()
    table = scored(network.fidelity_responses, *shipped.values())
    planted = network.observations.set_index("observation_id")["fidelity"]
    assert len(table) == len(planted)
    highest = shipped["practice_fidelity", "1"].scale.highest
    half_a_point = 100 / (highest * table["items_answered"]) / 2
    assert ((table["fidelity"] - planted).abs() <= half_a_point + EXACT).all()
    assert (table["meets_cut_off"] == (table["fidelity"] >= 65)).all()


def test_what_was_entered_as_the_opposite_would_be_seen(network):
    """The planted score comes back only if reversed items are turned round."""
    shipped = load_instruments()["practice_fidelity", "1"]
    straight = {
        name: item.model_copy(update={"reversed": False}) for name, item in shipped.items.items()
    }
    wrong = scored(network.fidelity_responses, shipped.model_copy(update={"items": straight}))
    planted = network.observations.set_index("observation_id")["fidelity"]
    assert (wrong["fidelity"] - planted).abs().mean() > 2
