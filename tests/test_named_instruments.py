"""Named instruments: their public rules, without their wording, give the published verdicts."""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.extracts import Extract
from workbench.data.instruments import INSTRUMENTS_FOLDER, Instrument, load_instruments
from workbench.data.quality import check
from workbench.data.schemas import load_schemas
from workbench.data.scoring import score_assessments, score_observations, value_responses
from workbench.data.verdicts import share_verdicts, verdicts
from workbench.errors import SettingsError

EXACT = 1e-9
SHIPPED = load_instruments()
FOLDER = Path(__file__).parents[1] / INSTRUMENTS_FOLDER
NAMED = {key: one for key, one in SHIPPED.items() if not one.wording_shipped}
TFI, TFI_3 = SHIPPED["tfi", "2.1"], SHIPPED["tfi", "3.0"]
DCA, ORIC, IPS = SHIPPED["dca", "7"], SHIPPED["oric", "2014"], SHIPPED["ips", "25"]
MST, WFI = SHIPPED["mst_tam_r", "1"], SHIPPED["wfi", "4"]
COMMITMENT = (2, 4, 6, 9, 11)
EFFICACY = (1, 3, 5, 7, 8, 10, 12)
POINTER = re.compile(r"([A-Z][A-Za-z]+( [a-z0-9]+){0,2} item \d+|Item \d+)")


def answers(instrument, points, respondent="r1", assessment="a1"):
    """Rows of driver_responses; ``points`` by item, None for an empty cell."""
    rows = [
        {
            "assessment_id": assessment,
            "item_id": item,
            "respondent_id": respondent,
            "respondent_role": instrument.respondents[-1],
            "site_id": "s1",
            "assessed_on": pd.Timestamp("2026-02-01"),
            "instrument_id": instrument.instrument,
            "instrument_version": instrument.version,
            "response": None if point is None else f"{point:g}",
        }
        for item, point in points.items()
    ]
    return pd.DataFrame(rows).astype({"response": "str"})


def spread(instrument, total, component=None):
    """Points over the items, as even as whole points allow, that add up to a total."""
    names = [name for name, item in instrument.items.items() if component in (None, item.component)]
    low, more = divmod(total, len(names))
    return {name: low + (place < more) for place, name in enumerate(names)}


def scored(*frames, instruments=SHIPPED):
    received = pd.concat(frames, ignore_index=True)
    return score_assessments(value_responses(received, instruments), instruments)


def judged(*frames, component=""):
    table = verdicts(scored(*frames), SHIPPED)
    return table[table["component"] == component].set_index("judged_by")


def observed(instrument, *observations, site="s1"):
    """Scored observations, each given by its points by item."""
    rows = [
        {
            "observation_id": f"{site}-{number}",
            "item_id": item,
            "instrument_id": instrument.instrument,
            "instrument_version": instrument.version,
            "practitioner_id": "p1",
            "site_id": site,
            "observed_on": pd.Timestamp("2026-01-01"),
            "rater_id": "family",
            "rater_role": "independent",
            "response": None if point is None else f"{point:g}",
        }
        for number, points in enumerate(observations)
        for item, point in points.items()
    ]
    frame = pd.DataFrame(rows).astype({"response": "str"})
    return score_observations(value_responses(frame, SHIPPED), SHIPPED)


# --- what is shipped ---


@pytest.mark.parametrize("instrument", NAMED.values(), ids=lambda one: "-".join(one.key))
def test_a_named_instrument_carries_its_rule_and_no_wording(instrument):
    for name, item in instrument.items.items():
        assert POINTER.fullmatch(item.wording), name
        assert not item.cites
        assert not item.action
    assert instrument.source
    assert instrument.rights
    counts = instrument.item_counts()
    assert min(counts.values()) > 0
    assert instrument.published_counts in ({}, counts)


def test_only_a_key_that_is_not_published_here_is_not_vouched_for():
    assert [one.instrument for one in NAMED.values() if not one.published_counts] == ["dca"]
    assert "NOT taken from the form" in DCA.source


# --- the same answers under two versions ---


@pytest.mark.parametrize(
    ("points", "under_2_1", "under_3_0"), [(63, True, True), (54, False, True), (44, False, False)]
)
def test_the_same_answers_get_the_verdict_of_each_version(points, under_2_1, under_3_0):
    both = judged(answers(TFI, spread(TFI, points)))
    assert both["percent"].tolist() == pytest.approx([points / 90 * 100] * 2, abs=EXACT)
    assert both["cut_off"].to_dict() == {"2.1": 70, "3.0": 50}
    assert both["meets"].to_dict() == {"2.1": under_2_1, "3.0": under_3_0}
    assert both.loc["2.1", "level"] == ("adequate" if under_2_1 else "")


def test_answers_of_five_points_keep_their_own_scale():
    both = judged(answers(TFI_3, spread(TFI_3, 130)))  # 54 items of at most 4 points
    assert both["percent"].tolist() == pytest.approx([130 / 216 * 100] * 2, abs=EXACT)
    assert both["meets"].to_dict() == {"2.1": False, "3.0": True}


def test_a_school_that_rates_one_tier_has_a_verdict_for_that_tier():
    frame = answers(TFI, spread(TFI, 21, "tier_1"))
    assert judged(frame)["meets"].isna().all()
    assert judged(frame)["level"].isna().all()
    assert judged(frame).loc["2.1", "why_not_scored"].startswith("fewer than 80%")
    tier = judged(frame, component="tier_1")
    assert tier["percent"].tolist() == [70, 70]
    assert tier["meets"].all()


# --- the key of ORIC ---


def keyed(commitment):
    lines = [
        f"  item_{number:02d}: {{component: change_"
        f"{'commitment' if number in commitment else 'efficacy'}, wording: Item {number}}}\n"
        for number in range(1, 13)
    ]
    head = (FOLDER / "oric_v2014.yml").read_text(encoding="utf-8").split("items:\n")[0]
    return head + "items:\n" + "".join(lines)


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / INSTRUMENTS_FOLDER
    folder.mkdir(parents=True)

    def write(name, text):
        (folder / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


SIX_AND_SIX = (*COMMITMENT, 8)
RIGHT_KEY = (
    "change_commitment is item_02, item_04, item_06, item_09, item_11; "
    "change_efficacy is item_01, item_03, item_05, item_07, item_08, item_10, item_12"
)


def test_the_key_is_five_and_seven():
    by = {name: item.component for name, item in ORIC.items.items()}
    for component, numbers in (("change_commitment", COMMITMENT), ("change_efficacy", EFFICACY)):
        assert {name for name, one in by.items() if one == component} == {
            f"item_{number:02d}" for number in numbers
        }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("oric_v2014.yml", keyed(SIX_AND_SIX)),
        ("ours.yml", keyed(SIX_AND_SIX).replace('"2014"', '"danish"')),
        ("ours.yml", keyed(SIX_AND_SIX).replace("instrument: oric", "instrument: ORIC")),
    ],
    ids=["in place of ours", "another version", "another spelling"],
)
def test_a_file_keyed_six_and_six_is_refused_as_the_wrong_key(study, name, text):
    with pytest.raises(SettingsError) as caught:
        load_instruments(study(name, text))
    said = str(caught.value)
    assert said.startswith(name)
    assert "has 6 of change_commitment and 6 of change_efficacy" in said
    assert "published key has 5 of change_commitment and 7 of change_efficacy" in said
    assert RIGHT_KEY in said


def test_five_and_seven_with_two_items_exchanged_is_refused(study):
    with pytest.raises(SettingsError, match="wrongly"):
        load_instruments(study("oric_v2014.yml", keyed((2, 4, 6, 8, 11))))


def test_a_file_that_states_the_counts_and_keys_otherwise_is_refused(study):
    counts = "published_counts: {change_commitment: 5, change_efficacy: 7}\n"
    with pytest.raises(SettingsError, match="the published one has 5 of change_commitment"):
        load_instruments(study("oric_v2014.yml", keyed(SIX_AND_SIX) + counts))


def test_a_translation_with_the_right_key_and_another_questionnaire_are_taken(study):
    loaded = load_instruments(study("ours.yml", keyed(COMMITMENT).replace('"2014"', '"danish"')))
    assert loaded["oric", "danish"].item_counts() == ORIC.item_counts()
    other = keyed(SIX_AND_SIX).replace("instrument: oric", "instrument: our_readiness")
    assert ("our_readiness", "2014") in load_instruments(study("ours.yml", other))


def test_commitment_and_efficacy_are_means_from_one_to_five():
    points = {f"item_{number:02d}": 4 if number in COMMITMENT else 2 for number in range(1, 13)}
    points["item_11"], points["item_12"] = 5, 3
    table = scored(answers(ORIC, points)).set_index("component")
    assert table.loc["change_commitment", "score"] == pytest.approx(21 / 5, abs=EXACT)
    assert table.loc["change_efficacy", "score"] == pytest.approx(15 / 7, abs=EXACT)
    assert table.loc["", "score"] == pytest.approx(36 / 12, abs=EXACT)
    assert judged(answers(ORIC, points))["meets"].isna().all()  # no cut-off is published


def test_responses_with_a_key_of_their_own_are_set_aside():
    frame = answers(ORIC, {f"commitment_{number}": 4 for number in range(1, 7)})
    rows = frame.assign(assessed_on="2026-02-01").astype("str")
    extracts = [
        Extract(
            "sites",
            pd.DataFrame({"site_id": ["s1"], "site_name": ["One"]}, dtype="str"),
            "sites.csv",
            "",
        ),
        Extract("driver_responses", rows, "driver_responses.csv", ""),
    ]
    schemas = {name: load_schemas()[name] for name in ("sites", "driver_responses")}
    report = check(extracts, schemas, SHIPPED, dt.date(2026, 3, 1))
    assert len(report.accepted["driver_responses"]) == 0
    why = report.reasons[report.reasons["table"] == "driver_responses"]
    assert set(why["reason"]) == {"Fails: Every item belongs to the instrument"}


# --- a sum with bands ---


@pytest.mark.parametrize(
    ("total", "level"),
    [
        (25, ""),
        (73, ""),
        (74, "fair"),
        (99, "fair"),
        (100, "good"),
        (114, "good"),
        (115, "exemplary"),
        (125, "exemplary"),
    ],
)
def test_each_band_begins_and_ends_where_it_was_published(total, level):
    one = judged(answers(IPS, spread(IPS, total))).loc["25"]
    assert one["score"] == total
    assert one["level"] == level
    assert one["meets"] == (total >= 74)
    seen = observed(IPS, spread(IPS, total)).loc[0]
    assert seen["meets_cut_off"] == (total >= 74)
    assert seen["fidelity"] == pytest.approx(total - 25, abs=EXACT)  # 25 to 125 is 100 points wide


def test_a_sum_is_not_given_where_an_item_is_missing():
    points = spread(IPS, 110)
    last = list(points)[-1]
    for short in ({**points, last: None}, {n: p for n, p in points.items() if n != last}):
        table = verdicts(scored(answers(IPS, short)), SHIPPED).set_index("component")
        assert pd.isna(table.loc["", "score"])
        assert pd.isna(table.loc["", "level"])
        assert table.loc["", "why_not_scored"].startswith("fewer than 100%")
    parts = scored(answers(IPS, {**points, last: None})).set_index("component")["score"]
    assert parts["staffing"] == sum(points[f"staffing_{number:02d}"] for number in (1, 2, 3))
    assert pd.isna(parts["services"])


def test_components_of_a_sum_are_not_judged():
    table = verdicts(scored(answers(IPS, spread(IPS, 110))), SHIPPED)
    assert table["component"].tolist() == [""]


# --- the total and each subscale ---


def dca(leadership, competency=16, organisation=16, **other):
    points = {
        **spread(DCA, leadership, "leadership"),
        **spread(DCA, competency, "competency"),
        **spread(DCA, organisation, "organisation"),
    }
    return answers(DCA, {**points, **other})


def test_one_subscale_below_the_cut_off_is_enough_to_fall_short():
    high = judged(dca(13)).loc["7"]
    assert high["meets"]
    assert high["level"] == "capacity in place"
    low = judged(dca(12, 18, 18)).loc["7"]  # 48 of 52 points, leadership 12 of 16
    assert low["percent"] == pytest.approx(48 / 52 * 100, abs=EXACT)
    assert not low["meets"]
    assert low["level"] == ""
    part = judged(dca(12, 18, 18), component="leadership").loc["7"]
    assert (part["percent"], part["meets"]) == (75, False)


def test_a_subscale_without_a_score_leaves_nothing_to_say_unless_another_falls_short():
    gaps = {"organisation_01": None, "organisation_02": None}  # 7 of 9 is under 80%
    unsaid = judged(dca(16, 18, 18, **gaps)).loc["7"]
    assert unsaid["percent"] == 100
    assert pd.isna(unsaid["meets"])
    assert pd.isna(unsaid["level"])
    short = judged(dca(12, 18, 18, **gaps)).loc["7"]
    assert [short["meets"]] == [False]


def test_observations_of_such_an_instrument_are_judged_alike():
    points = [
        {**spread(DCA, leadership, "leadership"), **dict.fromkeys(rest, 2)}
        for leadership in (13, 12)
        for rest in [[name for name in DCA.items if not name.startswith("leadership")]]
    ]
    both = observed(DCA, *points)
    assert both["meets_cut_off"].tolist() == [True, False]
    no_row = {name: point for name, point in points[0].items() if name != "leadership_01"}
    unscored = {**no_row, "leadership_02": None}  # 6 of 8 is under 80%, 24 of 26 is not
    assert pd.isna(observed(DCA, unscored).loc[0, "meets_cut_off"])


# --- a mean, and a share of scores above it ---


def families(*adherent):
    return [spread(MST, count) for count in adherent]


def test_a_site_is_judged_by_its_mean_and_by_its_share():
    good = observed(MST, *families(28, 28, 28, 28, 10))  # .61 of 28 items is 17.08
    thin = observed(MST, *families(28, 28, 28, 17, 17), site="s2")
    table = share_verdicts(pd.concat([good, thin]), SHIPPED).set_index("site_id")
    assert table["n_scores"].tolist() == [5, 5]
    assert table["mean_score"].tolist() == pytest.approx([122 / 140, 118 / 140], abs=EXACT)
    assert table["mean_meets"].tolist() == [True, True]
    assert table["share"].tolist() == pytest.approx([80, 60], abs=EXACT)
    assert table["share_meets"].tolist() == [True, False]
    assert good["cut_off"].tolist() == [61] * 5


def test_a_mean_at_the_cut_off_meets_it():
    hundred = Instrument.model_validate(
        {
            **MST.model_dump(),
            "items": {f"i{n}": {"component": "adherence", "wording": "x"} for n in range(100)},
            "published_counts": {},
        }
    )
    known = {hundred.key: hundred}
    points = {name: int(place < 61) for place, name in enumerate(hundred.items)}
    table = verdicts(scored(answers(hundred, points), instruments=known), known)
    assert table["score"].tolist() == pytest.approx([0.61, 0.61], abs=EXACT)
    assert table["meets"].tolist() == [True, True]


def test_only_rules_that_ask_for_a_share_are_judged_by_it():
    assert len(share_verdicts(observed(WFI, spread(WFI, 60)), SHIPPED)) == 0


def test_not_applicable_leaves_a_mean_to_the_rest_and_too_few_answers_leave_none():
    frame = answers(MST, spread(MST, 28)).assign(respondent_role="independent")
    frame.loc[:7, "response"] = "na"
    total = scored(frame).set_index("component").loc[""]
    assert (total["score"], total["items_applicable"]) == (1, 20)
    frame.loc[8:12, "response"] = None
    assert pd.isna(scored(frame).set_index("component").loc["", "score"])


# --- bands in percent ---


@pytest.mark.parametrize(
    ("points", "level", "adequate"),
    [
        (51, "", False),
        (52, "borderline", False),  # 65% of 80 points
        (59, "borderline", False),
        (60, "adequate", True),  # 75%
        (68, "adequate", True),  # 85%: high begins above it
        (69, "high", True),
        (80, "high", True),
    ],
)
def test_wraparound_bands(points, level, adequate):
    one = judged(answers(WFI, spread(WFI, points))).loc["4"]
    assert (one["level"], one["meets"]) == (level, adequate)
    assert observed(WFI, spread(WFI, points)).loc[0, "meets_cut_off"] == adequate
    assert WFI.lowest_cut_off.name == "adequate"


# --- units ---


def test_cut_offs_in_any_unit_are_percents_for_figures():
    assert IPS.levels() == {"exemplary": 90, "good": 75, "fair": 49}
    assert MST.levels() == {"adherent": 61}
    assert ORIC.levels() == {}
    assert (IPS.bounds(), ORIC.bounds(), TFI.bounds()) == ((25, 125), (1, 5), (0, 100))
    assert IPS.bounds("staffing") == (3, 15)


def test_nothing_is_judged_where_nothing_was_answered():
    none = answers(TFI, {"tier_1_01": 1}).iloc[:0]
    table = verdicts(score_assessments(value_responses(none, SHIPPED), SHIPPED), SHIPPED)
    assert len(table) == 0
    assert {"level", "meets", "judged_by", "score"} <= set(table.columns)


def test_two_respondents_are_scored_apart():
    frame = [answers(ORIC, dict.fromkeys(ORIC.items, 1 + n), f"r{n}") for n in (1, 3)]
    total = scored(*frame)
    total = total[total["component"] == ""].set_index("respondent_id")["score"]
    assert total.to_dict() == {"r1": 2, "r3": 4}
