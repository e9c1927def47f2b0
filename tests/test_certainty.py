"""Words of certainty and the intervals that are written beside them never disagree.

The rule is checked by itself; then each maker of sentences is given thousands of intervals, and its
sentence is read as a reader reads it: the words, and the numbers as they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace as Result

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.boosters_findings import boosters_findings
from workbench.analysis.dependence_findings import dependence_findings
from workbench.analysis.dependence_reduced import DIFFERENCE, OTHERS, REDUCED
from workbench.analysis.dependence_reminders import pattern_of
from workbench.analysis.direction import add_direction
from workbench.analysis.drift_kinds import kinds_finding, kinds_of_drift
from workbench.analysis.driver_ties import is_tied
from workbench.analysis.driver_ties_findings import ties_finding
from workbench.analysis.early_warning_findings import early_warning_findings
from workbench.analysis.fidelity_direction_findings import direction_finding
from workbench.analysis.fidelity_findings import _against
from workbench.analysis.follow_through_change_findings import adjusted, direction
from workbench.analysis.generations_findings import generations_findings
from workbench.analysis.leavers_findings import leavers_findings
from workbench.analysis.mechanism_test import MechanismTest
from workbench.analysis.new_normal_findings import new_normal_findings
from workbench.analysis.new_normal_signs import Sign
from workbench.analysis.ownership_findings import _moves
from workbench.analysis.readiness_findings import _change
from workbench.certainty import (
    AMONG_MANY,
    HIGHER,
    LESS,
    LOWER,
    MORE,
    NOTHING_THAT_MATTERS,
    OPEN,
    UNSURE,
    certainty,
    likelihood,
)
from workbench.findings import Finding, suppress
from workbench.models.clustered import clustered_difference

CASES = {
    "direction": 5000,
    "against the quarter before": 200,
    "follow-through": 600,
    "changed actions": 400,
    "readiness": 800,
    "kinds": 250,
    "ties": 250,
    "dependence": 300,
    "reminders": 400,
    "reduced": 250,
    "warning": 500,
    "signs": 600,
    "contrasts": 900,
    "ownership": 800,
}
EXACT = 1e-9
NOMINAL, SIMULATION = 0.95, 0.04
PRESENT = 0.85
"""Level of an interval, how far a simulated share may fall below it, and who is seen."""
SHARED = {"n_practitioners": 30, "n_plans": 40, "reason": "", "site_id": ""}
NUMBER = r"([+-]?\d[\d,]*(?:\.\d+)?)%?"


def read(statement: str, lead: str = r"95% interval ") -> tuple[float, float]:
    """The first interval of a sentence, as it is printed."""
    found = re.search(rf"{lead}{NUMBER} to {NUMBER}", statement)
    assert found, statement
    low, high = (float(end.replace(",", "")) for end in found.groups())
    return low, high


def way(low: float, high: float, no_change: float = 0.0) -> str:
    return LOWER if high < no_change else HIGHER if low > no_change else UNSURE


def ends(
    seed: int, count: int, no_change: float = 0.0, scale: float = 1.0
) -> Iterator[tuple[float, float, float]]:
    """Estimates with intervals: of any width, and a third with an end all but on no change."""
    source = np.random.default_rng(seed)
    for _ in range(count):
        reach = scale * 10 ** source.uniform(-1.5, 0.7)
        middle = source.normal(0, 2) * scale
        if source.random() < 1 / 3:
            near = scale * 10 ** source.uniform(-5, -1) * source.choice((-1, 1))
            middle = near + reach * source.choice((-1, 1))
        yield tuple(no_change + one for one in (middle, middle - reach, middle + reach))


def ratios(seed: int, count: int) -> Iterator[tuple[float, float, float]]:
    for triple in ends(seed, count, scale=0.2):
        yield tuple(np.exp(triple))


# --- the rule ---


@pytest.mark.parametrize(
    ("low", "high", "no_change", "smallest", "said"),
    [
        (-3, -1.2, 0, 1, f"{LOWER}, {MORE}"),
        (-3, -0.8, 0, 1, f"{LOWER}, {OPEN}"),
        (-0.9, -0.2, 0, 1, f"{LOWER}, {LESS}"),
        (0.2, 0.9, 0, 1, f"{HIGHER}, {LESS}"),
        (1.1, 5, 0, 1, f"{HIGHER}, {MORE}"),
        (-0.4, 0.9, 0, 1, NOTHING_THAT_MATTERS),
        (-0.4, 1.0, 0, 1, UNSURE),
        (-1.2, 0.2, 0, None, UNSURE),
        (0.0, 2.0, 0, None, UNSURE),
        (0.92, 0.98, 1, None, LOWER),
        (51, 60, 50, None, HIGHER),
        (np.nan, np.nan, 0, 1, f"{UNSURE}"),
    ],
)
def test_an_interval_has_one_word(low, high, no_change, smallest, said):
    assert str(certainty(low, high, no_change, smallest)) == said


def test_many_looks_take_a_direction_back():
    assert str(certainty(0.2, 0.9, beyond_chance=False)) == AMONG_MANY
    assert str(certainty(-0.2, 0.9, beyond_chance=False)) == UNSURE


def test_a_wider_interval_is_never_surer():
    for middle, low, high in ends(1, 2000):
        wider = certainty(2 * low - middle, 2 * high - middle, smallest=0.5)
        narrow = certainty(low, high, smallest=0.5)
        assert narrow.sure or not wider.sure
        assert wider.size == OPEN or wider.size == narrow.size


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.999, "almost certainly"),
        (0.94, "very likely"),
        (0.9, "very likely"),
        (0.89, "likely"),
        (0.66, "likely"),
        (0.6, "more likely than not"),
    ],
)
def test_a_probability_has_the_word_of_its_band(probability, word):
    assert likelihood(probability) == word


def test_a_finding_cannot_say_more_than_its_interval_bears():
    about = {"id": "a", "question": "b", "statement": "c", "estimate": 1.0}
    Finding(**about, conf_low=0.2, conf_high=1.8, certainty=HIGHER)
    Finding(**about, conf_low=0.2, conf_high=1.8, certainty=AMONG_MANY)
    Finding(**about, conf_low=0.2, conf_high=1.8, certainty=f"{HIGHER}, {OPEN}", smallest_change=1)
    with pytest.raises(ValueError, match="does not bear"):
        Finding(**about, conf_low=-0.2, conf_high=1.8, certainty=HIGHER)
    with pytest.raises(ValueError, match="does not bear"):
        Finding(**about, conf_low=0.2, conf_high=1.8, certainty=HIGHER, no_change=1)
    with pytest.raises(ValueError, match="does not bear"):
        Finding(**about, certainty=HIGHER)


def test_a_finding_that_is_not_shown_says_nothing_of_certainty():
    shown = Finding("a", "b", "c", estimate=1.0, conf_low=0.2, conf_high=2.0, certainty=HIGHER)
    assert suppress(shown, "it rests on too few people.").certainty == ""


# --- 10,000 sentences, read as printed ---


def said_by(words: dict[str, str], statement: str) -> str:
    """The one way whose words the sentence has."""
    found = [one for one, word in words.items() if word in statement]
    assert len(found) == 1, statement
    return found[0]


def agree(words: dict[str, str], statement: str, no_change: float = 0.0, lead: str = "") -> None:
    printed = read(statement, lead) if lead else read(statement)
    assert said_by(words, statement) == way(*printed, no_change), statement


def test_ten_thousand_cases_are_looked_at():
    assert sum(CASES.values()) >= 10_000


THRESHOLDS = (0.6, 0.8, 0.9, 0.95, 0.985)


def directions(count: int) -> Iterator[tuple[Finding, float]]:
    course = Result(cut_off=50.0, ruler=None)
    for seed, change in enumerate((0.5, 1.0, 2.0, 3.0)):
        source = np.random.default_rng(seed)
        many = count // 4
        error = 10 ** source.uniform(-1.5, 0.8, many)
        slope = source.normal(0, 2 * change, many)
        edge = source.choice((-1, 0, 1), many) * change + source.normal(0, 1e-3, many)
        edge += stats.norm.ppf(0.975) * error * source.choice((-1, 1), many)
        slope = np.where(source.random(many) < 0.3, edge, slope)
        law = stats.norm(slope, error)
        about = {"site_id": "007", "n_observations": 80, "n_practitioners": 12, "n_quarters": 8}
        about |= {"level": 70.0, "level_low": 65.0, "level_high": 75.0, "slope": slope}
        low, high = law.interval(NOMINAL)
        rows = pd.DataFrame({**about, "slope_low": low, "slope_high": high})
        below, above = law.cdf(-change), law.sf(change)
        for n, asked in enumerate(THRESHOLDS):
            mine = np.arange(many) % len(THRESHOLDS) == n
            judged = add_direction(rows[mine], below[mine], above[mine], asked)
            for row in judged.to_dict("records"):
                yield direction_finding(row, course, change, anchored=True), change


def allowed_lead(statement: str, low: float, high: float, change: float) -> bool:
    """Whether the first words are borne out by the printed interval."""
    first = statement.split(".")[0] + "." + statement.split(".")[1]
    moves = way(low, high)
    beyond = high < -change or low > change
    within = -change < low and high < change
    if "is drifting, by more" in first:
        return high < -change
    if "is strengthening, by more" in first:
        return low > change
    if "likely drifting" in first or "certainly drifting" in first or "than not drifting" in first:
        return high >= -change
    if "strengthening: it" in first:
        return low <= change
    if "is holding: it moves" in first:
        return within and moves == UNSURE
    if "holding: it" in first:
        return not within and moves == UNSURE
    if "slowly, by less" in first:
        return within and (LOWER if "falls" in first else HIGHER) == moves
    if "slowly, " in first:
        return not within and not beyond and (LOWER if "falls" in first else HIGHER) == moves
    if "name a direction" in first:
        return moves == UNSURE
    found = re.match(r"Practice (fell|rose), (by more|by less|but)", first)
    assert found, statement
    size = {"by more": beyond, "by less": within, "but": not beyond and not within}
    return size[found[2]] and moves == {"fell": LOWER, "rose": HIGHER}[found[1]]


def test_the_word_for_the_direction_is_borne_out_by_its_interval():
    seen = set()
    for finding, change in directions(CASES["direction"]):
        low, high = read(finding.statement)
        assert allowed_lead(finding.statement, low, high, change), finding.statement
        likely = re.search(
            r"(almost certainly|very likely|likely|more likely than not) (?:drift|hold|strength)",
            finding.statement,
        )
        chance = re.search(r"probability of that is (over )?(\d+)%", finding.statement)
        if likely and chance:
            word = "almost certainly" if chance[1] else likelihood(float(chance[2]) / 100)
            assert likely[1] == word, finding.statement
        seen.add(re.sub(r"[\d.]+", "#", finding.statement.split(" points")[0]))
    assert len(seen) > 20, "every kind of sentence was made"


def test_this_quarter_beside_the_one_before():
    source = np.random.default_rng(3)
    words = {LOWER: "is lower than", HIGHER: "is higher than", UNSURE: "No reliable change"}
    for _ in range(CASES["against the quarter before"]):
        people = [f"{n:02d}" for n in range(source.integers(3, 12))]
        frame = pd.DataFrame({"practitioner_id": people * 2, "weight": 1.0})
        frame["quarter"] = np.repeat(("2026Q2", "2026Q3"), len(people))
        frame["fidelity"] = source.normal(70, 5, len(frame)) + 4 * (frame["quarter"] == "2026Q3")
        said = _against(frame, "2026Q3", "2026Q2")
        agree(words, said, lead=r"points, ")


def plan_numbers(row: dict[str, object], **more: object) -> pd.DataFrame:
    return pd.DataFrame([{**SHARED, "n_actions": 400, "n_periods": 300, **row, **more}])


def test_follow_through_over_time():
    words = {LOWER: "less readily", HIGHER: "more readily", UNSURE: "No sure change"}
    for slope, low, high in ratios(4, CASES["follow-through"]):
        row = {"slope": slope, "slope_low": low, "slope_high": high}
        finding = direction(Result(trend=plan_numbers(row), why_not=""), "")
        agree(words, finding.statement, no_change=1)
        assert bool(finding.action_prompt) == (finding.certainty == LOWER)


def test_changes_of_actions():
    words = {LOWER: "agreed by the team", HIGHER: "actions just happened", UNSURE: "It is not sure"}
    for share, low, high in ends(5, CASES["changed actions"], no_change=50, scale=8):
        row = {"share": share / 100, "share_low": low / 100, "share_high": high / 100}
        table = plan_numbers(row, how="informal", actions=200)
        finding = adjusted(Result(adjusted=table, why_not="", quarter="2026Q3"))
        agree(words, finding.statement, no_change=50)


def test_readiness_beside_the_assessment_before():
    words = {LOWER: "It fell since", HIGHER: "It rose since", UNSURE: "No sure change"}
    for change, low, high in ends(6, CASES["readiness"], scale=4):
        row = {"change": change, "change_low": low, "change_high": high, "previous_quarter": "Q1"}
        agree(words, _change(pd.Series(row)), lead=r"points, ")


def kind_looked_for(
    triple: tuple[float, float, float], mechanism: str, p_value: float
) -> MechanismTest:
    estimate, low, high = triple
    return MechanismTest(
        mechanism, estimate, low, high, "points", p_value, True, 90, "observations", 30
    )


def test_a_kind_of_drift_is_named_only_with_an_interval_off_zero():
    source = np.random.default_rng(7)
    cases = list(ends(7, 2 * CASES["kinds"]))
    named = 0
    for one, other in zip(cases[::2], cases[1::2], strict=True):
        looked = (terms.LEAVERS_DIFFER, terms.NEW_NORMAL)
        tests = [
            kind_looked_for(triple, name, 10 ** source.uniform(-6, 0))
            for triple, name in zip((one, other), looked, strict=True)
        ]
        said = kinds_finding(kinds_of_drift(tests)).statement
        for low, high in re.findall(rf"95% interval {NUMBER} to {NUMBER}", said):
            named += 1
            assert float(high) < 0 or float(low) > 0, said
    assert named > CASES["kinds"] / 4


def test_a_driver_is_tied_only_with_an_interval_above_zero():
    source = np.random.default_rng(8)
    for within, low, high in ends(8, CASES["ties"]):
        p_value = 10 ** source.uniform(-5, 0)
        numbers = {"within": within, "within_low": low, "within_high": high, "p_value": p_value}
        more = {"p_adjusted": p_value, "n_assessments": 60, "title": "Coaching", "reason": ""}
        table = pd.DataFrame([{**numbers, **more, "n_practitioners": 40}])
        finding = ties_finding(table.assign(tied=is_tied(table)), 10.0, 2)
        positive = way(*read(finding.statement)) == HIGHER
        goes = "1 goes with higher fidelity" in finding.statement
        assert goes == (positive and p_value < 0.05)
        assert goes != ("No tie could be shown" in finding.statement)


def dependence(**tables: pd.DataFrame) -> dict[str, Finding]:
    """Findings of the network by their id."""
    nothing = pd.DataFrame({"scope": [], "site_id": [], "index": [], "flagged": []})
    result = Result(
        **{"index": nothing, "trend": nothing, "reduced": pd.DataFrame(), **tables},
        why_not="there is nothing.",
        measure="professional hours",
        progress=0.3,
    )
    return {one.id: one for one in dependence_findings(result)}


def test_dependence_is_told_only_where_progress_is_surely_lower():
    source = np.random.default_rng(9)
    for share, low, high in ends(9, CASES["dependence"], scale=10):
        sure = certainty(low, high).way == HIGHER
        row = {"index": share / 100, "index_low": low / 100, "index_high": high / 100}
        flagged = bool(sure and source.random() < 0.7)
        table = plan_numbers(row, scope="network", flagged=flagged)
        said = dependence(index=table)["plans.dependence"].statement
        printed = read(said, r"95% interval (?:of how much lower: )?")
        unsure = "No sure dependence" in said
        assert unsure == (way(*printed) != HIGHER), said
        assert ("Plans depend on support" in said) == flagged


def test_reminders_and_what_gets_done():
    given = list(ratios(10, CASES["reminders"]))
    done = list(ratios(11, CASES["reminders"]))
    for (change, low, high), (odds, odds_low, odds_high) in zip(given, done, strict=True):
        row = {"reminders_change": change, "reminders_low": low, "reminders_high": high}
        row |= {"done_change": odds, "done_low": odds_low, "done_high": odds_high}
        pattern = pattern_of((change, low, high), (odds, odds_low, odds_high))
        table = plan_numbers(row, scope="network", pattern=pattern)
        said = dependence(trend=table)["plans.reminders"].statement
        lead = said.split(". Reminders")[0]
        reminders, completion = (
            read(said),
            read(said, r"a factor of [\d.]+ a quarter \(95% interval "),
        )
        if "Reminders rise" in lead:
            assert reminders[0] > 0, said
        if "more gets done too" in lead:
            assert completion[0] > 1, said
        if "and no more gets done" in lead:
            assert completion[1] < 1.05, said
        if "do not rise by 5%" in lead:
            assert 0 < reminders[1] < 5, said
        elif "do not rise" in lead:
            assert reminders[1] <= 0, said


def test_progress_after_support_was_reduced():
    words = {LOWER: "Progress fell", HIGHER: "Progress rose", UNSURE: "No sure change"}
    for change, low, high in ends(12, CASES["reduced"], scale=3):
        row = {"change": change, "change_low": low, "change_high": high}
        table = pd.concat(
            [plan_numbers(row, group=group) for group in (REDUCED, OTHERS, DIFFERENCE)]
        )
        agree(words, dependence(reduced=table)["plans.reduced"].statement)


def test_a_warning_tells_the_quarter_alone_from_quarters_together():
    words = {LOWER: "alone is below", HIGHER: "alone is above", UNSURE: "alone is not sure"}
    cases = np.array(list(ends(13, CASES["warning"], scale=3)))
    apart, low, high = cases.T
    sites = tuple(f"{n:03d}" for n in range(len(cases)))
    about = {"scope": "site", "site_id": sites, "practitioner_id": "", "n_practitioners": 8}
    signalled = np.random.default_rng(13).random(len(cases)) < 0.5
    charts = pd.DataFrame({**about, "signalled_in": "2026Q1", "n_points": 9})
    charts["direction"] = np.where(signalled, "down", "")
    points = pd.DataFrame(
        {**about, "quarter": "2026Q3", "fidelity": 70.0, "expected": 70 - apart,
         "expected_low": 70 - high, "expected_high": 70 - low, "n_observations": 20}
    )  # fmt: skip
    result = Result(
        warnings=charts, chart_points=points, site_ids=sites, quarter="2026Q3", why_not="",
        run_charts=pd.DataFrame({**about, "tested": False, "chart": "dots"}),
        chance=Result(new_a_year=0.03, expected=lambda points: 0.5),
    )  # fmt: skip
    found = [one for one in early_warning_findings(result) if one.site_id]
    assert len(found) == len(cases)
    for finding, warned in zip(found, signalled, strict=True):
        agree(words, finding.statement)
        assert ("taken together" in finding.statement) == warned


def test_signs_of_a_new_normal():
    cases = {
        "drift.spread_within": ("shrinks by", "grows by", "No change is sure"),
        "drift.role_gap": ("ratings fall", "ratings rise", "No movement"),
        "drift.cohorts": ("points lower", "points higher", "no difference is sure"),
    }
    test = Result(reason="nothing.", n=1, n_of="x", n_practitioners=1, p_value=1.0)
    test.in_its_direction = False
    for triple in ends(14, CASES["signs"] // 3):
        sign = Sign(*triple, p_value=0.2, n=90, n_practitioners=30)
        result = Result(test=test, spread=sign, role_gap=sign, cohorts=sign)
        for finding in new_normal_findings(result)[1:]:
            words = dict(zip((LOWER, HIGHER, UNSURE), cases[finding.id], strict=True))
            told = said_by(words, finding.statement)
            low, high = read(finding.statement)
            assert (told == UNSURE) == (low <= 0 <= high), finding.statement
            assert str(certainty(triple[1], triple[2])) == told


CONTRASTS: dict[Callable[..., list[Finding]], tuple[str, str, str]] = {
    boosters_findings: ("lower fidelity than", "higher fidelity than", "No sure difference"),
    leavers_findings: ("stood below", "stood above", "No sure difference"),
    generations_findings: ("stand lower", "stand higher", "No sure difference"),
}


@pytest.mark.parametrize("maker", CONTRASTS, ids=lambda maker: maker.__name__)
def test_contrasts_between_groups(maker):
    words = dict(zip((LOWER, HIGHER, UNSURE), CONTRASTS[maker], strict=True))
    for triple in ends(15, CASES["contrasts"] // 3):
        result = Result(
            test=kind_looked_for(triple, terms.LEAVERS_DIFFER, 0.5),
            n_boosters=9, n_sites=4, n_left=9, n_stayed=40,
            by_generation=pd.DataFrame(), adjusted=True, unadjusted=0.1, left_out={},
        )  # fmt: skip
        agree(words, maker(result)[0].statement)


def test_ownership_over_months():
    words = {LOWER: "plan falls", HIGHER: "plan rises", UNSURE: "No sure movement"}
    for slope, low, high in ends(16, CASES["ownership"]):
        row = dict.fromkeys(("level", "level_low", "level_high"), 60.0)
        row |= {"slope": slope, "slope_low": low, "slope_high": high, "n_ratings": 90, **SHARED}
        finding = _moves(Result(why_not=""), _with_every_column(row), "")
        agree(words, finding.statement)


def _with_every_column(row: dict[str, object]) -> dict[str, object]:
    from workbench.analysis.ownership_trends import TREND_COLUMNS

    return {**dict.fromkeys(TREND_COLUMNS, ""), **row}


# --- the interval of a change from one quarter to the next ---


def test_a_change_of_the_same_people_is_that_of_a_paired_t_test():
    source = np.random.default_rng(17)
    before, after = source.normal(70, 6, 9), source.normal(72, 6, 9)
    people = [f"{n}" for n in range(9)]
    found = clustered_difference(
        pd.Series([*before, *after]), pd.Series([False] * 9 + [True] * 9), pd.Series(people * 2)
    )
    paired = stats.ttest_rel(after, before).confidence_interval(NOMINAL)
    assert (found.conf_low, found.conf_high) == pytest.approx((paired.low, paired.high), abs=EXACT)


@pytest.mark.parametrize("people", [6, 30])
def test_the_interval_of_a_change_covers_it_where_people_come_and_go(people):
    source, covered, rounds = np.random.default_rng(18), 0, 200
    for _ in range(rounds):
        own = source.normal(0, 6, people)
        seen = source.random((2, people)) < PRESENT
        who = np.concatenate([np.flatnonzero(seen[0]), np.flatnonzero(seen[1])])
        later = pd.Series(np.repeat((False, True), seen.sum(axis=1)))
        values = pd.Series(70 + own[who] + 2 * later.to_numpy() + source.normal(0, 5, len(who)))
        found = clustered_difference(values, later, pd.Series(who.astype(str)))
        covered += found.conf_low <= 2 <= found.conf_high
    assert covered / rounds >= NOMINAL - SIMULATION
