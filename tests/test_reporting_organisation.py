"""Figures, tables and sections of drivers, teams and loops: every number told, nobody named."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.reporting import disclosure_organisation as release
from workbench.reporting import figures, tables
from workbench.reporting.disclosure import release_table
from workbench.reporting.figures_chain import MARKS as CHAIN_MARKS
from workbench.reporting.figures_gate import MARKS as GATE_MARKS
from workbench.reporting.figures_roles import LOOKS as ROLE_MARKS
from workbench.reporting.sections import (
    Evidence,
    drivers_section,
    gate_section,
    loops_section,
    priorities_section,
    released_evidence,
    report_sections,
    teams_section,
    who_section,
)
from workbench.reporting.tables_chain import chain_rows
from workbench.reporting.tables_loops import FEWEST_AT_RISK, loop_curve, loop_points
from workbench.reporting.tables_words import NOT_ASSESSED, WITHHELD
from workbench.results import Results
from workbench.settings import Privacy, Settings, Study

MOST_BYTES = 120_000
FEWEST = 5
PRIVACY = Privacy(fewest_practitioners=FEWEST)
SITES = pd.DataFrame(
    {
        "site_id": ["S1", "S2", "S10"],
        "site_name": ["Elm", "ash", "Oak"],
        "slug": ["site-1", "site-2", "site-3"],
    }
)
CAUSAL = re.compile(r"\b(cause[sd]?|causing|impact|led to|leads to|due to|best|worst|results in)\b")
HOSTILE = ["<img src=x>", "Cost $x^$", "name\nwith\x00 and ‮reversed", "long " * 60, "", "%s {0}"]
DRIVERS = {"coaching": "Coaching", "training": "Training", "leadership": "Leadership"}
IN, PARTLY, NOT = terms.IN_PLACE, terms.PARTLY_IN_PLACE, terms.NOT_IN_PLACE


# --- evidence that nobody computed ---


def gate(people=9):
    status = {"S1": (PARTLY, IN, NOT), "S2": (NOT_ASSESSED,) * 3, "S10": (IN, IN, PARTLY)}
    rows = [
        {
            "site_id": site,
            "delivery_began": pd.NaT if site == "S10" else pd.Timestamp(2024, 8, 14),
            "driver": name,
            "title": title,
            "status_before": state,
            "assessed_on": pd.Timestamp(2024, 7, 26),
            "missing": "" if state == IN else "First is lacking. Second too. Third. Fourth also.",
            "n_respondents": 0 if state == NOT_ASSESSED else people,
            "score_before": np.nan if state == NOT_ASSESSED else 50.0,
            "site_name": site,
        }
        for site, states in status.items()
        for (name, title), state in zip(DRIVERS.items(), states, strict=True)
    ]
    return pd.DataFrame(rows)


def stages():
    since = pd.Timestamp(2024, 1, 1)
    columns = ["site_id", "stage", "stage_since", "months_in_stage", "expected_months", "reason"]
    rows = [
        ("S1", "initial implementation", since, 33.0, "12 to 24", ""),
        ("S2", "full implementation", since, 33.0, "12 or more", ""),
        ("S10", "installation", pd.NaT, np.nan, "6 to 12", "the day is not recorded."),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(stalled=pd.array([True, False, None], dtype="boolean"))


def level(site, name, status="holds", cause="", present=True, linked=True, reason="", team=None):
    team = f"{name[0].upper()}{site}" if team is None else team
    return {"site_id": site, "n_practitioners": 9, "level": name, "team_id": team, "n_teams": 1,
            "present": present, "linked_up": linked, "working": status == "holds",
            "status": status, "cause": cause, "chain": "whole", "broken_at": "",
            "reason": reason}  # fmt: skip


def chain():
    closed = {"present": False, "linked": None, "team": "", "reason": "team X was closed"}
    came = "team PS10 had 33% of its members come"
    rows = [
        level("S1", "practice"),
        level("S1", "site"),
        level("S1", "network", linked=None, team="N"),
        level("S2", "practice", linked=False),
        level("S2", "site", "breaks", "absent", **closed),
        level("S2", "network", linked=None, team="N"),
        level("S10", "practice", "breaks", "few come", reason=came),
        level("S10", "site", "in part"),
        level("S10", "network", linked=None, team="N"),
    ]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(("present", "linked_up", "working"), "boolean"))
    broken = frame["site_id"] != "S1"
    frame.loc[broken, "chain"] = "broken"
    frame.loc[frame["site_id"] == "S2", "broken_at"] = "site"
    frame.loc[frame["site_id"] == "S10", "broken_at"] = "practice"
    return frame


def posts(members=8):
    teams = {"PS1": "practice", "SS1": "site", "PS10": "practice", "SS10": "site", "N": "network"}
    frame = pd.DataFrame({"team_id": list(teams), "level": list(teams.values())})
    return frame.assign(
        site_id="S1", members=members, protected_hours=16.0, hours_a_member=2.0, champions=1,
        has_support_practitioner=pd.array([True, False, None, True, False], dtype="boolean"),
    )  # fmt: skip


def meetings(members=8):
    rows = [
        {
            "team_id": team, "level": level, "site_id": "S1", "quarter": quarter,
            "meetings": held, "meetings_agreed": 1, "met_as_agreed": held > 0,
            "attended": 6 * held, "seats": 8 * held, "attendance": 0.75 if held else np.nan,
            "conf_low": 0.5 if held else np.nan, "conf_high": 0.9 if held else np.nan,
            "n_members": members,
        }
        for team, level in (("PS1", "practice"), ("SS1", "site"), ("N", "network"))
        for quarter, held in (("2026Q1", 2), ("2026Q2", 0), ("2026Q3", 1))
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"met_as_agreed": "boolean"})


def loops_row(scope, level="", topic="", raised=40, **changes):
    row = {
        "scope": scope, "level": level, "topic": topic, "raised": raised, "decided": 30,
        "answered": 20, "open": 20, "waiting_for_decision": 10, "waiting_for_answer": 10,
        "oldest_open_days": 400.0, "median_days_to_decision": 32.0, "median_low": 22.0,
        "median_high": 41.0, "median_days_to_answer": 70.0, "median_answer_low": 56.0,
        "median_answer_high": np.nan, "share_answered_90": 0.57, "share_low": 0.5,
        "share_high": 0.64, "reason": "",
    }  # fmt: skip
    return {**row, **changes}


def loops():
    return pd.DataFrame(
        [
            loops_row("network"),
            loops_row("raised_to", "site"),
            loops_row("topic", topic="workload"),
            loops_row("topic", topic="what Ann said", raised=3),
        ]
    )


def curve(days=(0, 20, 45, 80, 100, 120), at_risk=(40, 38, 25, 12, 5, 4)):
    shares = np.linspace(0.0, 0.8, len(days))
    steps = {"days": np.array(days, dtype=float), "share": shares, "at_risk": at_risk}
    frame = pd.DataFrame(steps).assign(scope="network", level="")
    frame = frame.assign(conf_low=frame["share"] - 0.1, conf_high=frame["share"] + 0.1)
    later = frame.assign(share=frame["share"] / 2, event="answered")
    return pd.concat([frame.assign(event="decided"), later], ignore_index=True)


def policy(of=30):
    kinds = ["policy", "resources", "policy or resources", "no", "other", "not noted"]
    frame = pd.DataFrame({"kind": kinds, "decisions": [6, 6, 12, 3, 15, 0]})
    return frame.assign(level="", of=of, share=0.2, conf_low=0.1, conf_high=0.3)


PEOPLE = {"practitioner": 9, "supervisor": 6, "manager": 5, "leader": 5}


def role_scores(**at_site):
    """Scores by role of the network, and of S1 with chosen numbers of respondents."""
    rows = [
        {
            "site_id": site, "name": name, "title": title, "role": role,
            "score": 60.0 + 5 * place, "conf_low": 50.0 + 5 * place, "conf_high": 70.0 + 5 * place,
            "n_respondents": count,
        }
        for site, counts in {"": PEOPLE, "S1": {**PEOPLE, **at_site}}.items()
        for name, title in DRIVERS.items()
        for place, (role, count) in enumerate(counts.items())
    ]  # fmt: skip
    return pd.DataFrame(rows)


def role_gap(n_respondents=14):
    pairs = [("practitioner", "supervisor"), ("practitioner", "leader"), ("manager", "leader")]
    rows = [
        {
            "site_id": site, "name": name, "title": title, "role_a": one, "role_b": other,
            "difference": 15.0, "conf_low": 6.0, "conf_high": 24.0,
            "n_respondents": n_respondents, "n_sites": 3,
            "sure": name == "training" and other == "leader",
        }
        for site in ("", "S1")
        for name, title in DRIVERS.items()
        for one, other in pairs
    ]  # fmt: skip
    return pd.DataFrame(rows)


def driver_scores(people=25, score=70.0, status=PARTLY):
    rows = [
        {
            "scope": scope, "site_id": site, "assessed_quarter": "2026Q3", "level": "driver",
            "name": name, "title": title, "driver": name, "score": score, "conf_low": score - 5,
            "conf_high": score + 5, "share_in_place": 0.4, "share_not_in_place": 0.1,
            "n_respondents": people, "status": status, "previous_score": 65.0, "change": 5.0,
            "lowest": 40.0, "highest": 95.0, "reason": "",
        }
        for scope, site in (("network", ""), ("site", "S1"), ("site", "S2"))
        for name, title in DRIVERS.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def agreement(people=9):
    values = {"S1": (0.81, True, ""), "S2": (0.52, False, "they don't agree enough: 0.52.")}
    rows = [
        {
            "site_id": site, "level": "driver", "name": name, "title": title, "rwg": rwg,
            "ad": 17.0, "icc1": 0.32, "icc2": 0.78, "n_respondents": people, "enough": enough,
            "reason": reason,
        }
        for site, (rwg, enough, reason) in values.items()
        for name, title in DRIVERS.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def consistency():
    frame = pd.DataFrame({"name": list(DRIVERS), "title": list(DRIVERS.values())})
    return frame.assign(
        alpha=0.76, alpha_low=0.67, alpha_high=0.84, omega=[0.77, np.nan, 0.71], n_items=5,
        n_respondents=90, reason=["", "one factor does not fit.", ""],
    )  # fmt: skip


def participation():
    columns = ["site_id", "eligible", "answered", "share", "conf_low", "conf_high", "enough"]
    rows = [
        ("S1", 10, 9, 0.9, 0.6, 0.98, True),
        ("S2", 12, 3, 0.25, 0.09, 0.53, False),
        ("S10", 3, 1, 1 / 3, 0.06, 0.79, False),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(reason=["", "3 of 12 answered.", "1 of 3 answered."])


def ties():
    rows = [
        {
            "name": name, "title": title, "within": within, "within_low": within - 0.9,
            "within_high": within + 0.9, "between": -0.4, "between_low": -3.0, "between_high": 2.0,
            "p_value": 0.001 if within else 0.7, "p_adjusted": 0.003, "tied": within > 1,
            "n_assessments": 60, "n_observations": 900, "n_sites": 12, "n_practitioners": 150,
            "model": "", "reason": "",
        }
        for (name, title), within in zip(DRIVERS.items(), (1.2, 0.3, 0.1), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def card(site, order, name, status="new", **changes):
    row = {
        "site_id": site, "order": order, "name": name, "title": DRIVERS[name],
        "best_practice": f"{name}_one", "wording": f"The {name} is regular.", "score": 55.0,
        "tie": "no tie could be shown in these data", "improvable": 45.0,
        "action": "Plan two sessions.", "owner_role": "supervisor", "due": "2026Q4",
        "status": status, "conf_low": 45.0, "conf_high": 65.0, "tied": False,
        "assessed_quarter": "2026Q3", "set_in": "2026Q3", "expect": "10 points higher.",
        "score_now": 55.0, "change": np.nan, "change_low": np.nan, "change_high": np.nan, "why": "",
    }  # fmt: skip
    return {**row, **changes}


def priorities():
    moved = {"set_in": "2026Q2", "why": "the driver moved by +2 points."}
    tie = "goes with fidelity, +1.2 (95% interval +0.3 to +2.1)"
    rows = [
        card("S1", 0, "leadership", "done", set_in="2026Q2", why="the driver is in place now."),
        card("S1", 2, "training", "carried over", **moved),
        card("S1", 1, "coaching", tie=tie, tied=True),
        card("S2", 1, "coaching"),
        card("S10", 1, "training", wording="A hidden thing.", score=9.9),
    ]
    return pd.DataFrame(rows)


def all_tables():
    trajectory = {"scope": "network", "site_id": "", "slope": -2.0, "slope_low": -3.0,
                  "slope_high": -1.0, "level": 70.0, "level_low": 66.0, "level_high": 74.0,
                  "state": terms.DRIFTING, "n_observations": 160, "n_practitioners": 9,
                  "n_quarters": 5}  # fmt: skip
    return {
        "sites": SITES,
        "missing_tables": pd.DataFrame({"table": [], "would_add": []}, dtype="str"),
        "trajectories": pd.DataFrame([trajectory]),
        "driver_scores": driver_scores(),
        "drivers_gate": gate(),
        "stages": stages(),
        "team_chain": chain(),
        "team_posts": posts(),
        "team_meetings_by_quarter": meetings(),
        "loops_summary": loops(),
        "loops_curve": curve(),
        "loops_policy": policy(),
        "driver_scores_by_role": role_scores(),
        "driver_role_gap": role_gap(),
        "driver_agreement": agreement(),
        "driver_consistency": consistency(),
        "participation": participation(),
        "driver_ties": ties(),
        "priorities": priorities(),
    }


def evidence(tmp_path: Path, site_id: str = "", **changed: pd.DataFrame) -> Evidence:
    settings = Settings(network="Net", privacy=PRIVACY)
    results = Results(tmp_path / "run", Study(tmp_path, settings))
    results.start({"quarter": "2026Q3"})
    found = {**all_tables(), **changed}
    results.write_tables({name: frame for name, frame in found.items() if frame.shape[1]})
    return released_evidence(results, site_id)


def released_roles(scores=None, totals=None):
    by_role = role_scores() if scores is None else scores
    return release.release_role_scores(
        by_role, driver_scores() if totals is None else totals, PRIVACY
    )


def every_picture():
    teams = tables.teams_above(chain(), "S1")
    return {
        "gate": figures.drivers_gate(gate(), SITES),
        "chain": figures.team_chain(chain(), SITES),
        "site chain": figures.site_chain(chain(), site_id="S10", name="Oak"),
        "meetings": figures.team_meetings(meetings(), teams, name="Elm"),
        "loops": figures.loop_flow(loops(), curve()),
        "roles": figures.driver_roles(released_roles()),
        "site roles": figures.driver_roles(released_roles(), site_id="S1", name="Elm"),
        "ties": figures.driver_ties(ties()),
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
    for picture in (
        figures.drivers_gate(nothing, SITES),
        figures.team_chain(nothing, SITES),
        figures.site_chain(nothing, site_id="S1"),
        figures.team_meetings(nothing, []),
        figures.loop_flow(nothing, nothing),
        figures.driver_roles(nothing),
        figures.driver_ties(nothing),
    ):
        assert "No data" in picture.alt_text
        assert picture.data.empty


def test_figures_in_which_everything_is_hidden_say_that_there_are_no_data():
    few = release.release_loops(loops().assign(raised=2), curve(), policy(), PRIVACY)
    for picture in (
        figures.drivers_gate(release.release_gate(gate(people=2), PRIVACY).query("site_id != 'S2'"),
                             SITES),
        figures.team_meetings(release.release_meetings(meetings(3), PRIVACY), ["PS1"]),
        figures.loop_flow(*few[:2]),
        figures.driver_roles(release_table(role_scores().assign(n_respondents=2), PRIVACY,
                                           "n_respondents")),
        figures.driver_ties(release.release_where_few(ties().assign(n_practitioners=3), PRIVACY,
                                                      "n_practitioners")),
    ):  # fmt: skip
        assert "No data" in picture.alt_text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    sites = SITES.assign(site_name=[name, f"{name} too", name])
    for picture in (
        figures.drivers_gate(gate(), sites),
        figures.team_chain(chain(), sites),
        figures.site_chain(chain(), site_id="S1", name=name),
        figures.team_meetings(meetings(), ["PS1"], name=name),
        figures.driver_roles(released_roles(), site_id="S1", name=name),
    ):
        assert picture.png.startswith(b"\x89PNG")
        assert not set("\x00‮\n") & set(picture.alt_text)


@pytest.mark.parametrize("marks", [GATE_MARKS, CHAIN_MARKS, ROLE_MARKS])
def test_no_mark_is_told_by_colour_alone(marks):
    shapes = [(marker, fill == "#FFFFFF") for marker, _, fill in marks.values()]
    assert len(set(shapes)) == len(shapes)


# --- the gate and the stages ---


def test_the_gate_names_sites_in_order_with_status_in_words_and_shape():
    table = tables.gate_table(gate(), SITES).frame
    assert table["Site"].tolist() == ["ash", "Elm", "Oak"]
    assert table["Delivery began"].tolist() == ["14 Aug 2024", "14 Aug 2024", "–"]
    columns = ["Training", "Coaching", "Leadership"]
    assert table.columns.tolist()[2:] == columns
    assert table[columns].loc[1].tolist() == ["● in place", "◆ partly in place", "▼ not in place"]
    assert (table[columns].loc[0] == "○ not assessed before").all()


def test_the_gates_words_tell_what_is_drawn():
    words = figures.drivers_gate(gate(), SITES).alt_text
    assert "ash: not assessed before." in words
    assert "Elm: in place: training; 1 partly in place; not in place: leadership." in words


def test_answers_of_few_are_hidden_and_not_being_assessed_is_said():
    released = release.release_gate(gate(people=4), PRIVACY)
    table = tables.gate_table(released, SITES).frame
    assert (table.loc[1, ["Training", "Coaching"]] == "[c]").all()
    assert table.loc[0, "Training"] == "○ not assessed before"
    own = tables.site_gate_table(released, "S1").frame
    assert (own["Not yet in place"] == "[c]").all()
    assert "First is lacking" not in repr(own)


def test_a_site_reads_what_was_missing_the_lowest_three():
    table = tables.site_gate_table(gate(), "S1")
    lacking = dict(zip(table.frame["Driver"], table.frame["Not yet in place"], strict=True))
    assert lacking["Training"] == "–"
    assert lacking["Coaching"] == "First is lacking. Second too. Third. …"
    assert "Delivery began on 14 August 2024. Assessed on 26 July 2024." in table.note


def test_stages_say_who_stays_long_and_where_it_is_not_known():
    table = tables.stages_table(stages(), SITES).frame
    stalled = dict(zip(table["Site"], table["Longer than expected"], strict=True))
    assert stalled == {"ash": "no", "Elm": "yes", "Oak": "can’t be said: the day is not recorded."}


# --- teams ---


@pytest.mark.parametrize(
    ("status", "cause", "present", "mark"),
    [
        ("holds", "", True, "works"),
        ("in part", "few come", True, "some of its teams work"),
        ("breaks", "few come", True, "there, but not working"),
        ("breaks", "seldom meets", True, "there, but not working"),
        ("breaks", "not linked", True, "not linked to the level above"),
        ("breaks", "absent", False, "no team"),
        ("not told", "", None, "can’t be told"),
    ],
)
def test_each_state_of_a_level_has_its_mark(status, cause, present, mark):
    row = level("S1", "site", status, cause, present)
    assert chain_rows(pd.DataFrame([row]))["mark"].item() == mark


def test_the_chain_names_sites_in_order_and_where_it_breaks():
    table = tables.chain_table(chain(), SITES).frame
    assert table["Site"].tolist() == ["ash", "Elm", "Oak"]
    assert table["Chain"].tolist() == ["breaks at site level", "whole", "breaks at practice level"]
    assert table["Site team"].tolist() == ["✕ no team", "● works", "◆ some of its teams work"]
    assert "Region team" not in table.columns
    words = figures.team_chain(chain(), SITES).alt_text
    assert "ash, breaks at site level: site no team." in words
    assert "Whole, with a working team at every level: Elm." in words


def test_a_sites_chain_tells_who_stands_below_and_what_stands_in_the_way():
    picture = figures.site_chain(chain(), site_id="S10", name="Oak")
    assert "Practice (PS10): there, but not working." in picture.alt_text
    assert "Team PS10 had 33% of its members come." in picture.alt_text
    assert "Below it: 9 practitioners." in picture.alt_text
    assert picture.data["Level"].tolist() == ["Network", "Site", "Practice"]


@pytest.mark.parametrize("members", [4, np.nan])
def test_of_a_small_team_only_the_kind_of_cause_is_told(members):
    released = release.release_chain(chain(), posts(members), PRIVACY)
    words = figures.site_chain(released, site_id="S10", name="Oak").alt_text
    assert "33%" not in words
    assert "Few come." in words


def test_few_practitioners_below_a_chain_are_not_counted():
    released = release.release_chain(chain().assign(n_practitioners=4), posts(), PRIVACY)
    table = tables.chain_table(released, SITES).frame
    assert (table["Practitioners"] == "[c]").all()
    assert table["Chain"].tolist()[1] == "whole"
    assert "not shown" in figures.site_chain(released, site_id="S1").alt_text


def test_meetings_tell_attendance_and_quarters_that_fell_short():
    words = figures.team_meetings(meetings(), ["PS1", "N"]).alt_text
    assert "PS1 (practice): 1 meeting in 2026Q3, to which 75% (50% to 90%)" in words
    assert words.count("fewer meetings than agreed in 2026Q2") == 2
    assert "SS1" not in words


def test_attendance_of_a_small_team_is_hidden_and_its_meetings_are_not():
    released = release.release_meetings(meetings(4), PRIVACY)
    table = tables.meetings_table(released, ["PS1"]).frame
    assert table["Members who came"].tolist() == ["[c]", "–", "[c]"]
    assert table["Meetings"].tolist() == ["2", "0", "1"]


def test_levels_are_counted_for_the_last_quarter():
    table = tables.levels_table(meetings())
    assert table.caption == "Teams by level, 2026Q3"
    assert table.frame["Met as agreed"].tolist() == ["1 of 1"] * 3
    assert table.frame["Members who came"].tolist() == ["75%"] * 3


def test_posts_say_what_is_not_noted():
    table = tables.posts_table(posts(), ["PS1", "PS10"]).frame
    assert table["Support practitioner"].tolist() == ["yes", "not noted"]


# --- loops ---


def test_a_curve_stops_where_too_few_still_wait():
    steps = loop_curve(curve(), "decided")
    assert steps["at_risk"].min() == FEWEST_AT_RISK
    assert steps["days"].max() == 100


def test_a_curve_is_read_at_the_last_step_before_the_day():
    points = {point.days: point for point in loop_points(curve()) if point.event == "decided"}
    assert {days: point.at_risk for days, point in points.items()} == {30: 25, 60: 12, 90: 5}
    found = [points[days].share for days in (30, 60, 90)]
    np.testing.assert_allclose(found, [0.16, 0.32, 0.48])
    early = curve(days=(0, 10, 40), at_risk=(40, 20, 4))
    assert loop_points(early) == []


def test_the_flow_tells_open_items_and_calls_none_failed():
    picture = figures.loop_flow(loops(), curve())
    assert "Of 40 items raised, 30 are decided and 20 answered so far." in picture.alt_text
    assert "20 are open: 10 wait for a decision and 10 for the answer." in picture.alt_text
    assert "none counts as failed" in picture.caption
    assert "16% (6% to 26%) within 30 days" in picture.alt_text
    row = picture.data[picture.data["Step"] == "Decided within 30 days"].iloc[0]
    assert (row["Share"], row["Still waiting"]) == ("16% (6% to 26%)", "25")


def test_the_flow_without_a_curve_shows_the_counts():
    picture = figures.loop_flow(loops(), pd.DataFrame())
    assert "Of 40 items raised" in picture.alt_text
    assert "within" not in picture.alt_text


def test_a_topic_of_few_items_loses_its_numbers_and_its_name():
    summary, *_ = release.release_loops(loops(), curve(), policy(), PRIVACY)
    table = tables.loops_table(summary)
    assert "what Ann said" not in repr(table)
    assert table.frame.iloc[-1].tolist()[1:] == ["[c]"] * 7
    assert table.frame["Days until half is answered"].iloc[0] == "70 (56 or more)"


def test_decisions_of_few_are_hidden():
    *_, few = release.release_loops(loops(), curve(), policy(of=4), PRIVACY)
    assert (tables.decisions_table(few).frame["Share"] == "[c]").all()
    assert tables.decisions_table(policy()).frame["Share"].iloc[0] == "20% (10% to 30%)"


# --- who says so ---


def shown_roles(released):
    rows = released[(released["site_id"] == "S1") & (released["name"] == "coaching")]
    return rows.loc[~rows["suppressed"], "role"].tolist()


@pytest.mark.parametrize(
    ("at_site", "shown"),
    [
        ({}, ["practitioner", "supervisor", "manager", "leader"]),
        ({"manager": 3, "leader": 2}, ["practitioner", "supervisor"]),
        ({"leader": 1}, ["practitioner", "supervisor"]),
        ({"supervisor": 1, "manager": 1, "leader": 1}, []),
    ],
)
def test_a_role_of_few_takes_the_next_smallest_with_it(at_site, shown):
    assert shown_roles(released_roles(role_scores(**at_site))) == shown


def test_without_a_score_of_the_site_only_the_few_are_hidden():
    scores = role_scores(leader=1)
    withheld = driver_scores(score=np.nan)
    assert shown_roles(released_roles(scores, withheld)) == list(PEOPLE)[:3]
    practices = driver_scores().assign(level="best_practice")
    both = pd.concat([withheld, practices], ignore_index=True)
    assert shown_roles(released_roles(scores, both)) == list(PEOPLE)[:2]


def test_a_difference_is_hidden_with_either_role_however_many_both_are():
    scores = role_scores(leader=1)
    roles = released_roles(scores)
    gaps = release.release_role_gap(role_gap(n_respondents=10), scores, roles, PRIVACY)
    own = tables.driver_role_gap_table(gaps, "S1").frame
    assert (own["Leaders less practitioners"] == "[c]").all()
    assert own["Supervisors less practitioners"].iloc[0] == "+15 (+6 to +24)"


def test_a_difference_of_the_network_counts_sites_with_both_roles():
    scores = role_scores(leader=4)
    gaps = release.release_role_gap(role_gap(), scores, released_roles(scores), PRIVACY)
    leaders = gaps[(gaps["site_id"] == "") & (gaps["role_b"] == "leader")]
    assert leaders["suppressed"].all()
    full = release.release_role_gap(role_gap(), role_scores(), released_roles(), PRIVACY)
    assert not full["suppressed"].any()


def test_differences_stand_beside_practitioners_and_the_sure_ones_are_named():
    table = tables.driver_role_gap_table(role_gap()).frame
    assert table["Driver"].tolist() == ["Training", "Coaching", "Leadership"]
    assert table.columns.tolist()[1:] == [
        "Supervisors less practitioners",
        "Leaders less practitioners",
        "Stands out",
    ]
    assert table["Stands out"].tolist() == ["leaders", "–", "–"]


def test_roles_are_told_with_score_interval_and_people():
    words = figures.driver_roles(released_roles()).alt_text
    assert "Training: practitioners 60% (50% to 70%), 9 respondents; supervisors 65%" in words
    hidden = figures.driver_roles(released_roles(role_scores(leader=1)), site_id="S1")
    assert "Other roles are not shown: too few answered." in hidden.caption
    assert "leaders" not in hidden.alt_text


def test_agreement_tells_at_how_many_sites_a_score_is_shown():
    table = tables.agreement_table(agreement(), consistency())
    row = table.frame.iloc[1]
    assert row["Driver"] == "Coaching"
    assert row["Sites that agree"] == "1 of 2"
    assert row["r*wg(j)"] == "0.52 to 0.81"
    assert (row["Alpha"], row["Omega"]) == ("0.76 (0.67 to 0.84)", "0.77")
    assert "No omega could be given for training" in table.note
    bare = tables.agreement_table(agreement()).frame
    assert (bare["Alpha"] == "not estimable").all()


def test_a_withheld_score_is_told_with_its_reason():
    shown = tables.site_agreement_table(agreement(), "S1").frame
    withheld = tables.site_agreement_table(agreement(), "S2").frame
    assert (shown["Score of the site"] == "shown").all()
    assert (withheld["Score of the site"] == "withheld").all()
    alone = agreement().assign(rwg=np.nan, enough=False, reason="only one respondent.")
    told = tables.site_agreement_table(alone, "S1").frame["Score of the site"]
    assert (told == "withheld: only one respondent.").all()
    agreed = agreement().assign(rwg=np.nan, enough=True, reason="one agreed answer.")
    told = tables.site_agreement_table(agreed, "S1").frame["Score of the site"]
    assert (told == "shown: one agreed answer.").all()


def test_participation_has_its_gate_and_hides_small_sites():
    released = release.release_where_few(participation(), PRIVACY, "eligible")
    table = tables.participation_table(released, SITES).frame
    assert table["Answered"].tolist() == ["3 of 12", "9 of 10", "[c]"]
    assert table["At least 80%"].tolist() == ["no", "yes", "[c]"]
    assert "1 of 3" not in repr(table)


def test_a_withheld_driver_is_drawn_as_its_range_and_told():
    withheld = driver_scores(score=np.nan, status=WITHHELD)
    one = pd.concat([withheld.iloc[:1].assign(score=70.0, status=PARTLY), withheld.iloc[1:]])
    picture = figures.driver_profile(one, best_practices=False)
    assert "withheld, as those who answered don't agree (from 40% to 95%)" in picture.alt_text
    assert "Withheld: those who answered don’t agree" in picture.caption
    assert picture.data["Score"].tolist().count("–") == 2


# --- what to work on first ---


def test_a_site_reads_its_cards_in_order_with_the_tie_in_words():
    table = tables.priorities_table(priorities(), "S1").frame
    assert table["Driver"].tolist() == ["1. Coaching", "2. Training", "Leadership"]
    assert table["Tie to fidelity"].iloc[0].startswith("goes with fidelity, +1.2")
    assert table["Tie to fidelity"].iloc[1] == "no tie could be shown in these data"
    assert table["Why here"].iloc[0] == "55% (45% to 65%): 45 points to full"
    assert table["For, and by when"].tolist() == ["Supervisor, 2026Q4"] * 2 + ["–"]
    assert table["Card"].tolist() == [
        "New",
        "Carried over, set in 2026Q2: the driver moved by +2 points.",
        "Done, set in 2026Q2: the driver is in place now.",
    ]


def test_cards_of_few_respondents_are_left_out_and_counted():
    released = release.release_priorities(priorities(), driver_scores(), PRIVACY)
    assert tables.priorities_table(released, "S10").frame.empty
    table = tables.cards_table(released)
    assert "Left out, as too few answered there: 1 site." in table.note
    total = table.frame.iloc[-1]
    assert [total[name] for name in ("New", "Carried over", "Done")] == ["2", "1", "1"]
    assert "hidden thing" not in repr(released)
    few = release.release_priorities(priorities(), driver_scores(people=4), PRIVACY)
    assert few["suppressed"].all()


def test_ties_say_goes_with_and_never_more():
    picture = figures.driver_ties(ties())
    assert "Coaching: within sites +1.2 (+0.3 to +2.1)" in picture.alt_text
    assert "goes with fidelity" in picture.alt_text
    assert picture.data["Verdict"].tolist() == ["no tie shown", "goes with fidelity",
                                                "no tie shown"]  # fmt: skip
    none = ties().assign(within=np.nan, p_value=np.nan, tied=False, reason="too few sites.")
    table = tables.driver_ties_table(none).frame
    assert (table["Verdict"] == "can’t be said: too few sites.").all()


# --- sections ---

PARTS = [
    drivers_section,
    who_section,
    priorities_section,
    gate_section,
    teams_section,
    loops_section,
]
NETWORK_TITLES = [
    "Which drivers are in place?",
    "Who says so?",
    "What to work on first",
    "Is the organisation built to hold? The drivers before the first day",
    "Is the organisation built to hold? The chain of teams",
    "Is the organisation built to hold? What practice raises",
]


def organisation_sections(tmp_path, site_id="", **changed):
    sections = report_sections(evidence(tmp_path, site_id, **changed))
    return {each.title: each for each in sections if each.title in NETWORK_TITLES}


def shown_text(sections):
    return " ".join(
        f"{section.lead} {part!r}"
        for section in sections.values()
        for part in (*section.pictures, *section.tables)
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Sections of the network's page and of one site's."""
    return {
        site: organisation_sections(tmp_path_factory.mktemp("pages"), site) for site in ("", "S1")
    }


def test_the_networks_page_has_each_section_with_its_evidence(pages):
    sections = pages[""]
    assert list(sections) == NETWORK_TITLES
    counts = [(len(each.pictures), len(each.tables)) for each in sections.values()]
    assert counts == [(1, 1), (1, 3), (1, 1), (1, 1), (2, 1), (1, 2)]
    lead = sections["What to work on first"].lead
    assert "Of 2 cards of the report before, 1 is done and 1 carried over; 2 cards are new." in lead


def test_a_sites_page_holds_its_own_rows_and_no_other_place(pages):
    sections = pages["S1"]
    assert list(sections) == NETWORK_TITLES[:-1]
    assert all(each.pictures or each.tables for each in sections.values())
    assert not re.search(r"\b(ash|Oak|S2|S10|PS10|PS2)\b", shown_text(sections))


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_what_is_hidden_stays_hidden_in_every_section(pages, site_id):
    sections = pages[site_id]
    everything = shown_text(sections)
    for secret in ("9.9", "A hidden thing", "what Ann said", "1 of 3"):
        assert secret not in everything
    assert not CAUSAL.search(everything.replace("best practice", "").replace("Best practice", ""))


@pytest.mark.parametrize("site_id", ["", "S1"])
@pytest.mark.parametrize(
    ("missing", "title", "said"),
    [
        (["drivers_gate"], 3, "could not be set beside one another"),
        (["stages"], 3, "stages of implementation were not handed in"),
        (["team_chain"], 4, "No table of implementation teams"),
        (["team_meetings_by_quarter"], 4, "Attendance at their meetings can’t be shown"),
        (["driver_scores_by_role"], 1, "Too few of each role"),
        (["driver_role_gap"], 1, "No two roles have enough answers"),
        (["driver_agreement"], 1, "could not be tested"),
        (["participation"], 1, "could not be counted"),
        (["priorities"], 2, "No card can be shown"),
    ],
)
def test_a_table_that_is_missing_is_told_in_a_sentence(tmp_path, site_id, missing, title, said):
    nothing = {name: pd.DataFrame() for name in missing}
    assert said in PARTS[title](evidence(tmp_path, site_id, **nothing)).lead


@pytest.mark.parametrize(
    ("missing", "title", "said"),
    [
        ("loops_summary", 5, "No table of what practice raises was handed in."),
        ("driver_ties", 2, "Whether drivers go with fidelity could not be looked at."),
    ],
)
def test_what_is_of_the_network_alone_is_missed_there(tmp_path, missing, title, said):
    assert said in PARTS[title](evidence(tmp_path, **{missing: pd.DataFrame()})).lead


@pytest.mark.parametrize(("site_id", "who"), [("", "No site was"), ("S2", "This site was not")])
def test_not_assessed_before_delivery_is_an_answer(tmp_path, site_id, who):
    never = gate().assign(status_before=NOT_ASSESSED, n_respondents=0)
    section = gate_section(evidence(tmp_path, site_id, drivers_gate=never))
    assert f"{who} assessed before it began to deliver" in section.lead
    assert not section.pictures
    assert [table.caption for table in section.tables] == ["Stage of implementation"]


def test_ties_without_a_number_give_their_reasons_in_a_table(tmp_path):
    none = ties().assign(within=np.nan, p_value=np.nan, tied=False, reason="too few sites.")
    section = priorities_section(evidence(tmp_path, driver_ties=none))
    assert not section.pictures
    assert "can’t be said: too few sites." in repr(section.tables[0])
