"""The chain of teams, told from planted breaks and from small networks made by hand."""

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.teams import MEETINGS_AGREED, teams
from workbench.analysis.teams_chain import CHAIN_COLUMNS
from workbench.analysis.teams_findings import teams_findings
from workbench.analysis.teams_meetings import MEETING_COLUMNS
from workbench.analysis.teams_meetings_findings import meetings_finding
from workbench.data.conform import conform
from workbench.data.extracts import Extract
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import NetworkParameters, simulate_growth, simulate_network
from workbench.data.synthetic_organisation import BrokenTeam, TeamParameters
from workbench.data.synthetic_teams import simulate_teams
from workbench.quarters import Quarter
from workbench.terms import NOT_ESTIMABLE, REPORTED

QUARTER = Quarter(2026, 3)
NEVER = pd.DataFrame()
EXACT = 1e-9
COVERAGE = (0.92, 0.985)
"""About 3 standard errors of 95% in 480 teams and quarters, whose counts are small and whole."""
TRUTH_OF = {
    "absent": "absent", "closed": "absent", "not linked": "not linked",
    "seldom meets": "seldom meets", "few come": "few come",
}  # fmt: skip


def team(name, level, site=None, parent=None, **cells):
    formed = pd.Timestamp(cells.pop("formed", "2024-01-01"))
    closed = pd.Timestamp(cells.pop("closed", "NaT"))
    return {
        "team_id": name, "level": level, "site_id": site, "parent_team_id": parent,
        "formed_on": formed, "closed_on": closed, "members": 6, **cells,
    }  # fmt: skip


def network(*changed, without=()):
    """One site with a whole chain of two practice teams; rows given take the place of its own."""
    rows = {
        row["team_id"]: row
        for row in (
            team("N", "network"),
            team("R", "region", parent="N"),
            team("S", "site", "1", "R"),
            team("P1", "practice", "1", "S"),
            team("P2", "practice", "1", "S"),
            *changed,
        )
    }
    return pd.DataFrame([row for name, row in rows.items() if name not in without])


def held(names=("N", "R", "S", "P1", "P2"), attended=5, members=6, day="2026-08-10"):
    return pd.DataFrame(
        {
            "team_id": list(names),
            "held_on": pd.Timestamp(day),
            "attended": attended,
            "members": members,
        }
    )


SITES = pd.DataFrame({"site_id": ["1"], "region_id": ["A"]})
PEOPLE = pd.DataFrame({"practitioner_id": list("abcd"), "site_id": "1"})


def told(rows, meetings=None, sites=SITES, people=PEOPLE, **settings):
    found = teams(
        rows, held() if meetings is None else meetings, sites, people, QUARTER, **settings
    )
    assert list(found.chain.columns) == CHAIN_COLUMNS
    assert list(found.by_quarter.columns) == MEETING_COLUMNS
    teams_findings(found)
    return found


def levels(found, site_id="1"):
    return found.chain[found.chain["site_id"] == site_id].set_index("level")


def verdict(found, site_id="1"):
    first = levels(found, site_id).iloc[0]
    return first["chain"], first["broken_at"]


def finding(found, name, site_id=""):
    return next(one for one in teams_findings(found) if (one.id, one.site_id) == (name, site_id))


def simulated(broken=(), seed=4, quarters=12, **truth):
    known = TeamParameters(broken=tuple(broken), **truth)
    parameters = NetworkParameters(quarters=quarters, teams=known)
    sites, practitioners, *_ = simulate_growth(parameters, seed)
    made = simulate_teams(sites, practitioners, parameters, seed)
    return made, sites, practitioners


def analysed(made, sites, practitioners, quarter=QUARTER, **settings):
    return teams(made.teams, made.meetings, sites, practitioners, quarter, **settings)


# --- planted breaks ---


@pytest.mark.parametrize("how", sorted(TRUTH_OF))
@pytest.mark.parametrize("level", ["practice", "site", "region", "network"])
def test_each_planted_break_is_found_where_it_is_and_nowhere_else(level, how):
    if (level, how) == ("network", "not linked"):
        pytest.skip("there is nothing above the network")
    made, sites, people = simulated(
        [BrokenTeam(level, 0, how)], share_of_meetings_held=1.0, attendance=0.95, attendance_sd=0.0
    )
    chain = analysed(made, sites, people).chain
    reached = {
        "practice": ["001"], "site": ["001"], "network": list(sites["site_id"]),
        "region": list(sites.loc[sites["region_id"] == "01", "site_id"]),
    }[level]  # fmt: skip
    broken = chain[chain["chain"] == "broken"].drop_duplicates("site_id")
    if level == "region" and how == "absent":
        # Other regions have a team, and sites that name none above can't be placed in a region.
        assert set(broken["broken_at"]) == {"site"}
    else:
        assert set(broken["broken_at"]) == {level}
        cause = chain[(chain["level"] == level) & chain["site_id"].isin(reached)]["cause"]
        assert set(cause) == {TRUTH_OF[how]}
    assert list(broken["site_id"]) == reached
    rest = chain[~chain["site_id"].isin(reached)]
    assert set(rest["chain"]) <= {"whole"}


def test_the_example_breaks_at_four_sites_and_counts_who_works_there():
    parameters = NetworkParameters()
    sites, practitioners, *_ = simulate_growth(parameters, 20260930)
    made = simulate_teams(sites, practitioners, parameters, 20260930)
    found = analysed(made, sites, practitioners)
    first = found.chain.drop_duplicates("site_id").set_index("site_id")
    assert first.loc[["003", "005", "007", "010"], "broken_at"].to_list() == [
        "site", "practice", "site", "site",
    ]  # fmt: skip
    assert (first.drop(["003", "005", "007", "010"])["chain"] == "whole").all()
    in_post = practitioners[~(practitioners["left_on"] < pd.Timestamp("2026-09-30"))]
    counts = in_post["site_id"].value_counts()
    assert (first["n_practitioners"] == counts.reindex(first.index)).all()
    said = finding(found, "teams.chain")
    assert said.estimate == pytest.approx(100 * 8 / 12)
    assert said.conf_low < said.estimate < said.conf_high
    assert "sites 003, 007 and 010" in said.statement
    assert (said.n, said.n_of, said.n_practitioners) == (12, "sites", None)
    assert said.action_prompt
    assert said.best_practice


def test_accepted_tables_of_the_example_can_be_read():
    network_ = simulate_network(NetworkParameters(sites=3, quarters=4))
    schemas = load_schemas()
    names = ("implementation_teams", "team_meetings", "sites", "practitioners")
    tables = [
        conform(Extract(name, network_.tables[name], "test", "0"), schemas[name]) for name in names
    ]
    found = teams(*tables, Quarter(2024, 3))
    assert found.chain["site_id"].nunique() == 3
    assert found.support["support_practitioner"].notna().all()
    for one in teams_findings(found):
        assert one.status == REPORTED


# --- links ---


def test_a_whole_chain_holds_at_every_level():
    found = told(network())
    rows = levels(found)
    assert verdict(found) == ("whole", "")
    assert (rows["status"] == "holds").all()
    assert rows.loc["practice", "team_id"] == "P1, P2"
    assert rows["present"].all()
    assert rows["working"].all()
    assert rows["linked_up"].to_list() == [True, True, True, pd.NA]
    assert (rows["n_practitioners"] == 4).all()
    said = finding(found, "teams.chain", "1")
    assert said.estimate == 4
    assert said.action_prompt == ""


@pytest.mark.parametrize(
    ("changed", "expected", "reason"),
    [
        (team("S", "site", "1", None), ("broken", "site"), "names no team above"),
        (team("S", "site", "1", "X"), ("broken", "region"), "not in the table"),
        (team("S", "site", "1", "P1"), ("broken", "site"), "run in a circle"),
        (team("S", "site", "1", "S"), ("broken", "site"), "run in a circle"),
        (team("R", "region", None, "R9"), ("broken", "region"), "not in the table"),
        (team("R", "region", None, "S9"), ("broken", "region"), "no higher level"),
        (team("R", "region", None, "N", closed="2026-09-30"), ("broken", "region"), "was closed"),
        (team("R", "region", None, "N", formed="2026-10-01"), ("broken", "region"), "not formed"),
        (team("N", "network", closed="2026-01-01"), ("broken", "network"), "was closed"),
        (team("S", "site", "1", "R", closed="2025-05-01"), ("broken", "site"), "was closed"),
        (team("S", "site", "1", "R", closed="2026-10-01"), ("whole", ""), ""),
    ],
)
def test_links_that_lead_nowhere_break_the_chain_at_their_place(changed, expected, reason):
    extra = team("S9", "site", "9")
    found = told(network(changed, extra), held(["N", "R", "S", "P1", "P2", "S9"]))
    assert verdict(found) == expected
    if expected[1]:
        assert reason in levels(found).loc[expected[1], "reason"]


def test_links_in_a_long_circle_come_to_an_end():
    rows = network(
        team("P1", "practice", "1", "S"), team("S", "site", "1", "R"),
        team("R", "region", None, "N"), team("N", "network", None, "P1"),
        without=("P2",),
    )  # fmt: skip
    found = told(rows)
    # The links of P1, S and R lead up to open teams; but followed on, they come back.
    assert verdict(found) == ("broken", "practice")
    assert "circle" in levels(found).loc["practice", "reason"]


def test_a_link_that_passes_over_a_level_tells_the_level_that_is_missing():
    over = network(team("S", "site", "1", "N"))
    assert verdict(told(over)) == ("broken", "region")
    assert "pass over" in levels(told(over)).loc["region", "reason"]
    without = network(team("P1", "practice", "1", "R"), team("P2", "practice", "1", "R"),
                      without=("S",))  # fmt: skip
    assert verdict(told(without)) == ("broken", "site")


def test_which_region_team_is_the_sites_own_is_not_guessed():
    found = told(network(team("S", "site", "1", None)))
    row = levels(found).loc["region"]
    assert pd.isna(row["present"])
    assert row["status"] == "not told"
    assert "can't be told" in row["reason"]
    assert not told(network(without=("R",))).chain.query("level == 'region'")["present"].any()


def test_a_network_without_regions_is_not_asked_for_region_teams():
    rows = network(team("S", "site", "1", "N"), without=("R",))
    found = told(rows, sites=SITES.drop(columns="region_id"))
    assert list(levels(found).index) == ["practice", "site", "network"]
    assert verdict(found) == ("whole", "")


# --- two teams at one level ---


def test_two_open_site_teams_are_both_looked_at():
    rows = network(team("S2", "site", "1", "R"), team("P2", "practice", "1", "S2"))
    found = told(rows, held(["N", "R", "S", "S2", "P1", "P2"]))
    assert levels(found).loc["site", "team_id"] == "S, S2"
    assert verdict(found) == ("whole", "")
    one_idle = told(rows)
    assert verdict(one_idle) == ("in part", "")
    assert levels(one_idle).loc["site", "status"] == "in part"
    assert pd.isna(levels(one_idle).loc["site", "working"])
    said = finding(one_idle, "teams.chain", "1")
    assert "team S2 held 0 meetings" in said.statement
    assert "can't be told" in said.statement


def test_one_practice_team_of_two_that_works_holds_in_part():
    found = told(network(), held(["N", "R", "S", "P1"]))
    assert verdict(found) == ("in part", "")
    assert "Which practitioners" in finding(found, "teams.chain").statement
    none = told(network(), held(["N", "R", "S"]))
    assert verdict(none) == ("broken", "practice")


def test_the_lowest_break_is_named_where_there_are_several():
    found = told(network(without=("N", "P1", "P2")))
    assert verdict(found) == ("broken", "practice")
    assert levels(found)["status"].to_list() == ["breaks", "holds", "holds", "breaks"]


# --- meetings ---


def test_a_team_works_if_it_met_as_agreed_and_enough_members_came():
    twice = pd.concat([held(), held(["S"], day="2026-07-02")])
    agreed = {"site": 2}
    assert verdict(told(network(), twice, meetings_agreed=agreed)) == ("whole", "")
    assert verdict(told(network(), meetings_agreed=agreed)) == ("broken", "site")
    half = held(attended=3)
    assert verdict(told(network(), half)) == ("whole", "")
    assert verdict(told(network(), half, attendance_at_least=0.51)) == ("broken", "practice")
    other = told(network(), held(day="2026-10-01"))
    assert verdict(other)[0] == "not told"


def test_without_a_log_of_meetings_only_absence_and_links_are_told():
    found = told(network(), NEVER)
    assert verdict(found) == ("not told", "")
    assert levels(found)["linked_up"].to_list() == [True, True, True, pd.NA]
    assert finding(found, "teams.chain").status == NOT_ESTIMABLE
    assert finding(found, "teams.chain", "1").status == NOT_ESTIMABLE
    assert finding(found, "teams.meetings").status == NOT_ESTIMABLE
    gone = told(network(without=("S",)), NEVER)
    assert verdict(gone) == ("broken", "site")


def test_a_log_that_ends_before_the_quarter_does_not_say_that_nobody_met():
    found = told(network(), held(day="2026-05-04"))
    assert verdict(found)[0] == "not told"
    assert found.by_quarter.query("quarter == '2026Q3'")["met_as_agreed"].isna().all()


def test_a_team_formed_in_the_quarter_is_held_to_a_part_of_it():
    new = network(team("S", "site", "1", "R", formed="2026-09-01"))
    idle = told(new, held(["N", "R", "P1", "P2"]))
    assert verdict(idle) == ("not told", "")
    assert "has not met" in levels(idle).loc["site", "reason"]
    assert verdict(told(new)) == ("whole", "")
    agreed = {"site": 3}  # a third of the quarter is left: one meeting, rounded down to none
    row = told(new, meetings_agreed=agreed).by_quarter.query("team_id == 'S'").iloc[0]
    assert row["meetings_agreed"] == 0


def test_quarters_without_a_meeting_are_rows_too():
    log = pd.concat([held(day="2025-11-03"), held(["S"], day="2026-08-10", attended=4)])
    rows = told(network(team("P2", "practice", "1", "S", closed="2026-02-15")), log).by_quarter
    own = rows.query("team_id == 'S'").set_index("quarter")
    assert own["meetings"].to_dict() == {"2025Q4": 1, "2026Q1": 0, "2026Q2": 0, "2026Q3": 1}
    assert own.loc["2026Q3", "attendance"] == pytest.approx(4 / 6)
    assert np.isnan(own.loc["2026Q1", "attendance"])
    assert own.loc["2026Q1", "met_as_agreed"] is pd.NA  # nobody's meetings are noted
    assert rows.query("team_id == 'P2'")["quarter"].to_list() == ["2025Q4", "2026Q1"]


def test_fiscal_quarters_count_as_the_study_does():
    fiscal = Quarter(2027, 1, fiscal_year_starts=7)
    found = teams(network(), held(), SITES, PEOPLE, fiscal)
    assert found.by_quarter["quarter"].unique().tolist() == ["2027Q1"]
    assert verdict(found) == ("whole", "")


def test_attendance_intervals_hold_the_planted_shares():
    inside, count = 0, 0
    for seed in range(6):
        made, sites, people = simulated(seed=seed, quarters=3)
        rows = analysed(made, sites, people, Quarter(2024, 2)).by_quarter
        truth = made.truth.set_index("team_id")["attendance"]
        known = rows[rows["attendance"].notna() & (rows["quarter"] == "2024Q1")]
        planted = known["team_id"].map(truth)
        inside += int(((known["conf_low"] <= planted) & (planted <= known["conf_high"])).sum())
        count += len(known)
    assert count > 230
    assert COVERAGE[0] <= inside / count <= COVERAGE[1]


def test_network_attendance_covers_the_planted_mean():
    inside = 0
    for seed in range(40):
        made, sites, people = simulated(seed=seed, quarters=1)
        said = meetings_finding(analysed(made, sites, people, Quarter(2023, 4)))
        inside += said.conf_low <= 78.0 <= said.conf_high
    assert inside >= 34  # of 40 at 95%: fewer than 34 has a chance of 1 in 300


def test_meetings_findings_name_the_teams_that_did_not_meet():
    found = told(network(), held(["N", "R", "P1", "P2"]))
    said = finding(found, "teams.meetings")
    assert "4 of 5 teams met" in said.statement
    assert "once a quarter" in said.statement
    assert said.estimate == pytest.approx(100 * 5 / 6)
    assert "team S." in said.action_prompt
    # One meeting a team tells nothing of how meetings scatter: no interval for the site.
    site = finding(found, "teams.meetings", "1")
    assert site.conf_low is None
    assert "2 of 3 teams" in site.statement
    by_level = told(network(), meetings_agreed={"practice": 3, "site": 2})
    text = finding(by_level, "teams.meetings").statement
    assert "3 times at the practice level" in text
    assert "twice at the site level" in text


# --- posts and hours ---


def test_posts_and_hours_are_what_the_table_carries():
    rows = network(
        team("S", "site", "1", "R", protected_hours=12.0, has_support_practitioner=True),
        team("P1", "practice", "1", "S", protected_hours=6.0, champions=1),
        team("S9", "site", "2", "R", has_support_practitioner=False),
    )
    sites = pd.DataFrame({"site_id": ["1", "2", "3"], "region_id": "A"})
    found = told(rows, sites=sites)
    own = found.support.set_index("site_id")
    assert own.loc["1", "support_practitioner"]
    assert not own.loc["2", "support_practitioner"]
    assert own["support_practitioner"].isna().to_list() == [False, False, True]
    assert own.loc["1", "protected_hours"] == 18
    assert own.loc["1", "hours_a_member"] == pytest.approx(18 / 12, abs=EXACT)
    assert own.loc["1", "hours_a_practitioner"] == pytest.approx(18 / 4, abs=EXACT)
    assert own.loc["1", "champions"] == 1
    assert own["champions"].isna().to_list() == [False, True, True]
    said = finding(found, "teams.posts")
    assert said.estimate == 50
    assert (said.n, said.n_of) == (2, "sites")
    assert "site 2" in said.action_prompt


def test_practitioners_who_left_or_are_not_hired_yet_do_not_count():
    people = PEOPLE.assign(
        hired_on=pd.to_datetime(["2024-01-01", "2026-10-05", None, "2024-01-01"]),
        left_on=pd.to_datetime([None, None, "2026-09-30", "2026-09-29"]),
    )
    found = told(network(), people=people)
    assert levels(found)["n_practitioners"].unique().tolist() == [2]


# --- thin data ---


def test_without_teams_the_reason_is_told():
    for rows in (pd.DataFrame(), network().iloc[:0]):
        found = told(rows)
        assert [one.status for one in teams_findings(found)] == [NOT_ESTIMABLE] * 3
        assert "no table of implementation teams" in teams_findings(found)[0].reason
        assert {len(table) for table in found.tables().values()} == {0}
    later = network().assign(formed_on=pd.Timestamp("2027-01-01"))
    assert "stood at the end of 2026Q3" in teams_findings(told(later))[0].reason


def test_optional_columns_may_be_absent():
    bare = network()[["team_id", "level", "formed_on"]]
    found = told(bare)
    assert verdict(found) == ("broken", "practice")
    assert found.no_place == 3
    assert "3 open teams name no site" in finding(found, "teams.chain").statement
    assert finding(found, "teams.posts").status == NOT_ESTIMABLE


def test_rows_that_should_not_be_are_taken_kindly():
    twice = pd.concat([network(), network().iloc[[2]]])
    log = pd.concat([held(), held(), held(["ghost"]), held(["S"], 9, 6, "2026-07-01")])
    found = told(twice, log)
    assert verdict(found) == ("whole", "")
    assert found.by_quarter.query("team_id == 'S'")["attendance"].to_list() == [11 / 12]
    nobody = told(network(), held(attended=0, members=0))
    assert verdict(nobody)[0] == "not told"
    assert "number of members" in levels(nobody).loc["site", "reason"]


def test_sites_without_people_or_without_a_row_are_told():
    people = pd.DataFrame({"practitioner_id": ["z"], "site_id": ["7"]})
    found = told(network(), people=people)
    assert levels(found)["n_practitioners"].unique().tolist() == [0]
    assert verdict(found, "7") == ("broken", "practice")
    empty = told(network(), sites=pd.DataFrame(), people=pd.DataFrame())
    assert empty.chain.empty
    assert finding(empty, "teams.chain").status == NOT_ESTIMABLE


def test_what_a_team_is_held_to_is_told():
    found = told(network(), meetings_agreed={"site": 2})
    assert found.meetings_agreed == {**MEETINGS_AGREED, "site": 2}
    assert found.attendance_at_least == 0.5
    assert set(found.tables()) == {
        "team_chain", "team_meetings_by_quarter", "team_posts", "team_support",
    }  # fmt: skip


def test_findings_claim_no_cause_and_are_unique():
    made, sites, people = simulated(TeamParameters().broken)
    found = teams_findings(analysed(made, sites, people))
    assert len({(one.id, one.site_id) for one in found}) == len(found)
    for one in found:
        text = one.statement.lower()
        assert not any(word in text for word in ("because", "cause", "leads to", "led to"))
        assert one.n_practitioners is None
        assert one.evidence
