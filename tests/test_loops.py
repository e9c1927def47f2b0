"""Loops from practice to policy: planted times are found, and open items are neither end."""

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.loops import loops
from workbench.analysis.loops_decisions import DECISION_WORDS, decisions_by_kind, kinds_of
from workbench.analysis.loops_findings import loops_findings
from workbench.analysis.loops_items import items_up_to
from workbench.data.conform import conform
from workbench.data.extracts import Extract
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import NetworkParameters, simulate_network
from workbench.data.synthetic_loops import DECISIONS, simulate_loops
from workbench.data.synthetic_organisation import LoopParameters
from workbench.models.survival import kaplan_meier
from workbench.quarters import Quarter
from workbench.terms import NOT_ESTIMABLE, REPORTED

QUARTER = Quarter(2026, 3)
LAST_DAY = pd.Timestamp("2026-09-30")
EXACT = 1e-9
NETWORKS = 40
FEWEST_COVERED = 34  # of 40 at 95%: fewer than 34 has a chance of 1 in 300
MEDIANS = {"site": 18.0, "region": 45.0, "network": 130.0}


def items(count=6, raised="2026-01-05", decided=None, answered=None, **cells):
    """Items raised on one day, with days until each was decided and answered; None is open."""
    start = pd.Series(pd.Timestamp(raised), index=range(count))

    def after(days):
        if days is None:
            return pd.Series(pd.NaT, index=range(count), dtype=start.dtype)
        return start + pd.to_timedelta(pd.Series(days, dtype=float), unit="D")

    return pd.DataFrame(
        {
            "feedback_item_id": [f"{raised}{number}" for number in range(count)],
            "raised_on": start,
            "raised_by_level": "practice",
            "raised_to_level": "site",
            "topic": "workload",
            "decided_on": after(decided),
            "decision": None,
            "answered_on": after(answered),
        }
    ).assign(**cells)


def row(found, scope="network", name=""):
    rows = found.summary[found.summary["scope"] == scope]
    column = "topic" if scope == "topic" else "level"
    return rows[rows[column] == name].iloc[0]


def finding(found, name):
    return next(one for one in loops_findings(found) if one.id == name)


def chance_answered(days, medians, pace, wait=14.0, never=0.15):
    """Chance of an answer by a day: the sum of two exponential times, for a share of items."""
    decide, tell = np.log(2) * pace / medians, np.log(2) / wait
    both = 1 - (tell * np.exp(-decide * days) - decide * np.exp(-tell * days)) / (tell - decide)
    return (1 - never) * both


# --- planted times ---


@pytest.fixture(scope="module")
def studies():
    """Loops of networks whose topics all have one pace, so that each level has one hazard."""
    topics = {"workload": 1.0, "training": 1.0}
    parameters = NetworkParameters(loops=LoopParameters(items_a_quarter=30, topics=topics))
    return [loops(simulate_loops(parameters, seed).items, QUARTER) for seed in range(NETWORKS)]


@pytest.mark.parametrize("level", sorted(MEDIANS))
def test_planted_medians_are_covered(studies, level):
    rows = [row(found, "raised_to", level) for found in studies]
    high = [np.inf if np.isnan(one["median_high"]) else one["median_high"] for one in rows]
    held = [one["median_low"] <= MEDIANS[level] <= end for one, end in zip(rows, high, strict=True)]
    assert sum(held) >= FEWEST_COVERED
    found = np.array([one["median_days_to_decision"] for one in rows])
    # The median of n exponential times has the standard error 1 / (hazard sqrt(n)).
    error = (
        MEDIANS[level] / np.log(2) / np.sqrt(NETWORKS * np.mean([one["raised"] for one in rows]))
    )
    assert np.nanmean(found) == pytest.approx(MEDIANS[level], abs=4 * error + 0.5)


@pytest.mark.parametrize("level", sorted(MEDIANS))
@pytest.mark.parametrize(("days", "ends"), [(30, "share_30"), (60, "share_60"), (90, "share")])
def test_planted_shares_answered_are_covered(studies, level, days, ends):
    # Days are rounded to whole ones, so that day 30 holds what came by day 30.5.
    truth = chance_answered(days + 0.5, MEDIANS[level], 1.0)
    rows = [row(found, "raised_to", level) for found in studies]
    held = [one[f"{ends}_low"] <= truth <= one[f"{ends}_high"] for one in rows]
    assert sum(held) >= FEWEST_COVERED


def test_planted_share_told_within_a_month_is_covered(studies):
    truth = 0.85 * (1 - 0.5 ** (30.5 / 14))
    rows = [row(found) for found in studies]
    held = [one["share_told_low"] <= truth <= one["share_told_high"] for one in rows]
    assert sum(held) >= FEWEST_COVERED


def test_topics_keep_their_order():
    parameters = NetworkParameters(loops=LoopParameters(items_a_quarter=150))
    found = loops(simulate_loops(parameters, 3).items, QUARTER)
    medians = found.summary.query("scope == 'topic'").set_index("topic")["median_days_to_decision"]
    assert medians["training"] < medians["documentation"] < medians["workload"]


# --- open items ---


def test_the_times_are_those_of_kaplan_and_meier():
    made = simulate_loops(NetworkParameters(), 20260930).items
    found = loops(made, QUARTER)
    days = (made["answered_on"].fillna(LAST_DAY) - made["raised_on"]).dt.days
    curve = kaplan_meier(days, made["answered_on"].notna())
    one = row(found)
    assert one["median_days_to_answer"] == curve.median
    assert one["median_answer_low"] == curve.median_low
    at = curve.at([90]).iloc[0]
    assert one["share_answered_90"] == pytest.approx(1 - at["survival"], abs=EXACT)
    assert one["share_low"] == pytest.approx(1 - at["conf_high"], abs=EXACT)
    steps = found.curve.query("scope == 'network' and event == 'answered'")
    assert steps["share"].iloc[-1] == pytest.approx(1 - curve.steps["survival"].iloc[-1], abs=EXACT)
    assert steps["share"].is_monotonic_increasing
    assert steps["days"].iloc[0] == 0
    assert set(found.curve["level"]) == {"", "site", "region", "network"}


def test_an_open_item_is_neither_answered_nor_failed():
    answered = items(6, decided=[5, 10, 15, 20, 25, 30], answered=[10, 20, 30, 40, 50, 100])
    fresh = items(6, raised="2026-09-28")
    found = row(loops(pd.concat([answered, fresh]), QUARTER))
    alone = row(loops(answered, QUARTER))
    # Two days of waiting end before the first answer: they change no share and no median.
    for name in ("share_answered_30", "share_answered_90", "median_days_to_answer", "share_low"):
        assert found[name] == pytest.approx(alone[name], abs=EXACT)
    assert (found["raised"], found["answered"], found["open"]) == (12, 6, 6)
    assert alone["share_answered_30"] == pytest.approx(0.5)
    waiting = pd.concat([answered, items(6, raised="2026-08-26")])  # open for 35 days
    later = row(loops(waiting, QUARTER))
    assert later["share_answered_30"] == pytest.approx(3 / 12)
    assert 3 / 12 < later["share_answered_90"] < 5 / 6


def test_what_happened_after_the_quarter_was_open_then():
    made = items(6, decided=[5, 10, 15, 20, 25, 300], answered=[10, 20, 30, 40, 280, 310])
    late = items(2, raised="2026-10-02")
    found = loops(pd.concat([made, late]), QUARTER)
    one = row(found)
    assert (one["raised"], one["decided"], one["answered"], one["open"]) == (6, 5, 4, 2)
    assert (one["waiting_for_decision"], one["waiting_for_answer"]) == (1, 1)
    assert one["oldest_open_days"] == (LAST_DAY - pd.Timestamp("2026-01-05")).days
    assert found.left_out == {"raised after the quarter": 2}


def test_an_answer_without_a_decision_noted_counts_as_decided_that_day():
    found = row(loops(items(6, answered=[4, 8, 12, 16, 20, 24]), QUARTER))
    assert found["decided"] == found["answered"] == 6
    assert found["median_days_to_decision"] == found["median_days_to_answer"] == 14
    assert found["share_told_30"] == 1


def test_an_answer_before_the_decision_is_no_negative_wait():
    found = row(loops(items(6, decided=[20] * 6, answered=[10] * 6), QUARTER))
    assert found["share_told_30"] == 1
    assert found["median_days_to_answer"] == 10


def test_shares_at_their_ends_keep_an_interval():
    none = row(loops(items(8), QUARTER))
    assert none["share_answered_90"] == 0
    assert none["share_low"] == pytest.approx(0, abs=EXACT)
    assert none["share_high"] == pytest.approx(0.324, abs=0.001)  # Wilson's for 0 of 8
    every = row(loops(items(8, decided=[1] * 8, answered=[2] * 8), QUARTER))
    assert every["share_answered_30"] == 1
    assert every["share_30_low"] == pytest.approx(1 - 0.324, abs=0.001)


def test_no_share_is_told_of_days_that_nobody_was_followed():
    found = loops(items(6, raised="2026-09-01"), QUARTER)  # 29 days before the end
    assert np.isnan(row(found)["share_answered_30"])
    assert np.isnan(row(found)["share_answered_90"])
    assert finding(found, "loops.answered").status == NOT_ESTIMABLE
    assert "6 are open" in finding(found, "loops.answered").reason
    assert finding(found, "loops.time").status == NOT_ESTIMABLE


# --- groups ---


def test_groups_with_too_few_items_are_withheld_with_the_reason():
    made = pd.concat([
        items(6, decided=[9] * 6, answered=[9] * 6),
        items(4, raised="2026-02-02", raised_to_level="region", raised_by_level="site"),
    ])  # fmt: skip
    found = loops(made, QUARTER)
    few = row(found, "raised_to", "region")
    assert few["raised"] == few["open"] == 4
    assert "fewer than 5" in few["reason"]
    assert np.isnan(few["share_answered_90"])
    assert np.isnan(few["median_days_to_decision"])
    assert set(found.curve["level"]) == {"", "site"}
    assert row(found, "raised_to", "site")["reason"] == ""
    assert np.isfinite(row(loops(made, QUARTER, fewest=4), "raised_to", "region")["share_low"])


def test_rare_topics_are_pooled_and_named():
    topics = ["workload"] * 6 + ["travel", "travel", "rooms", "forms", "forms"]
    found = loops(items(11, answered=[5] * 11, topic=topics), QUARTER)
    rows = found.summary.query("scope == 'topic'").set_index("topic")
    assert rows["raised"].to_dict() == {"workload": 6, "other topics": 5}
    assert rows.loc["other topics", "reason"] == "pools forms, rooms, travel"
    assert rows.loc["other topics", "share_answered_30"] == 1
    lonely = loops(items(7, topic=["workload"] * 6 + ["travel"]), QUARTER)
    assert "only 1 item was raised" in row(lonely, "topic", "travel")["reason"]


def test_spelling_makes_no_new_topic_and_none_is_told_as_none():
    topics = ["Work load", "work  load", " WORK LOAD ", "work load", "work load", None, " "]
    found = loops(items(7, topic=topics), QUARTER)
    rows = found.summary.query("scope == 'topic'").set_index("topic")["raised"]
    assert rows.to_dict() == {"Work load": 5, "no topic noted": 2}


def test_the_flow_adds_up_quarter_by_quarter():
    made = simulate_loops(NetworkParameters(), 20260930).items
    found = loops(made, QUARTER)
    flow, one = found.by_quarter, row(found)
    assert flow["quarter"].to_list()[0] == "2023Q4"
    assert len(flow) == 12
    for name in ("raised", "decided", "answered"):
        assert flow[name].sum() == one[name]
    assert flow["open_at_end"].iloc[-1] == one["open"]
    before = loops(made, QUARTER.plus(-4))
    assert before.by_quarter["open_at_end"].iloc[-1] == row(before)["open"]
    pd.testing.assert_frame_equal(before.by_quarter, flow.iloc[:8], check_dtype=False)


# --- decisions ---


def test_words_of_the_simulated_decisions_tell_their_kind():
    kinds = {"policy": "policy", "resources": "resources", "no": "no", "other": "other"}
    for kind, texts in DECISIONS.items():
        told = kinds_of(pd.Series(texts), DECISION_WORDS)
        assert told[kinds[kind]].all(), kind
        wrong = [name for name in kinds.values() if name != kinds[kind]]
        assert not told[wrong].to_numpy().any()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Policy on travel changed", {"policy", "policy or resources"}),
        ("New rule, with a budget for it", {"policy", "resources", "policy or resources"}),
        ("No change of policy", {"no"}),
        ("POLICYMAKERS were asked", {"other"}),
        ("we talk about it", {"other"}),
        ("", {"not noted"}),
        (None, {"not noted"}),
    ],
)
def test_a_decision_is_told_by_whole_words(text, expected):
    told = kinds_of(pd.Series([text], dtype="str"), DECISION_WORDS).iloc[0]
    assert set(told.index[told]) == expected


def test_a_study_may_give_its_own_words():
    made = items(6, decided=[5] * 6, decision=["Dienstanweisung"] * 2 + ["Stelle"] + ["-"] * 3)
    words = {"policy": ("Dienstanweisung",), "resources": ("Stelle",)}
    rows = loops(made, QUARTER, decision_words=words).policy.query("level == ''")
    assert rows.set_index("kind")["decisions"].to_dict() == {
        "policy": 2, "resources": 1, "policy or resources": 3, "no": 0, "other": 3, "not noted": 0,
    }  # fmt: skip


def test_shares_of_kinds_are_of_the_decisions_in_words():
    made = items(10, decided=[5] * 10, decision=["policy"] * 3 + ["fine"] * 5 + [None] * 2)
    found = loops(made, QUARTER)
    rows = found.policy.query("level == ''").set_index("kind")
    assert rows.loc["policy", ["decisions", "of"]].to_list() == [3, 8]
    assert rows.loc["not noted", ["decisions", "of"]].to_list() == [2, 10]
    assert rows.loc["policy", "conf_low"] < 3 / 8 < rows.loc["policy", "conf_high"]
    said = finding(found, "loops.policy")
    assert said.estimate == pytest.approx(37.5)
    assert (said.n, said.n_of) == (8, "decisions in words")
    assert "For 2 decisions no words are noted." in said.statement
    open_only = loops(items(6, decision=["policy"] * 6), QUARTER)
    assert open_only.policy.empty
    assert finding(open_only, "loops.policy").status == NOT_ESTIMABLE


def test_planted_kinds_of_decisions_are_covered():
    held = 0
    for seed in range(NETWORKS):
        seen, _ = items_up_to(simulate_loops(NetworkParameters(), seed).items, QUARTER)
        rows = decisions_by_kind(seen, DECISION_WORDS).query("level == ''").set_index("kind")
        either = rows.loc["policy or resources"]
        held += either["conf_low"] <= 0.45 <= either["conf_high"]
    assert held >= FEWEST_COVERED


# --- findings and thin data ---


def test_findings_of_the_example_have_number_interval_unit_and_prompt():
    found = loops(simulate_loops(NetworkParameters(), 20260930).items, QUARTER)
    said = {one.id: one for one in loops_findings(found)}
    assert list(said) == ["loops.answered", "loops.time", "loops.policy"]
    for one in said.values():
        assert one.status == REPORTED
        assert one.conf_low < one.estimate < one.conf_high
        assert one.unit
        assert one.n > 100
        assert one.n_practitioners is None
        text = one.statement.lower()
        assert not any(word in text for word in ("because", "cause", "leads to", "led to"))
    assert "three oldest open points" in said["loops.answered"].action_prompt
    assert said["loops.answered"].best_practice
    assert "network level" in said["loops.time"].action_prompt


def test_nothing_is_asked_for_where_nothing_waits_long():
    quick = items(8, decided=[2] * 8, answered=[3, 4, 5, 6, 7, 8, 9, 10])
    said = {one.id: one for one in loops_findings(loops(quick, QUARTER))}
    assert said["loops.answered"].action_prompt == ""
    assert said["loops.time"].action_prompt == ""
    one_left = items(8, decided=[2] * 8, answered=[3, 4, 5, 6, 7, 8, 9, np.nan])
    prompt = finding(loops(one_left, QUARTER), "loops.answered").action_prompt
    assert prompt.startswith("Answer the open point")


def test_a_median_that_is_not_reached_is_not_told():
    made = items(9, decided=[10] * 6 + [np.nan] * 3, answered=[20, 30] + [np.nan] * 7)
    said = finding(loops(made, QUARTER), "loops.time")
    assert said.status == REPORTED
    assert said.estimate is said.conf_low is said.conf_high is None
    assert "Fewer than half have been answered" in said.statement
    assert "10 days" in said.statement


def test_thin_data_raise_nothing():
    for made in (pd.DataFrame(), items(6).iloc[:0]):
        found = loops(made, QUARTER)
        assert {len(table) for table in found.tables().values()} == {0}
        assert [one.status for one in loops_findings(found)] == [NOT_ESTIMABLE] * 3
        assert "no table of feedback items" in loops_findings(found)[0].reason
    later = loops(items(3, raised="2027-01-01"), QUARTER)
    assert "nothing was raised" in loops_findings(later)[0].reason
    few = loops(items(2), QUARTER)
    assert [one.status for one in loops_findings(few)] == [NOT_ESTIMABLE] * 3
    bare = items(6).drop(columns=["topic", "decided_on", "decision", "answered_on"])
    assert row(loops(bare, QUARTER))["open"] == 6


def test_rows_with_impossible_dates_are_left_out_and_told():
    wrong = items(2, raised="2026-03-01", decided=[-3, -4])
    missing = items(1, raised="2026-03-02").assign(raised_on=pd.NaT)
    good = items(6, decided=[5] * 6, answered=[6] * 6)
    found = loops(pd.concat([good, wrong, missing, good]), QUARTER)
    assert row(found)["raised"] == 6
    assert found.left_out == {
        "decided or answered before they were raised": 2,
        "the day on which they were raised is not noted": 1,
    }
    assert "3 items are left out" in finding(found, "loops.answered").statement


def test_the_accepted_table_of_the_example_can_be_read():
    network = simulate_network(NetworkParameters(sites=3, quarters=4))
    extract = Extract("feedback_items", network.tables["feedback_items"], "test", "0")
    accepted = conform(extract, load_schemas()["feedback_items"])
    found = loops(accepted, Quarter(2024, 3))
    assert row(found)["raised"] == len(accepted)
    assert [one.status for one in loops_findings(found)] == [REPORTED] * 3
