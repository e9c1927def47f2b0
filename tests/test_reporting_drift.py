"""Figures, tables and sections of drift: every number in words, nobody named, nothing ranked."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.findings import Finding
from workbench.reporting import figures, figures_bands, figures_style, tables
from workbench.reporting.disclosure import release_table
from workbench.reporting.disclosure_drift import release_kinds, release_states
from workbench.reporting.figures_control import MARKS
from workbench.reporting.sections import Evidence, released_evidence, report_sections
from workbench.results import Results
from workbench.settings import Privacy, Settings, Study

MOST_BYTES = 120_000
FEWEST = 5
PRIVACY = Privacy(fewest_practitioners=FEWEST)
QUARTERS = ["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
TIMES = np.arange(5) + 0.5
SITES = pd.DataFrame(
    {
        "site_id": ["S1", "S2", "S10"],
        "site_name": ["Elm", "ash", "Oak"],
        "slug": ["site-1", "site-2", "site-3"],
    }
)
CAUSAL = re.compile(r"\b(cause[sd]?|causing|impact|led to|leads to|due to|best|worst|results in)\b")
HOSTILE = ["<img src=x>", "Cost $x^$", "name\nwith\x00 and ‮reversed", "long " * 60, "", "%s {0}"]


def banded(name, values, width=1.0, **columns):
    values = np.array(values, dtype=float)
    frame = {name: values, f"{name}_low": values - width, f"{name}_high": values + width}
    return pd.DataFrame({"quarter": QUARTERS, "quarters": TIMES, **frame}).assign(**columns)


def course(site_id="", **changes):
    about = {"scope": "site" if site_id else "network", "site_id": site_id, "n_practitioners": 9}
    return banded("level", [80, 79, 77, 74, 70.4], 3, **about).assign(**changes)


def by_quarter(site_id=""):
    frame = banded("fidelity", [81, 79, 78, 75, 71.4], 5, site_id=site_id)
    frame = frame.rename(columns={"fidelity_low": "conf_low", "fidelity_high": "conf_high"})
    return frame.assign(
        scope="site" if site_id else "network",
        n_observations=30,
        n_practitioners=9,
        share_at_cut_off=0.7,
    ).drop(columns="quarters")


def trajectory(site_id=""):
    row = {"slope": -2.3, "slope_low": -3.1, "slope_high": -1.5, "level": 71.0, "level_low": 67.0}
    rest = {"level_high": 75.0, "state": terms.DRIFTING, "n_observations": 160, "n_quarters": 5}
    place = {"scope": "site" if site_id else "network", "site_id": site_id, "n_practitioners": 9}
    return pd.DataFrame([{**place, **row, **rest}])


def severity(role="independent", anchor="master", **changes):
    frame = banded("difference", [0.2, 0.9, 2.1, 2.8, 4.0], 1.5, rater_role=role)
    names = {"difference_low": "conf_low", "difference_high": "conf_high"}
    frame = frame.rename(columns=names).assign(
        anchor_role=anchor, n_sessions=12, n_raters=4, n_practitioners=10
    )
    return frame.assign(**changes)


def gap(**changes):
    frame = banded("gap", [2.0, 2.5, 3.0, 3.5, 4.0], n_observations=40, n_practitioners=20)
    return frame.assign(**changes)


def between(**changes):
    return banded("spread", [3, 3.5, 4, 5, 6.2], n_sites=12).assign(**changes)


def within(**changes):
    frame = banded("spread", [8, 7, 6, 5, 4.0], n_observations=50, n_practitioners=30)
    return frame.assign(**changes)


def movement(titles=("Preparation", "Engagement"), **changes):
    rows = [
        {
            "component": f"c{place}",
            "component_title": title,
            "component_order": place,
            "core": place == 0,
            "slope": -0.6 + place,
            "slope_low": -0.9 + place,
            "slope_high": -0.3 + place,
            "own_slope": -0.8 + place,
            "own_slope_low": -1.4 + place,
            "own_slope_high": -0.2 + place,
            "departure": -6.5 + place,
            "departure_low": -9.0,
            "departure_high": -4.0,
            "within_tolerance": True,
            "order_of_departure": 1 if place == 0 else None,
            "n_observations": 400,
            "n_practitioners": 50,
        }
        for place, title in enumerate(titles)
    ]
    frame = pd.DataFrame(rows).astype({"order_of_departure": "Int64"})
    return frame.iloc[::-1].assign(**changes)


def states(counts=None):
    found = counts or {
        "": (4, 7, 3, 6),
        "S1": (1, 3, 0, 2),
        "S2": (2, 2, 2, 1),
        "S10": (1, 2, 1, 3),
    }
    rows = [
        {
            "scope": "site" if site else "network",
            "site_id": site,
            "state": state,
            "practitioners": count,
            "n_practitioners": sum(many),
        }
        for site, many in found.items()
        for state, count in zip((*terms.STATES, terms.NOT_ESTIMABLE), (*many, 0), strict=True)
    ]
    return pd.DataFrame(rows)


def chart_points(
    site_id="S1", ewma=(-0.1, -0.4, -0.9, -1.0, -1.3), cusum=(0, 1, 2, 3, 4), **changes
):
    values = np.array([78, 76, 74, 73, 70.4])
    frame = pd.DataFrame(
        {
            "scope": "site",
            "site_id": site_id,
            "practitioner_id": "",
            "quarter": QUARTERS,
            "fidelity": values,
            "expected": 77.0,
            "expected_low": 74.0,
            "expected_high": 80.0,
            "departure": (values - 77) / 2,
            "ewma": ewma,
            "ewma_limit": 0.8,
            "cusum_down": np.array(cusum, dtype=float),
            "cusum_limit": 3.5,
            "n_observations": 20,
            "n_practitioners": 9,
        }
    )
    return frame.assign(**changes)


def warnings(**changes):
    rows = [
        ("S1", "EWMA", "2026Q1", "down", 9),
        ("S1", "CUSUM", "2026Q2", "down", 9),
        ("S2", "EWMA", "", "", 9),
        ("S2", "CUSUM", "", "", 9),
        ("S10", "EWMA", "2026Q3", "up", 3),
    ]
    names = ["site_id", "chart", "signalled_in", "direction", "n_practitioners"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(
        scope="site", practitioner_id="", latest=-1.0, limit=0.8, n_points=4, **changes
    )


def kind(mechanism, verdict, **changes):
    blank = dict.fromkeys(("estimate", "conf_low", "conf_high", "p_value", "p_adjusted"), np.nan)
    about = {"unit": "", "statement": "", "n": 0, "n_of": "observations", "reason": ""}
    row = {"mechanism": mechanism, "verdict": verdict, **blank, **about, "n_practitioners": 0}
    return {**row, **changes}


def kinds():
    no_anchor = "no session was also scored by a master rater."
    size = {"conf_low": -0.9, "conf_high": -0.3, "unit": "points a quarter", "n": 400}
    few = {"reason": "only 3 people left.", "n": 3, "n_of": "practitioners who left"}
    return pd.DataFrame(
        [
            kind(terms.RATER_DRIFT, "not identifiable", reason=no_anchor),
            kind(terms.NEW_NORMAL, "not named", estimate=-0.2, n_practitioners=50, **size),
            kind(terms.COMPONENT_EROSION, "named", estimate=-0.6, n_practitioners=50, **size),
            kind(terms.LEAVERS_DIFFER, "not named", estimate=9.9, n_practitioners=3, **few),
        ]
    )


def agreement():
    row = {"what": "total score", "estimate": 0.81, "conf_low": 0.7, "conf_high": 0.9}
    counts = {"n_sessions": 40, "n_raters": 6, "n_practitioners": 22, "measure": "ICC(A,1)"}
    rows = [{"pair_of": "independent and master", **row, **counts}]
    rows.append({**rows[0], "measure": "weighted kappa", "what": "Item 1"})
    return pd.DataFrame(rows)


def adaptations():
    names = ("n_adaptations", "planned", "not_planned", "consistent", "not_consistent")
    rows = [("Reflection", 10, 4), ("Engagement", 21, 9)]
    frame = pd.DataFrame(rows, columns=["component_title", "n_adaptations", "n_practitioners"])
    rest = dict.fromkeys((*names[1:], "unsure", "permanent"), 2)
    return frame.assign(scope="network", site_id="", component="c", **rest)


def teams():
    row = trajectory("S1").drop(columns="scope").iloc[0].to_dict()
    rows = [("S1", "T10", 7), ("S1", "T2", 8), ("S1", "T3", 4), ("S2", "T9", 9)]
    return pd.DataFrame(
        [
            {**row, "site_id": site, "supervisor_id": team, "n_practitioners": people}
            for site, team, people in rows
        ]
    ).assign(scope="team")


def cohorts():
    columns = ["cohort", "level", "level_low", "level_high", "n_practitioners"]
    rows = [
        ("trained before the series", 0.0, np.nan, np.nan, 40),
        ("2025", -2.1, -4.0, -0.2, 12),
        ("2026", -5.0, -9.0, -1.0, 3),
    ]
    return pd.DataFrame(rows, columns=columns)


def generations():
    columns = ["generation", "difference", "conf_low", "conf_high", "n_practitioners"]
    rows = [(1, 0.0, np.nan, np.nan, 40), (2, -2.1, -4.0, -0.2, 12)]
    return pd.DataFrame(rows, columns=columns)


def leavers():
    row = trajectory().iloc[0].to_dict()
    return pd.DataFrame([{**row, "group": "stayed"}, {**row, "group": "left"}])


def boosters():
    frame = pd.DataFrame({"quarters_since": [0.0, 1.0], "difference": [4.2, 3.1]})
    return frame.assign(conf_low=1.0, conf_high=6.0, n_practitioners=40, n_boosters=6)


def all_tables():
    return {
        "sites": SITES,
        "missing_tables": pd.DataFrame({"table": [], "would_add": []}, dtype="str"),
        "fidelity_by_quarter": pd.concat([by_quarter(), by_quarter("S1")]),
        "trajectories": pd.concat([trajectory(), trajectory("S1")]),
        "modelled_course": pd.concat([course(), course("S1")]),
        "practitioner_states": states(),
        "team_trajectories": teams(),
        "drift_kinds": kinds(),
        "spread_between_sites": between(),
        "spread_within": within(),
        "cohorts": cohorts(),
        "generations": generations(),
        "leavers": leavers(),
        "boosters": boosters(),
        "rater_severity": severity(),
        "rater_agreement": agreement(),
        "role_gap": gap(),
        "component_movement": movement(),
        "adaptations_by_component": adaptations(),
        "warnings": warnings(),
        "chart_points": chart_points(),
    }


def every_picture():
    return {
        "course": figures.fidelity_over_time(by_quarter(), trajectory(), course=course()),
        "severity": figures.rater_severity(severity()),
        "gap": figures.role_gap(gap()),
        "spread": figures.spread(between(), within()),
        "movement": figures.component_movement(movement(), smallest_change=1.0),
        "states": figures.practitioner_states(states(), SITES),
        "chart": figures.control_chart(chart_points(), site_id="S1", name="Elm"),
    }


@pytest.fixture(scope="module")
def pictures():
    return every_picture()


# --- all figures ---


def test_pictures_are_small_and_the_same_every_time(pictures):
    again = every_picture()
    for name, picture in pictures.items():
        assert picture.png == again[name].png
        assert len(picture.png) < MOST_BYTES
        assert len(picture.data)


def test_no_causal_word_stands_in_any_caption_or_alternative_text(pictures):
    for picture in pictures.values():
        assert not CAUSAL.search(f"{picture.caption} {picture.alt_text}")


def test_figures_without_rows_say_that_there_are_no_data():
    nothing = pd.DataFrame()
    pictures = [
        figures.rater_severity(nothing),
        figures.role_gap(nothing),
        figures.spread(nothing),
        figures.component_movement(nothing),
        figures.practitioner_states(nothing, SITES),
        figures.control_chart(nothing, site_id="S1"),
    ]
    for picture in pictures:
        assert "No data" in picture.alt_text
        assert picture.data.empty


def test_figures_in_which_everything_is_hidden_say_that_there_are_no_data():
    def hidden(frame):
        return release_table(frame.assign(n_practitioners=2), PRIVACY)

    pictures = [
        figures.rater_severity(hidden(severity())),
        figures.role_gap(hidden(gap())),
        figures.spread(pd.DataFrame(), hidden(within())),
        figures.component_movement(hidden(movement())),
        figures.practitioner_states(release_states(states({"": (1, 1, 0, 0)}), PRIVACY), SITES),
        figures.control_chart(hidden(chart_points()), site_id="S1"),
    ]
    for picture in pictures:
        assert "No data" in picture.alt_text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    sites = SITES.assign(site_name=[name, f"{name} too", name])
    pictures = [
        figures.component_movement(movement((name, "Teaming"))),
        figures.practitioner_states(states(), sites),
        figures.control_chart(chart_points(), site_id="S1", name=name),
    ]
    for picture in pictures:
        assert picture.png.startswith(b"\x89PNG")
        assert not set("\x00‮\n") & set(picture.alt_text)


def test_one_quarter_can_be_drawn():
    for picture in (
        figures.rater_severity(severity().iloc[-1:]),
        figures.role_gap(gap().iloc[-1:]),
        figures.spread(between().iloc[-1:], within().iloc[-1:]),
        figures.control_chart(chart_points().iloc[-1:], site_id="S1"),
        figures.fidelity_over_time(by_quarter().iloc[-1:], course=course().iloc[-1:]),
    ):
        assert "2026Q3" in picture.alt_text


# --- the modelled course ---


def test_the_course_is_drawn_and_told_in_place_of_the_line():
    line = figures.fidelity_over_time(by_quarter(), trajectory())
    drawn = figures.fidelity_over_time(by_quarter(), trajectory(), course=course())
    assert drawn.png != line.png
    assert "from 80% in 2025Q3 to 70% in 2026Q3 (95% band there 67% to 73%)" in drawn.alt_text
    assert "Over the whole series it falls by 2.3 points a quarter" in drawn.alt_text
    assert "with its 95% band" in drawn.caption


@pytest.mark.parametrize("frame", [None, pd.DataFrame(), course("S1"), course(level=np.nan)])
def test_without_a_course_of_the_place_the_line_is_drawn(frame):
    line = figures.fidelity_over_time(by_quarter(), trajectory())
    drawn = figures.fidelity_over_time(by_quarter(), trajectory(), course=frame)
    assert drawn.png == line.png
    assert drawn.alt_text == line.alt_text


@pytest.mark.parametrize(("at", "offset"), [(0.5, 0.0), (1.0, 0.5)])
def test_a_level_stands_at_the_middle_or_the_end_of_its_quarter(at, offset):
    wobble = np.array([0.01, -0.02, 0.0, 0.02, -0.01])
    rows = course(quarters=np.arange(5) + at + wobble)
    found = figures_bands.on_axis(rows) - figures_style.quarter_positions(rows["quarter"])
    np.testing.assert_allclose(found, offset + wobble, atol=1e-9)


# --- raters and spread ---


def test_severity_is_told_for_each_role_and_anchor():
    both = pd.concat([severity(), severity("supervisor"), severity("supervisor", "independent")])
    words = figures.rater_severity(both).alt_text
    told = "from +0.2 points in 2025Q3 to +4.0 points in 2026Q3 (95% interval +2.5 to +5.5)"
    assert f"Independent raters beside master codes: {told}; 60 sessions." in words
    assert "Supervisors beside master codes" in words
    assert "Supervisors beside independent codes" in words


def test_severity_without_an_anchor_named_is_beside_a_master():
    bare = severity().drop(columns="anchor_role")
    assert figures.rater_severity(bare).alt_text == figures.rater_severity(severity()).alt_text
    assert tables.rater_severity_table(bare).frame["Set beside"].eq("master").all()


def test_a_hidden_quarter_of_severity_is_a_gap():
    few = severity(n_practitioners=[9, 9, 3, 9, 9])
    picture = figures.rater_severity(release_table(few, PRIVACY))
    assert "1 point is not shown" in picture.alt_text
    assert picture.data["Difference, points"].tolist()[2] == "[c]"


def test_spread_names_both_panels_or_the_one_there_is():
    words = figures.spread(between(), within()).alt_text
    assert "Between sites: from 3.0 points in 2025Q3 to 6.2 points in 2026Q3" in words
    assert "Within practitioners: from 8.0 points in 2025Q3 to 4.0 points" in words
    alone = figures.spread(between())
    assert "Within practitioners" not in alone.alt_text + alone.caption
    assert set(alone.data["Where"]) == {"Between sites"}


def test_agreement_is_of_scores_unless_all_measures_are_asked_for():
    assert tables.rater_agreement_table(agreement()).rows == [
        ("Independent and master", "total score", "0.81", "0.70 to 0.90", "40", "6", "22")
    ]
    assert len(tables.rater_agreement_table(agreement(), measure="").rows) == 2


# --- components ---


def test_components_stand_in_the_instruments_order_and_the_core_is_named():
    picture = figures.component_movement(movement(), smallest_change=1.0)
    assert picture.data["Component"].tolist() == ["Preparation", "Engagement"]
    first = picture.data.iloc[0]
    assert first["Core"] == "core"
    assert first["Beside the whole"] == "−0.6 (−0.9 to −0.3)"
    assert first["Departure"] == "−6.5 (−9.0 to −4.0)"
    assert first["Order"] == "goes first"
    assert picture.data.iloc[1]["Order"] == "–"
    assert (
        "Preparation (core): −0.6 (−0.9 to −0.3) beside the whole, −0.8 (−1.4 to −0.2) by itself, "
        "goes first."
    ) in picture.alt_text
    assert figures.component_movement(movement()).png != picture.png


def test_the_core_has_a_mark_of_its_own():
    none = figures.component_movement(movement(core=False))
    assert none.png != figures.component_movement(movement()).png


def test_a_component_that_stands_alone_has_no_slope_beside_the_whole():
    nothing = dict.fromkeys(("slope", "slope_low", "slope_high"), np.nan)
    picture = figures.component_movement(movement(("Preparation",), **nothing))
    assert "not estimable beside the whole, −0.8" in picture.alt_text
    assert picture.data["Beside the whole"].tolist() == ["not estimable"]


def test_adaptations_about_few_people_are_hidden():
    table = tables.adaptations_table(release_table(adaptations(), PRIVACY))
    assert table.frame["Component"].tolist() == ["Engagement", "Reflection"]
    assert table.frame["Adaptations"].tolist() == ["21", "[c]"]


# --- people ---


def test_states_stand_by_name_with_the_network_last_and_all_counts():
    frame = figures.practitioner_states(states(), SITES).data
    assert frame["Site"].tolist() == ["ash", "Elm", "Oak", "The network"]
    assert frame.iloc[-1].tolist() == ["The network", "4", "7", "3", "6", "20"]
    words = figures.practitioner_states(states(), SITES).alt_text
    assert "The network, 20 practitioners: 4 drifting, 7 holding, 3 strengthening and 6" in words


def test_a_state_that_cant_be_said_has_a_column_only_where_someone_is_in_it():
    assert "Not estimable" not in figures.practitioner_states(states(), SITES).data.columns
    some = states()
    some.loc[some["state"] == terms.NOT_ESTIMABLE, "practitioners"] = 1
    frame = tables.practitioner_states_table(some, SITES).frame
    assert frame["Not estimable"].tolist() == ["1"] * 4


def test_one_hidden_site_hides_the_next_smallest_with_it():
    counts = {"": (5, 5, 5, 5), "S1": (1, 1, 1, 1), "S2": (3, 3, 3, 2), "S10": (1, 1, 1, 2)}
    released = release_states(states(counts), PRIVACY)
    hidden = released[released["suppressed"]]
    assert set(hidden["site_id"]) == {"S1", "S10"}
    assert hidden[["practitioners", "n_practitioners"]].isna().all().all()
    picture = figures.practitioner_states(released, SITES)
    assert picture.data.set_index("Site").loc[["Elm", "Oak"]].eq("[c]").all().all()
    assert "Elm: not shown, too few people." in picture.alt_text


def test_two_hidden_sites_hide_a_third_only_where_they_leave_too_little():
    # 4 and 3 of 1 to 4 each: their sum of 7 leaves 3 or 4, and 2 and 3 leave 1 to 4.
    counts = {"": (5, 5, 5, 5), "S1": (1, 1, 1, 1), "S2": (4, 3, 3, 3), "S10": (1, 1, 1, 0)}
    released = release_states(states(counts), PRIVACY)
    assert set(released.loc[released["suppressed"], "site_id"]) == {"S1", "S2", "S10"}
    counts |= {"S1": (1, 1, 0, 0)}
    released = release_states(states(counts), PRIVACY)
    assert set(released.loc[released["suppressed"], "site_id"]) == {"S1", "S10"}


def test_a_small_team_is_left_out_whole():
    table = tables.teams_table(release_table(teams(), PRIVACY), "S1")
    assert table.frame["Team"].tolist() == ["Team 1", "Team 3"]  # of T2, T3 and T10
    assert "1 team is too small to be shown." in table.note
    assert not re.search(r"\bT\d", repr(table))


def test_the_group_that_others_are_set_beside_is_zero_without_interval():
    frame = tables.cohorts_table(release_table(cohorts(), PRIVACY)).frame
    assert frame["Trained"].tolist() == ["before the series", "2025", "2026"]
    assert frame["Points beside the first"].tolist() == ["0.0", "−2.1", "[c]"]
    assert frame["95% interval"].tolist() == ["–", "−4.0 to −0.2", "[c]"]
    frame = tables.generations_table(generations()).frame
    assert frame.iloc[1].tolist() == ["2", "−2.1", "−4.0 to −0.2", "12"]


def test_leavers_and_boosters_are_told_with_interval_and_n():
    frame = tables.leavers_table(leavers()).frame
    assert frame.iloc[1].tolist() == ["left", "71% (67% to 75%)", "−2.3", "−3.1 to −1.5", "9"]
    frame = tables.boosters_table(boosters()).frame
    assert frame.iloc[0].tolist() == ["0", "+4.2", "+1.0 to +6.0", "6", "40"]


# --- kinds of drift ---


def test_each_kind_has_a_verdict_in_words_with_its_reason():
    frame = tables.drift_kinds_table(release_kinds(kinds(), PRIVACY)).frame
    assert frame["Kind of drift"].str.startswith("Rater drift: ").iloc[0]
    assert frame["Verdict"].tolist() == [
        "These data can’t tell: no session was also scored by a master rater.",
        "Looked for; does not stand out from chance",
        "Seen",
        "[c]",
    ]
    assert frame["Size"].tolist() == ["–", "−0.2 points a quarter", "−0.6 points a quarter", "[c]"]
    assert frame["Based on"].tolist()[1:] == ["400 observations of 50 practitioners"] * 2 + ["[c]"]


def test_a_kind_about_few_people_loses_number_and_words():
    released = release_kinds(kinds(), PRIVACY)
    assert released["suppressed"].tolist() == [False, False, False, True]
    text = repr(tables.drift_kinds_table(released))
    assert "9.9" not in text
    assert "only 3" not in text


def test_every_kind_that_can_be_looked_for_is_put_in_words():
    frame = pd.DataFrame([kind(name, "not tested") for name in terms.MECHANISMS])
    told = tables.drift_kinds_table(frame).frame["Kind of drift"]
    assert told.str.contains(": ").all()
    assert told.nunique() == len(terms.MECHANISMS)
    assert not any(CAUSAL.search(text) for text in told)


# --- early warning ---


def test_a_point_past_a_limit_of_either_chart_is_a_signal():
    data = figures.control_chart(chart_points(), site_id="S1").data
    assert data["Signal"].tolist() == ["–", "–"] + ["below its course"] * 3
    only_cusum = chart_points(ewma=[0.0] * 5)
    data = figures.control_chart(only_cusum, site_id="S1").data
    assert data["Signal"].tolist() == ["–"] * 4 + ["below its course"]
    rising = chart_points(ewma=[0.1, 0.2, 0.3, 0.7, 0.9], cusum=[0] * 5)
    words = figures.control_chart(rising, site_id="S1").alt_text
    assert "Signal, above its course: 2026Q3." in words


def test_a_chart_tells_what_was_seen_and_expected_and_its_limits():
    quiet = chart_points(ewma=[0.1] * 5, cusum=[0] * 5)
    words = figures.control_chart(quiet, site_id="S1", name="Elm").alt_text
    assert "In 2026Q3 fidelity was 70%, and 77% was expected (20 observations of 9" in words
    assert "stood at +0.10, with limits at 0.80 to either side" in words
    assert "No quarter gives a signal." in words


def test_a_chart_without_the_range_of_what_was_expected_can_be_drawn():
    bare = chart_points().drop(columns=["expected_low", "expected_high"])
    picture = figures.control_chart(bare, site_id="S1")
    whole = figures.control_chart(chart_points(), site_id="S1")
    assert picture.png != whole.png
    assert picture.alt_text == whole.alt_text


def test_signals_differ_in_shape():
    assert len({marker for marker, _ in MARKS.values()}) == len(MARKS)


def test_sites_with_a_warning_stand_by_name_and_small_ones_are_counted_only():
    table = tables.warnings_table(release_table(warnings(), PRIVACY), SITES)
    assert table.rows == [("Elm", "below its course", "2026Q1", "EWMA and CUSUM", "4", "9")]
    assert "Watched and without a signal: 1 site." in table.note
    assert "Not shown, as too few people practise there: 1." in table.note
    assert "Oak" not in repr(table)


def test_practitioners_warnings_are_never_shown():
    of_people = warnings().assign(scope="practitioner", practitioner_id="P1", n_practitioners=9)
    assert tables.warnings_table(of_people, SITES).rows == []
    one = chart_points(scope="practitioner", practitioner_id="P1")
    assert "No data" in figures.control_chart(one, site_id="S1").alt_text


# --- tables without rows ---


@pytest.mark.parametrize(
    "make",
    [
        tables.adaptations_table,
        tables.boosters_table,
        tables.cohorts_table,
        tables.component_movement_table,
        tables.drift_kinds_table,
        tables.generations_table,
        tables.leavers_table,
        tables.rater_agreement_table,
        tables.rater_severity_table,
        tables.role_gap_table,
        lambda frame: tables.spread_table(frame, frame),
        lambda frame: tables.practitioner_states_table(frame, SITES),
        lambda frame: tables.teams_table(frame, "S1"),
        lambda frame: tables.warnings_table(frame, SITES),
        lambda frame: tables.chart_table(frame, "S1"),
    ],
)
def test_a_table_that_was_not_made_is_printed_without_rows(make):
    table = make(pd.DataFrame())
    assert len(table.frame) == 0
    assert len(table.frame.columns) > 1


# --- sections ---


def evidence(tmp_path: Path, site_id: str = "", **changed: pd.DataFrame) -> Evidence:
    settings = Settings(network="Net", privacy=PRIVACY)
    results = Results(tmp_path / "run", Study(tmp_path, settings))
    results.start({"quarter": "2026Q3"})
    found = {**all_tables(), **changed}
    results.write_tables({name: frame for name, frame in found.items() if frame.shape[1]})
    charts = {"unit": "points", "n": 20, "n_practitioners": 20}
    told = "By chance alone about 0.6 would have one."
    results.write_findings(
        "02", [Finding("warning.sites", "Which sites?", told, estimate=1.0, **charts)]
    )
    return released_evidence(results, site_id)


@pytest.fixture(scope="module")
def of_network(tmp_path_factory):
    """Sections of the network's page."""
    return report_sections(evidence(tmp_path_factory.mktemp("network")))


def test_the_networks_sections_stand_in_the_fixed_order(of_network):
    sections = of_network
    assert [section.title for section in sections] == [
        "Is practice strengthening or drifting?",
        "Do sites that name the same model practise it alike?",
        "What kind of drift is it?",
        "Do the raters still score alike?",
        "Which part of practice goes first?",
        "Does everyone drift alike?",
        "Is there an early warning?",
        "Was last quarter's number stable?",
        "How long does practice stay above the cut-off?",
        "What are we reinforcing?",
        "For how long does support hold?",
        "Which pressures go with practice that moves away?",
        "Which model is rewarded?",
        "Is what is seen acted on?",
        "Does the plan hold after the meeting?",
        "Whose plan is it?",
        "Who carries it?",
        "What goes with fidelity?",
        "Which drivers are in place?",
        "Who says so?",
        "What to work on first",
        "Is the organisation built to hold? The drivers before the first day",
        "Is the organisation built to hold? The chain of teams",
        "Is the organisation built to hold? What practice raises",
    ]
    assert [len(section.pictures) for section in sections] == [2, 1, 0, 2, 1, 1, 0, *[0] * 17]
    captions = [table.caption for section in sections for table in section.tables]
    assert "Kinds of drift that were looked for" in captions
    assert "Practice after a booster" in captions
    assert "Sites that have left their own course" in captions
    assert "Direction of each team" not in captions


def test_the_warnings_are_told_with_what_chance_alone_would_give(of_network):
    (section,) = [each for each in of_network if "early warning" in each.title]
    assert "By chance alone about 0.6 would have one." in section.lead


def test_a_sites_sections_hold_its_teams_and_its_chart_and_no_other_place(tmp_path):
    sections = report_sections(evidence(tmp_path, "S1"))
    assert [section.title for section in sections] == [
        "Is practice strengthening or drifting?",
        "Is there an early warning?",
        "Was last quarter's number stable?",
        "How long does practice stay above the cut-off?",
        "What are we reinforcing?",
        "Is what is seen acted on?",
        "Does the plan hold after the meeting?",
        "Whose plan is it?",
        "Who carries it?",
        "Which drivers are in place?",
        "Who says so?",
        "What to work on first",
        "Is the organisation built to hold? The drivers before the first day",
        "Is the organisation built to hold? The chain of teams",
    ]
    practice, warning, *_ = sections
    (team,) = [each for each in practice.tables if "team" in each.caption]
    assert team.frame["Team"].tolist() == ["Team 1", "Team 3"]
    assert warning.pictures[0].alt_text.startswith("Elm: early warning")
    everything = " ".join(
        repr(part) for each in sections for part in (*each.pictures, *each.tables)
    )
    assert not re.search(r"\b(ash|Oak|T9|T3)\b", everything)


def test_a_site_without_a_team_that_may_be_shown_says_so(tmp_path):
    (practice, *_) = report_sections(evidence(tmp_path, "S1", team_trajectories=pd.DataFrame()))
    assert "No team of this site has enough people" in practice.lead
    few = teams().assign(n_practitioners=4)
    (practice, *_) = report_sections(evidence(tmp_path, "S1", team_trajectories=few))
    assert "No team of this site has enough people" in practice.lead
    assert len(practice.tables) == 1


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_sections_of_a_run_without_any_table_of_drift_say_what_is_missing(tmp_path, site_id):
    bare = ("sites", "missing_tables", "fidelity_by_quarter")
    nothing = {name: pd.DataFrame() for name in all_tables() if name not in bare}
    sections = report_sections(evidence(tmp_path, site_id, **nothing))
    for section in sections[1:]:
        assert not section.pictures
        assert not section.tables
        assert re.search(r"could not|can’t|can't|too few|No |not |no chart|Nothing ", section.lead)


def test_checks_that_are_fine_do_not_hide_the_sites_directions(tmp_path):
    fine = pd.DataFrame({"check": ["optimum"], "verdict": ["fine"], "detail": ["It is one."]})
    _, section, *_ = report_sections(evidence(tmp_path, growth_checks=fine))
    assert "No direction of a single site" not in section.lead
    assert len(section.pictures) == 1


def test_what_is_hidden_stays_hidden_in_every_section(of_network):
    everything = " ".join(
        f"{section.lead} {part!r}"
        for section in of_network
        for part in (*section.pictures, *section.tables)
    )
    for secret in ("9.9", "only 3 people", "T2", "P1"):
        assert secret not in everything
    assert not CAUSAL.search(everything)


def test_evidence_holds_no_practitioner(tmp_path):
    people = pd.concat([warnings(), warnings().assign(scope="practitioner", practitioner_id="P1")])
    found = evidence(tmp_path, warnings=people)
    assert set(found.warnings["scope"]) == {"site"}
    assert found.warnings.loc[found.warnings["suppressed"], "direction"].isna().all()
