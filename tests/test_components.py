"""Components against closed forms and planted truth: which goes first, and what they add up to."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.components import MOVEMENT_COLUMNS, component_movement
from workbench.analysis.components_adaptations import COLUMNS as LOG_COLUMNS
from workbench.analysis.components_findings import component_findings
from workbench.analysis.components_whole import component_scores
from workbench.data.synthetic import simulate_growth
from workbench.data.synthetic_adaptations import simulate_adaptations
from workbench.data.synthetic_components import simulate_components
from workbench.data.synthetic_mechanisms import planted
from workbench.models.multiple_tests import holm
from workbench.quarters import quarter_labels

EXACT = 1e-9
SETTLED = 1e-4  # points: of levels found round by round, against a solution at once
CLOSED_FORM = 1e-3  # of estimates and ends of intervals that a search for variances ends at
# An interval at this level leaves its planted number out in 1 of 10,000 seeds.
LEVEL = 0.9999
NULL_NETWORKS = 8
# At a chance of 0.05 in each, 3 or more of 8 would come up by chance in 1 of 100 seeds.
MOST_NAMED_BY_CHANCE = 2
NAMES = ["preparation", "engagement", "reflection", "plan_use", "follow_up"]
CORE = {"preparation": True, "reflection": True, "plan_use": False}
CAUSAL_WORDS = re.compile(
    r"\b(caus\w*|because|due to|thanks to|owing to|led to|leads? to|results? (in|from)|resulted|"
    r"impact\w*|effect of|effects? on|improv\w*|reduc\w*|drives|driven|boost\w*|prevent\w*)\b",
    re.IGNORECASE,
)


def simulated(parameters, seed):
    """Component scores as an analysis gets them, and the people."""
    _, people, frame, _ = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    frame = frame.assign(quarter=quarter_labels(frame["observed_on"]))
    return simulate_components(frame, NAMES, parameters, seed), people


def moved(components, parameters=None, **others):
    now = float(parameters.quarters if parameters else np.ceil(components["quarters"].max()))
    asked = {"core": CORE, "now": now, "quarter": components["quarter"].max(), **others}
    return component_movement(components, **asked)


def long_of(scores, quarters, sites, people, names=("talk", "plan", "end")):
    """Scores of observations, shape (n, m), as rows of an observation and component."""
    n, m = scores.shape
    quarter = [f"20{23 + int(q) // 4}Q{int(q) % 4 + 1}" for q in quarters]
    frame = pd.DataFrame(
        {
            "observation_id": np.repeat([f"o{number}" for number in range(n)], m),
            "practitioner_id": np.repeat(people, m),
            "site_id": np.repeat(sites, m),
            "quarter": np.repeat(quarter, m),
            "quarters": np.repeat(np.asarray(quarters, dtype=float), m),
            "component": np.tile(names, n),
            "component_title": np.tile([name.title() for name in names], n),
            "component_order": np.tile(np.arange(m), n),
            "fidelity": scores.ravel(),
        }
    )
    return frame[frame["fidelity"].notna()].reset_index(drop=True)


def balanced(seed=5, sites=10, people=3, quarters=6, slopes=(-1.5, -0.2, 0.2), site_sd=1.0):
    """A network in which everyone is seen at the same times; sites differ in their slopes."""
    random = np.random.default_rng(seed)
    m = len(slopes)
    site, person, time = (
        axis.ravel()
        for axis in np.meshgrid(range(sites), range(people), np.arange(quarters), indexing="ij")
    )
    own = np.array(slopes) + site_sd * random.standard_normal((sites, m))
    level = 70 + 4 * random.standard_normal((sites * people, m))
    level = level + np.repeat(6 * random.standard_normal((sites, m)), people, axis=0)
    scores = level[site * people + person] + own[site] * (time + 0.5)[:, None]
    scores = scores + 2 * random.standard_normal(scores.shape)
    names = [f"s{one}" for one in site]
    who = [f"s{one}p{other}" for one, other in zip(site, person, strict=True)]
    return scores, time + 0.5, np.array(names), np.array(who)


def t_interval(scores, time, sites):
    """Interval of the mean of the sites' own least-squares slopes: exact where all is balanced."""
    slopes = [np.polyfit(time[sites == one], scores[sites == one], 1)[0] for one in set(sites)]
    reach = stats.t.ppf(0.975, len(slopes) - 1) * stats.sem(slopes)
    return np.mean(slopes), np.mean(slopes) - reach, np.mean(slopes) + reach


@pytest.fixture(scope="module")
def eroded():
    parameters = planted(terms.COMPONENT_EROSION, "small")
    components, people = simulated(parameters, 1)
    log = simulate_adaptations(people, NAMES, parameters, 1)
    result = moved(components, parameters, adaptations=log, practitioners=people)
    return result, components, parameters, log


@pytest.fixture(scope="module")
def nothing():
    parameters = planted("none", "small")
    return [
        moved(simulated(parameters, seed)[0], parameters, core={}) for seed in range(NULL_NETWORKS)
    ]


# --- slopes ---


@pytest.mark.parametrize("seed", [5, 6])
def test_slopes_and_intervals_are_those_of_the_sites_own_slopes_where_all_is_balanced(seed):
    scores, time, sites, people = balanced(seed)
    result = moved(long_of(scores, time, sites, people), core={"talk": True, "plan": True}, now=6.0)
    beside = scores - scores.mean(axis=1, keepdims=True)
    for place, row in result.movement.iterrows():
        found = row[["own_slope", "own_slope_low", "own_slope_high"]].tolist()
        assert found == pytest.approx(t_interval(scores[:, place], time, sites), abs=CLOSED_FORM)
        found = row[["slope", "slope_low", "slope_high"]].tolist()
        assert found == pytest.approx(t_interval(beside[:, place], time, sites), abs=CLOSED_FORM)
        departure = row[["departure", "departure_low", "departure_high"]].astype(float)
        own = row[["own_slope", "own_slope_low", "own_slope_high"]].astype(float)
        assert departure.to_numpy() == pytest.approx(6 * own.to_numpy(), abs=EXACT)
    core = result.together.iloc[0]
    found = core[["slope", "slope_low", "slope_high"]].tolist()
    expected = t_interval(scores[:, :2].mean(axis=1), time, sites)
    assert found == pytest.approx(expected, abs=CLOSED_FORM)
    assert core["departure"] == pytest.approx(6 * core["slope"], abs=EXACT)


def test_planted_slopes_are_covered_and_the_first_to_go_is_found(eroded):
    result, _, parameters, _ = eroded
    fits = result.movement.set_index("component")
    slopes = np.array([parameters.component_slopes[name] for name in NAMES])
    wider = stats.norm.ppf(0.5 + LEVEL / 2) / stats.norm.ppf(0.975)
    for name, truth in zip(NAMES, slopes - slopes.mean(), strict=True):
        for kind, at in (("slope", truth), ("own_slope", truth + parameters.slope)):
            row = fits.loc[name]
            reach = (row[f"{kind}_high"] - row[f"{kind}_low"]) / 2 * wider
            assert abs(row[kind] - at) < reach, (name, kind)
    order = fits["order_of_departure"].dropna().astype(int).to_dict()
    assert order == {"preparation": 1, "follow_up": 2}
    assert result.test.in_its_direction
    assert result.test.p_value < 0.001
    assert result.test.estimate == fits.loc["preparation", "slope"]
    assert result.test.mechanism == terms.COMPONENT_EROSION


def test_a_network_in_which_no_part_goes_first_has_none_named(nothing):
    named = [one.test.in_its_direction and one.test.p_value < 0.05 for one in nothing]
    assert sum(named) <= MOST_NAMED_BY_CHANCE
    assert all(not one.test.reason for one in nothing)


def test_a_part_that_stands_still_while_the_rest_rises_has_not_eroded():
    slopes = (0.4, 2.0, 2.0)
    result = moved(long_of(*balanced(slopes=slopes, site_sd=0.1)), core={}, now=6.0)
    row = result.movement.iloc[0]
    assert row["slope_high"] < 0 < row["own_slope_low"]
    assert row["p_value"] == 1
    assert not result.test.in_its_direction
    assert result.movement["order_of_departure"].isna().all()


def test_a_fall_of_all_parts_alike_is_no_erosion():
    slopes = (-2.0, -2.0, -2.0)
    result = moved(long_of(*balanced(seed=8, slopes=slopes, site_sd=0.3)), core={}, now=6.0)
    assert (result.movement["own_slope_high"] < 0).all()
    assert not (result.test.in_its_direction and result.test.p_value < 0.05)


def test_parts_within_tolerance_alone_are_told_by_the_smallest_change():
    slopes = (-0.5, -0.6, -2.5)
    result = moved(long_of(*balanced(slopes=slopes, site_sd=0.1)), now=6.0)
    assert result.movement["within_tolerance"].tolist() == [True, True, False]


def test_the_adjustment_is_holms():
    # R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")
    found = holm(pd.Series([0.05, 0.01, 0.04, 0.02, 0.03]))
    assert found.tolist() == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09], abs=EXACT)
    assert holm(pd.Series([np.nan, 0.9, 0.8])).tolist()[1:] == [1.0, 1.0]


def test_who_rated_is_told_apart_from_what_moved_where_it_is_known():
    scores, time, sites, people = balanced(slopes=(0, 0, 0), site_sd=0.1)
    supervisor = np.random.default_rng(4).random(len(time)) < time / 6
    frame = long_of(scores + 8 * supervisor[:, None], time, sites, people)
    role = np.repeat(np.where(supervisor, "supervisor", "independent"), 3)
    assert moved(frame, now=6.0).movement["own_slope"].min() > 0.5
    known = moved(frame.assign(rater_role=role), core={"talk": True}, now=6.0)
    assert known.movement["own_slope"].abs().max() < 0.3
    assert known.models["formula"].str.contains("rater_role").all()
    assert len(known.together) == 11


# --- components that were not scored ---


def test_levels_are_those_of_the_least_squares_table():
    random = np.random.default_rng(3)
    n, m = 40, 4
    time = np.sort(random.random(n)) * 8
    scores = 60 + random.standard_normal((n, 1)) * 5 + np.array([8, 0, -4, 2])
    scores = scores + time[:, None] * np.array([-1, 0.5, 0.3, 0.2])
    scores = scores + random.standard_normal((n, m))
    gone = random.random((n, m)) < 0.3
    gone[:, 0] &= ~gone[:, 1:].all(axis=1)  # every observation keeps one
    names = ["a", "b", "c", "d"]
    found = component_scores(
        long_of(np.where(gone, np.nan, scores), time, ["s"] * n, ["p"] * n, names)
    )
    rows = [
        [float(k == i) for k in range(n)]
        + [float(k == j) for k in range(m)]
        + [(time[i] - time.mean()) * (k == j) for k in range(m)]
        for i in range(n)
        for j in range(m)
    ]
    design, seen = np.array(rows), ~gone.ravel()
    levels = np.linalg.lstsq(design[seen], scores.ravel()[seen], rcond=None)[0][n : n + m]
    levels = levels - levels.mean()
    assert found.levels[names].to_numpy() == pytest.approx(levels, abs=SETTLED)
    whole = np.where(gone, np.nan, scores - levels)
    expected = np.where(gone, np.nan, scores - np.nanmean(whole, axis=1, keepdims=True))
    alone = (~gone).sum(axis=1) == 1
    assert alone.any()
    expected[alone] = np.nan
    beside = found.beside[names].to_numpy()
    assert beside == pytest.approx(expected, abs=SETTLED, nan_ok=True)


def test_a_part_that_is_scored_less_and_less_does_not_make_the_rest_rise():
    scores, time, sites, people = balanced(slopes=(0, 0, 0), site_sd=0.1)
    scores[:, 0] += 20  # without the high part, the plain mean of the rest would be lower
    later = np.random.default_rng(1).random(len(time)) < time / 8
    scores[later, 0] = np.nan
    plain = scores[:, 1] - np.nanmean(scores, axis=1)
    assert np.polyfit(time, plain, 1)[0] > 0.5
    result = moved(long_of(scores, time, sites, people), now=6.0)
    table = result.movement
    assert table["slope"].abs().max() < 0.25
    assert table.loc[0, "n_observations"] == (~later).sum()
    assert table.loc[1, "n_observations"] == len(time)


def test_parts_of_two_instruments_are_set_beside_their_own():
    scores, time, sites, people = balanced(slopes=(-1.0, 0, 1.0, 0.0, 0.0, 0.0), site_sd=0.1)
    first = np.random.default_rng(2).random(len(time)) < 0.5
    scores[np.ix_(first, [3, 4, 5])] = np.nan
    scores[np.ix_(~first, [0, 1, 2])] = np.nan
    frame = long_of(scores, time, sites, people, ("a", "b", "c", "d", "e", "f"))
    found = component_scores(frame)
    assert (found.beside[["d", "e", "f"]].notna().any(axis=1) == ~first).all()
    assert found.levels[["a", "b", "c"]].sum() == pytest.approx(0, abs=EXACT)
    beside = found.beside.to_numpy()
    assert np.nansum(beside, axis=1) == pytest.approx(np.zeros(len(beside)), abs=EXACT)
    table = moved(frame, core={"a": True, "d": True}, now=6.0)
    assert table.movement["slope"].round(0).tolist() == [-1, 0, 1, 0, 0, 0]
    assert table.together.loc[0, "n_observations"] == len(time)


# --- thin data: a reason and no number ---


def thin(case):
    scores, time, sites, people = balanced(sites=6, people=2, quarters=4)
    frame = long_of(scores, time, sites, people)
    return {
        "nothing": frame.iloc[:0],
        "no columns": pd.DataFrame(),
        "one component": frame[frame["component"] == "talk"],
        "one site": frame[frame["site_id"] == "s0"],
        "one practitioner": frame[frame["practitioner_id"] == "s0p0"],
        "two quarters": frame[frame["quarters"] < 2],
        "all the same": frame.assign(fidelity=70.0),
    }[case]


CASES = [
    "nothing",
    "no columns",
    "one component",
    "one site",
    "one practitioner",
    "two quarters",
    "all the same",
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("log", [None, "empty"])
def test_thin_data_give_a_reason_and_no_number(case, log):
    empty = pd.DataFrame(columns=["adaptation_id", "noted_on", "component", "planned"])
    result = component_movement(
        thin(case), None if log is None else empty, None, {"talk": True}, 4.0, "2023Q4"
    )
    assert list(result.movement) == MOVEMENT_COLUMNS
    assert result.test.reason
    assert np.isnan(result.test.p_value)
    found = {one.id: one for one in component_findings(result, 1.0) if not one.site_id}
    assert set(found) == {"components.first", "components.core", "components.adaptations"}
    assert found["components.first"].status == terms.NOT_ESTIMABLE
    assert found["components.adaptations"].status == terms.NOT_ESTIMABLE
    if case != "one component":
        assert found["components.core"].status == terms.NOT_ESTIMABLE
    for table in result.tables().values():
        assert len(table.columns)


def test_one_component_keeps_its_own_slope_and_stands_beside_nothing():
    result = moved(thin("one component"), core={"talk": True}, now=4.0)
    row = result.movement.iloc[0]
    assert np.isfinite(row["own_slope"])
    assert np.isnan(row["slope"])
    assert "stands alone" in row["reason"]


def test_who_changed_site_counts_at_each():
    scores, time, sites, people = balanced()
    people = np.where((people == "s0p0") | (people == "s1p0"), "mover", people)
    result = moved(long_of(scores, time, sites, people), now=6.0)
    assert not result.test.reason
    assert result.movement["n_practitioners"].eq(29).all()


# --- the core together ---


def test_the_core_is_told_for_the_network_and_for_sites_with_slopes_of_their_own(eroded):
    result, components, parameters, _ = eroded
    core = result.together[result.together["what"] == "core"].set_index("site_id")
    assert set(core.index) == {"", *components["site_id"]}
    assert core.loc["", "n_observations"] == components["observation_id"].nunique()
    assert core.loc["", "departure"] == pytest.approx(
        core.loc["", "slope"] * parameters.quarters, abs=EXACT
    )
    assert core.loc["", "since"] == components["quarter"].min()
    assert core["n_practitioners"].drop("").sum() == core.loc["", "n_practitioners"]


def test_without_slopes_of_sites_there_are_no_rows_of_sites():
    scores, time, sites, people = balanced(sites=6)
    result = moved(long_of(scores, time, sites, people), core={"talk": True}, now=6.0)
    assert result.together["scope"].tolist() == ["network"]


# --- the log ---


def noted(*rows):
    columns = [
        "noted_on",
        "practitioner_id",
        "site_id",
        "component",
        "planned",
        "fidelity_consistent",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(
        noted_on=pd.to_datetime(frame["noted_on"]), planned=frame["planned"].astype("boolean")
    )


LOG = noted(
    ("2023-02-01", "s0p0", None, "talk", True, "yes"),
    ("2023-05-01", "s0p0", None, "talk", False, "no"),  # again, in a later quarter
    ("2023-05-20", "s0p1", None, "talk", False, "unsure"),
    ("2023-06-01", "s0p1", None, "talk", True, "yes"),  # again, in the same quarter
    ("2023-03-01", None, "s1", "plan", True, "yes"),
    ("2023-08-01", None, "s1", "plan", True, "no"),  # the site again
    ("2023-08-01", "s1p0", None, "plan", False, "no"),  # not the site but someone there
    ("2023-09-01", "s2p0", "s2", "away", False, "no"),  # not scored
    ("2024-08-01", "s2p0", "s2", "talk", True, "yes"),  # after the report quarter
)


@pytest.fixture(scope="module")
def logged():
    return moved(
        long_of(*balanced()), core={"talk": True}, now=6.0, adaptations=LOG, quarter="2024Q2"
    )


def test_the_log_is_counted_by_component_and_place(logged):
    table = logged.adaptations.by_component
    assert list(table) == LOG_COLUMNS
    network = table[table["scope"] == "network"].set_index("component")
    counts = network[LOG_COLUMNS[4:11]]
    assert counts.loc["talk"].tolist() == [4, 2, 2, 2, 1, 1, 1]
    assert counts.loc["plan"].tolist() == [3, 2, 1, 1, 2, 0, 1]
    assert counts.loc["away"].tolist() == [1, 0, 1, 0, 1, 0, 0]
    assert network["component_title"].to_dict() == {"talk": "Talk", "plan": "Plan", "away": "away"}
    # A site's own adaptation is that of everyone who works there.
    assert network["n_practitioners"].to_dict() == {"talk": 2, "plan": 3, "away": 1}
    sites = table[table["scope"] == "site"]
    sums = sites.groupby("component")[LOG_COLUMNS[4:10]].sum()
    assert sums.to_dict() == network[LOG_COLUMNS[4:10]].to_dict()
    assert logged.adaptations.touched == ("talk", "plan")


def test_the_parts_that_adaptations_touch_are_followed_as_one(logged):
    rows = logged.together.query("what == 'touched by adaptations' and scope == 'network'")
    scores, time, sites, _ = balanced()
    expected = t_interval(scores[:, :2].mean(axis=1), time, sites)
    found = rows.iloc[0][["slope", "slope_low", "slope_high"]].tolist()
    assert found == pytest.approx(expected, abs=CLOSED_FORM)


def test_the_fiscal_year_says_which_quarter_a_note_falls_in():
    frame = long_of(*balanced())
    log = noted(
        ("2023-06-30", "s0p0", None, "talk", True, "yes"),
        ("2023-07-01", "s0p0", None, "talk", True, "yes"),
    )
    asked = {"adaptations": log, "now": 6.0, "core": {}}
    july = component_movement(frame, quarter="2024Q1", fiscal_year_starts=7, **asked)
    assert (july.adaptations.n, july.adaptations.since) == (2, "2023Q4")
    calendar = component_movement(frame, quarter="2023Q2", **asked)
    assert calendar.adaptations.n == 1


# --- findings ---


def test_findings_say_what_the_tables_say(eroded):
    result, _, _, log = eroded
    found = {one.id: one for one in component_findings(result, 1.0) if not one.site_id}
    first, row = (
        found["components.first"],
        result.movement.set_index("component").loc["preparation"],
    )
    assert first.statement.startswith("Preparation goes first.")
    assert (first.estimate, first.conf_low) == (row["slope"], row["slope_low"])
    assert first.action_prompt.endswith("?")
    core = result.together.iloc[0]
    within = result.movement.query("core")["within_tolerance"].sum()
    assert f"{within} of 2 core components" in found["components.core"].statement
    assert f"{core['departure']:+.1f} points since" in found["components.core"].statement
    assert found["components.core"].estimate == core["departure"]
    said = found["components.adaptations"]
    assert f"{len(log)} adaptations were noted" in said.statement
    assert f"{log['planned'].sum()} planned" in said.statement
    assert said.n == len(log)


def test_the_log_finding_names_what_is_not_scored(logged):
    said = component_findings(logged, 1.0)[-1].statement
    assert "8 adaptations were noted since 2023Q1: 4 planned, 4 not planned" in said
    assert "In 2 cases a change was noted again" in said
    assert "1 of the notes is on parts that are not scored." in said


def test_without_a_log_one_sentence_says_what_it_would_add(nothing):
    found = component_findings(nothing[0], 1.0)
    log = next(one for one in found if one.id == "components.adaptations")
    assert log.status == terms.NOT_ESTIMABLE
    assert "It would show how many small changes were made" in log.reason
    assert "adaptations_by_component" not in nothing[0].tables()
    first = next(one for one in found if one.id == "components.first")
    assert "No part of practice is seen to fall before the others" in first.statement
    core = next(one for one in found if one.id == "components.core")
    assert "marked as core" in core.reason


def test_wide_intervals_are_not_called_holding():
    result = moved(long_of(*balanced(slopes=(0, 0, 0), site_sd=4.0)), core={}, now=6.0)
    first = component_findings(result, 1.0)[0]
    assert first.statement.startswith("There is not enough evidence to say that one part")


def test_numbers_come_with_interval_n_and_unit_and_claim_no_cause(eroded, logged, nothing):
    for result in (eroded[0], logged, nothing[0]):
        found = component_findings(result, 1.0)
        assert len({(one.id, one.site_id) for one in found}) == len(found)
        for one in found:
            assert one.evidence.removeprefix("tables/").removesuffix(".parquet") in {
                *result.tables()
            }
            for text in (one.question, one.statement, one.reason, one.action_prompt):
                assert not CAUSAL_WORDS.search(text), text
            if one.status == terms.REPORTED:
                assert one.conf_low <= one.estimate <= one.conf_high
                assert one.unit
                assert one.n > 0
                assert one.n_practitioners
                assert "95% interval" in one.statement
