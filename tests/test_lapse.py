"""How long practice stays above the cut-off: against R, closed forms, and a known hazard."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from babel.messages.pofile import read_po
from reading_grade import grade

from workbench import terms
from workbench.analysis import lapse as words_of_analysis
from workbench.analysis import lapse_findings as words_of_findings
from workbench.analysis.lapse import (
    CURVE_COLUMNS,
    FEWEST_FOLLOWED,
    FEWEST_LAPSES,
    SUMMARY_COLUMNS,
    WITHIN_DAYS,
    lapse,
)
from workbench.analysis.lapse_findings import lapse_findings
from workbench.analysis.lapse_rows import days_of, followed_rows
from workbench.language import use
from workbench.reporting import figures_lapse as words_of_figure
from workbench.reporting import sections_lapse as words_of_section
from workbench.reporting.disclosure import release
from workbench.reporting.disclosure_lapse import (
    OF_DAY,
    months,
    release_lapse,
    release_lapse_curve,
    release_lapse_findings,
)
from workbench.reporting.figures_lapse import lapse_course
from workbench.reporting.sections import lapse_section
from workbench.reporting.sections_release import release_run
from workbench.reporting.tables_lapse import lapse_curve_table, lapse_table
from workbench.results import Results
from workbench.settings import Privacy, Settings, Study

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "lapse.json").read_text(encoding="utf-8")
)
WORDS = Path(__file__).parents[1] / "reports" / "words" / "es.po"
EXACT = 1e-12  # shares and ends of intervals, beside R and closed forms
DAY_ONE = pd.Timestamp(2024, 1, 1)
CUT_OFF = 80.0
FEWEST = 5
PRIVACY = Privacy(fewest_practitioners=FEWEST)
EASY = 8.5
SEEDS = range(30)
# Of thirty 95% intervals, 25 or fewer hold the truth in 1 of 100 tries.
FEWEST_COVERED = 25
CAUSAL = re.compile(r"\b(cause[sd]?|because of|leads? to|led to|due to|best|worst|rank)\b")
SITES = pd.DataFrame(
    {"site_id": ["S1", "S2", "S3"], "site_name": ["oak", "Ash", "Elm"], "slug": ["a", "b", "c"]}
)


def observed(*rows, cut_off=CUT_OFF, site="S1"):
    """Observations of ``(person, day, fidelity)``."""
    frame = pd.DataFrame(rows, columns=["practitioner_id", "day", "fidelity"])
    return frame.assign(
        site_id=site,
        observed_on=DAY_ONE + pd.to_timedelta(frame["day"], unit="D"),
        cut_off=cut_off,
        weight=1.0,
        meets_cut_off=(frame["fidelity"] >= cut_off).astype("boolean"),
    )


def reference():
    seen = REFERENCE["seen"]
    rows = zip(seen["person"], seen["day"], seen["fidelity"], strict=True)
    return observed(*rows, cut_off=REFERENCE["cut_off"])


def times(*rows):
    """One row a person: ``(latest, earliest, lapsed)``."""
    found = followed_rows(observed(*rows))
    return list(zip(found["latest"], found["earliest"], found["lapsed"], strict=True))


# --- who is followed, and for how long ---


def test_a_lapse_is_dated_at_both_ends_and_never_in_the_middle():
    assert times(("a", 0, 85), ("a", 40, 82), ("a", 100, 70)) == [(100, 41, True)]
    assert times(("a", 0, 85), ("a", 1, 70)) == [(1, 1, True)]


def test_the_clock_starts_at_the_cut_off_and_stops_at_the_first_below():
    later = ("a", 200, 90), ("a", 300, 60)
    assert times(("a", 0, 60), ("a", 50, 80), ("a", 90, 79), *later) == [(40, 1, True)]


def test_who_is_never_seen_below_is_followed_up_to_the_last_observation():
    assert times(("a", 0, 60), ("a", 10, 80), ("a", 90, 80)) == [(80, 80, False)]


def test_who_never_reached_it_and_who_was_seen_once_are_told_apart():
    found = lapse(
        observed(("never", 0, 60), ("never", 50, 70), ("once", 0, 60), ("once", 50, 90)), FEWEST
    )
    row = found.summary.iloc[0]
    told = row[["observed", "entered", "not_followed", "n_practitioners", "lapsed", "censored"]]
    assert told.tolist() == [2, 1, 1, 0, 0, 0]
    assert found.curve.empty
    assert found.why_not


def test_ratings_of_one_day_are_one_observation():
    # 85 and 74 are 79.5 on the mean, which is below; alone, the first would begin the clock.
    both = observed(("a", 0, 85), ("a", 0, 74), ("a", 30, 85), ("a", 60, 90))
    assert days_of(both)["above"].tolist() == [False, True, True]
    weighted = days_of(both.assign(weight=[3.0, 1.0, 1.0, 1.0]))
    assert weighted["above"].tolist() == [True, True, True]
    # A score of the day of entry is no later one, so nobody lapses on the day.
    one_day = followed_rows(observed(("a", 0, 85), ("a", 0, 76)))
    assert one_day[["entered", "followed", "lapsed"]].to_numpy().tolist() == [[True, False, False]]


def test_the_verdict_of_the_instrument_stands_where_ratings_agree():
    # A component falls short: the whole is above the cut-off, and still does not meet it.
    seen = observed(("a", 0, 90), ("a", 50, 90)).assign(meets_cut_off=[True, False])
    assert followed_rows(seen)["lapsed"].tolist() == [True]
    unknown = seen.assign(meets_cut_off=pd.array([True, None], dtype="boolean"))
    assert followed_rows(unknown)["followed"].tolist() == [False]


def test_who_moved_counts_where_last_seen():
    seen = observed(("a", 0, 90), ("a", 50, 90)).assign(site_id=["S1", "S2"])
    assert followed_rows(seen)["site_id"].tolist() == ["S2"]


# --- numbers ---


def test_counts_and_shares_are_those_of_r():
    row = lapse(reference(), fewest=1).summary.iloc[0]
    told = {"observed": "observed", "entered": "entered", "followed": "n_practitioners",
            "lapsed": "lapsed"}  # fmt: skip
    assert {name: row[ours] for name, ours in told.items()} == {
        name: REFERENCE[name] for name in told
    }
    asked = REFERENCE["latest"]["asked"]
    for place, days in enumerate(WITHIN_DAYS):
        for name in ("above", "low", "high", "at_risk"):
            assert row[f"{name}_{days}"] == pytest.approx(asked[name][place], abs=EXACT)
    for name in ("median", "median_low", "median_high"):
        ours = row["median_days" if name == "median" else name]
        assert ours == REFERENCE["latest"][name]


@pytest.mark.parametrize("which", ["latest", "earliest"])
def test_both_curves_are_those_of_r(which):
    curve = lapse(reference(), fewest=1).curve
    mine = curve[(curve["scope"] == "network") & (curve["which"] == which)].iloc[1:]
    steps = pd.DataFrame(REFERENCE[which]["steps"]).astype("float64")
    for name in steps.columns:
        np.testing.assert_allclose(
            mine[name].to_numpy(float), steps[name], rtol=0, atol=EXACT, err_msg=name
        )


def people(*ends, visit=60):
    """Observe a person for each end: above up to a visit, and, if lapsed, below at the next."""
    rows = []
    for place, (visits, lapsed) in enumerate(ends):
        name = f"P{place:03d}"
        rows += [(name, visit * one, 90) for one in range(visits + 1)]
        rows += [(name, visit * (visits + 1), 60)] if lapsed else []
    return observed(*rows)


def test_without_censoring_the_share_is_the_plain_one_with_greenwoods_variance():
    # Ten people: two lapse at 60 days, three at 120, five at 420.
    seen = people(*[(0, True)] * 2, *[(1, True)] * 3, *[(6, True)] * 5)
    row = lapse(seen, fewest=1).summary.iloc[0]
    assert (row["above_90"], row["above_180"], row["above_365"]) == pytest.approx((0.8, 0.5, 0.5))
    # Greenwood's variance is then the binomial's, on the scale of log(-log S).
    reach = 1.959963984540054 * math.sqrt(0.2 / (0.8 * 10)) / abs(math.log(0.8))
    ends = [0.8 ** math.exp(way * reach) for way in (1, -1)]
    assert [row["low_90"], row["high_90"]] == pytest.approx(ends, abs=EXACT)
    assert row["usual_gap_days"] == 60
    assert row["told_at"] == 365


def test_with_regular_visits_the_two_dates_bracket_the_truth():
    rng = np.random.default_rng(4)
    seen = simulated(rng, 1500, hazard=1 / 300, visits=range(0, 721, 60))
    curve = lapse(seen, fewest=1).curve
    whole = curve[curve["scope"] == "network"]
    for days in (90, 210, 330):  # halfway from one visit to the next
        early, late = (
            whole[(whole["which"] == which) & (whole["days"] <= days)]["survival"].iloc[-1]
            for which in ("earliest", "latest")
        )
        assert early < math.exp(-days / 300) < late


def simulated(rng, n, hazard, visits):
    """Observe people with a constant hazard, followed for a year or more at the same visits."""
    rows = []
    for person, (end, last) in enumerate(
        zip(rng.exponential(1 / hazard, n), rng.uniform(0, max(visits) + 1, n), strict=True)
    ):
        rows += [(f"P{person:04d}", day, 90.0 if day < end else 60.0)
                 for day in visits if day <= last]  # fmt: skip
    return observed(*rows)


def test_a_constant_hazard_is_recovered_within_its_intervals():
    # Seen every second day, the two dates of a lapse are nearly one.
    hazard = math.log(2) / 200
    covered = dict.fromkeys((*WITHIN_DAYS, "median"), 0)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        row = lapse(simulated(rng, 60, hazard, range(0, 600, 2)), fewest=1).summary.iloc[0]
        for days in WITHIN_DAYS:
            truth = math.exp(-hazard * days)
            covered[days] += row[f"low_{days}"] <= truth <= row[f"high_{days}"]
        low, high = row["median_low"], row["median_high"]
        covered["median"] += low <= 200 and (np.isnan(high) or high >= 200)
    assert min(covered.values()) >= FEWEST_COVERED, covered


# --- what isn't told ---


def test_too_few_give_no_time_and_no_share():
    few_people = people(*[(1, True)] * (FEWEST_FOLLOWED - 1))
    few_lapses = people(*[(1, True)] * (FEWEST_LAPSES - 1), *[(9, False)] * 20)
    short = people(*[(0, True)] * 5, *[(1, False)] * 20, visit=20)
    for seen in (few_people, few_lapses, short):
        found = lapse(seen, FEWEST)
        row = found.summary.iloc[0]
        assert row["reason"]
        assert row[["above_90", "above_365", "median_days", "told_at"]].isna().all()
        for finding in lapse_findings(found):
            assert finding.status == terms.NOT_ESTIMABLE
            assert finding.estimate is None


def test_a_share_rests_on_enough_people_followed_for_so_long():
    seen = people(*[(0, True)] * 6, *[(1, False)] * 10, *[(7, False)] * 4)
    row = lapse(seen, FEWEST).summary.iloc[0]
    assert row["at_risk_90"] == 4
    assert row["reason"]
    assert lapse(seen, 4).summary.iloc[0]["told_at"] == 365


@pytest.mark.parametrize("cut_offs", ["none", "no rows"])
def test_nothing_to_judge_by_is_said(cut_offs):
    seen = people((1, True), (2, False))
    seen = seen.assign(meets_cut_off=pd.array([None] * len(seen), dtype="boolean"))
    found = lapse(seen if cut_offs == "none" else seen.iloc[:0], FEWEST)
    assert list(found.summary.columns) == SUMMARY_COLUMNS
    assert list(found.curve.columns) == CURVE_COLUMNS
    [finding] = lapse_findings(found)
    assert finding.status == terms.NOT_ESTIMABLE
    assert "cut-off" in finding.reason


def test_a_site_has_no_median_and_the_network_has_one():
    summary = lapse(network(), FEWEST).summary
    of_sites = summary["scope"] == "site"
    assert summary.loc[of_sites, ["median_days", "usual_gap_days"]].isna().all(axis=None)
    assert summary.loc[~of_sites, ["median_days", "usual_gap_days"]].notna().all(axis=None)
    assert summary.loc[of_sites, "site_id"].tolist() == ["S1", "S2", "S3"]


# --- findings ---


def network(sizes=(40, 30, 9), seed=0):
    rng = np.random.default_rng(seed)
    parts = []
    for site, size in zip(SITES["site_id"], sizes, strict=True):
        ends = [(int(rng.integers(0, 9)), bool(rng.random() < 0.6)) for _ in range(size)]
        mine = people(*ends)
        parts.append(mine.assign(site_id=site, practitioner_id=site + mine["practitioner_id"]))
    return pd.concat(parts, ignore_index=True)


def test_a_finding_tells_share_interval_n_and_unit_in_plain_words():
    found = lapse(network(), FEWEST)
    first, *rest = lapse_findings(found)
    row = found.summary.iloc[0]
    assert (first.id, first.site_id, first.n) == ("lapse.time", "", row["n_practitioners"])
    assert first.estimate == pytest.approx(100 * row["above_365"])
    assert first.conf_low < first.estimate < first.conf_high
    assert first.unit == "percent not yet seen below after 365 days"
    assert "95% interval" in first.statement
    assert [one.site_id for one in rest] == ["S1", "S2", "S3"]
    for one in (first, *rest):
        assert grade(f"{one.question} {one.statement}") <= EASY
        assert not CAUSAL.search(one.statement)


def test_the_median_is_said_in_whole_months_or_why_not():
    def statement(*ends, fewest=1):
        return lapse_findings(lapse(people(*ends), fewest))[0].statement

    assert "Half were seen below it within 4 months" in statement(*[(1, True)] * 30, (9, False))
    mostly = statement(*[(0, True)] * 6, *[(9, False)] * 30)
    assert "Fewer than half" in mostly
    few_left = statement(*[(2, True)] * 8, *[(9, True)] * 8, *[(3, False)] * 8, fewest=9)
    assert "can't be told" in few_left


# --- release ---


def release_of(seen, privacy=PRIVACY):
    found = lapse(seen, privacy.fewest_practitioners)
    released = release_lapse(found.summary, privacy)
    return found, released, release_lapse_curve(found.curve, released, privacy)


def few(counts, k=FEWEST):
    return ((counts > 0) & (counts < k)).any()


@pytest.mark.parametrize("seed", range(25))
def test_no_count_of_few_is_shown_or_left_by_subtraction(seed):
    rng = np.random.default_rng(seed)
    sizes = tuple(int(size) for size in rng.integers(2, 45, 3))
    _, released, curve = release_of(network(sizes, seed))
    frame = released.astype(dict.fromkeys(OF_DAY, "float64"))
    for name in ("entered", "not_followed", "n_practitioners", "lapsed", "censored", *OF_DAY):
        shown = frame[name].astype("float64")
        assert not few(shown), name
        sites = shown[frame["scope"] == "site"]
        if shown.iloc[0] == shown.iloc[0] and sites.isna().any():
            rest = shown.iloc[0] - sites.sum()
            assert sites.isna().sum() > 1 or rest == 0 or rest >= FEWEST, name
    assert not few(frame["observed"] - frame["entered"])
    told = np.hstack([np.zeros((len(frame), 1)), frame[list(OF_DAY)].to_numpy("float64"),
                      frame[["lapsed"]].to_numpy("float64")])  # fmt: skip
    for row in told:
        steps = np.diff(row[~np.isnan(row)])
        assert not few(steps)
    for days in WITHIN_DAYS:
        assert frame.loc[frame[f"lapsed_{days}"].isna(), f"above_{days}"].isna().all()
        assert not few(frame[f"at_risk_{days}"].dropna())
    assert (curve["at_risk"] >= FEWEST).all()
    assert (curve["scope"] == "network").all()


@pytest.mark.parametrize("seed", range(10))
def test_each_stretch_of_the_drawn_line_holds_nobody_or_enough(seed):
    found, released, curve = release_of(network(seed=seed))
    steps = found.curve[found.curve["scope"] == "network"]
    total = float(found.summary.iloc[0]["lapsed"])
    for which, mine in curve.groupby("which"):
        exact = steps[steps["which"] == which]
        by_then = [float(exact[exact["days"] <= day]["lapsed"].iloc[-1]) for day in mine["days"]]
        if which == "latest":
            told = [day for day in WITHIN_DAYS if pd.notna(released.iloc[0][f"above_{day}"])]
            by_then += [float(released.iloc[0][f"lapsed_{day}"]) for day in told]
        assert not few(np.diff(sorted({0.0, *by_then, total})))
        assert set(mine["days"]) <= set(months(5000))
    assert len(curve) > 6


def test_the_grid_meets_the_days_told():
    assert set(WITHIN_DAYS) <= set(months(400))
    assert months(89) == [0, 30, 60]


def test_where_the_networks_counts_are_hidden_there_is_no_curve():
    found, released, _ = release_of(network())
    blank = released.assign(lapsed=np.nan)
    assert release_lapse_curve(found.curve, blank, PRIVACY).empty
    *_, nothing = release_of(people(*[(1, True)] * 3))
    assert nothing.empty


def test_a_finding_that_tells_a_hidden_number_is_suppressed():
    found, released, _ = release_of(network())
    findings = release_lapse_findings(release(lapse_findings(found), PRIVACY), released)
    for one in findings:
        row = released[released["site_id"] == one.site_id].iloc[0]
        named = row[["n_practitioners", "lapsed", f"above_{int(row['told_at'] or 0)}"]] if (
            pd.notna(row["told_at"])) else pd.Series([np.nan])  # fmt: skip
        assert (one.status == terms.REPORTED) == named.notna().all()
    assert {one.status for one in findings} >= {terms.REPORTED, terms.SUPPRESSED}


def results_of(folder, seen):
    privacy = Settings(network="Net", privacy=PRIVACY)
    results = Results(folder / "run", Study(folder, privacy))
    found = lapse(seen, FEWEST)
    results.write_tables({**found.tables(), "sites": SITES})
    results.write_findings("02", lapse_findings(found))
    return results


def test_the_pages_show_what_is_released_and_no_more(tmp_path):
    _, released, curve = release_of(network())
    shown = release_run(results_of(tmp_path, network()))
    held = shown.table("lapse_summary")
    for name in ("n_practitioners", "lapsed", *OF_DAY):
        # What all tables together would tell is hidden besides.
        assert (held[name].notna() <= released[name].notna()).all()
        assert not few(held[name])
    assert set(shown.table("lapse_curve")["days"]) <= set(curve["days"])


def test_a_network_of_few_shows_nothing():
    section = lapse_section(evidence_of(people(*[(1, True)] * 3)))
    assert not section.pictures
    assert not section.tables
    assert "too few" in section.lead


# --- pages ---


def evidence_of(seen, site_id=""):
    """What the section reads of a page's evidence."""
    _, released, curve = release_of(seen)
    return SimpleNamespace(
        lapse_summary=released, lapse_curve=curve, sites=SITES, site_id=site_id, name="Place"
    )


def test_the_section_draws_the_network_and_sets_a_site_beside_it():
    whole, own = (lapse_section(evidence_of(network(), site)) for site in ("", "S3"))
    assert whole.title == own.title == "How long does practice stay above the cut-off?"
    assert (len(whole.pictures), len(whole.tables)) == (1, 1)
    assert (len(own.pictures), len(own.tables)) == (0, 1)
    assert "No share of this site" in own.lead
    assert grade(whole.lead) <= EASY
    unknown = people((1, True)).assign(meets_cut_off=pd.NA)
    nothing = lapse_section(evidence_of(unknown))
    assert not nothing.tables
    assert "cut-off" in nothing.lead


def test_the_table_is_by_name_with_the_network_last_and_a_site_beside_it():
    _, released, _ = release_of(network())
    whole = lapse_table(released, SITES).frame
    assert whole["Place"].tolist() == ["Ash", "Elm", "oak", "The network"]
    assert lapse_table(released, SITES, "S2").frame["Place"].tolist() == ["Ash", "The network"]
    assert "[c]" in whole.to_string()
    assert "nan" not in whole.to_string().lower()
    assert "<table>" in lapse_table(released, SITES)._repr_html_()


def test_the_figure_says_in_words_what_it_draws():
    found, released, curve = release_of(network())
    picture = lapse_course(released, curve)
    assert picture.png == lapse_course(released, curve).png
    assert "somewhere between" in picture.caption
    share = f"{100 * found.summary.iloc[0]['above_180']:.0f}%"
    assert share in picture.alt_text
    data = lapse_curve_table(curve).frame
    pd.testing.assert_frame_equal(picture.data, data)
    assert data.iloc[0].tolist()[1].startswith("100%")
    assert "No data" in lapse_course(released, curve.iloc[:1]).alt_text


def test_a_result_shows_itself_in_short():
    found = lapse(network(), FEWEST)
    assert repr(found).splitlines()[0] == "Lapse"
    assert "lapse curve" in repr(found)
    assert len(repr(found)) < 400
    assert "<table>" in found._repr_html_()


# --- Spanish ---


def test_each_sentence_has_its_spanish():
    with WORDS.open("rb") as file:
        known = {one.id: one.string for one in read_po(file) if one.id}
    modules = (words_of_findings, words_of_analysis, words_of_section, words_of_figure)
    marked = {
        text
        for module in modules
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and " " in text
    }
    assert len(marked) > 12
    assert [text for text in sorted(marked) if not known.get(text)] == []


def test_it_is_said_in_spanish():
    use("es")
    [whole, *_] = lapse_findings(lapse(network(), FEWEST))
    assert "umbral" in whole.question
    assert "intervalo del 95%" in whole.statement
    _, released, curve = release_of(network())
    said = f"{lapse_course(released, curve).alt_text} {lapse_table(released, SITES)!r}"
    assert not re.search(r"\b(the|seen|days|followed)\b", said)
