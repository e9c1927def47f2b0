"""Figures, tables and sections about plans: told whole, and never about one family."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import terms
from workbench.errors import RunFault
from workbench.findings import Finding, not_estimable
from workbench.reporting import disclosure_plans as release
from workbench.reporting import figures, tables
from workbench.reporting.disclosure_cells import SumOfRows, hide_with_complements
from workbench.reporting.disclosure_compliance import release_compliance
from workbench.reporting.sections import (
    Evidence,
    dependence_section,
    links_section,
    ownership_section,
    released_evidence,
    report_sections,
    traction_section,
)
from workbench.results import Results
from workbench.settings import Privacy, Settings, Study

MOST_BYTES = 140_000
FEWEST, FEWEST_PLANS = 5, 11
PRIVACY = Privacy(fewest_practitioners=FEWEST, fewest_plans=FEWEST_PLANS)
SITES = pd.DataFrame(
    {
        "site_id": ["S1", "S2", "S10"],
        "site_name": ["Elm", "ash", "Oak"],
        "slug": ["site-1", "site-2", "site-3"],
    }
)
QUARTERS = [f"{year}Q{number}" for year in (2025, 2026) for number in (1, 2, 3, 4)][:7]
LAST = QUARTERS[-1]
CAUSAL = re.compile(r"\b(cause[sd]?|causing|impact|led to|leads to|due to|best|worst|results in)\b")
HOSTILE = ["<img src=x>", "Cost $x^$", "name\nwith\x00 and ‮reversed", "long " * 60, "", "%s {0}"]
PLANS = {"": 150, "S1": 40, "S2": 60, "S10": 50}
"""Plans of the network and of each site, where a test says nothing else."""
OWNERS = {"all": 1.0, "person": 0.9, "family": 0.6, "natural support": 0.4, "professional": 0.8}
STATES = ("done on time", "done late", "done, no due date", "overdue", "open, not yet due",
          "open, no due date", "plan closed first")  # fmt: skip


# --- evidence that nobody computed ---


def people(count):
    """Practitioners of so many plans: three plans each."""
    return -(-count // 3)


def at_places(plans=None, **columns):
    """One row a place, with its plans and practitioners."""
    plans = PLANS if plans is None else plans
    rows = [
        {"scope": "site" if site else "network", "site_id": site, "n_plans": count,
         "n_practitioners": people(count), "reason": "", **columns}
        for site, count in plans.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def crossed(frame, **values):
    """Every row of a frame with every value of a column."""
    ((name, each),) = values.items()
    return frame.merge(pd.DataFrame({name: list(each)}), how="cross")


def with_ends(frame, name, values, off=0.05):
    values = pd.Series(values, index=frame.index, dtype="float64")
    ends = {name: values, f"{name}_low": values - off, f"{name}_high": values + off}
    return frame.assign(**ends)


def through(plans=None, days=(30, 60, 90)):
    frame = crossed(crossed(at_places(plans), owner=OWNERS), days=days)
    part = frame["owner"].map(OWNERS)
    frame["n_plans"] = (frame["n_plans"] * part).round().astype(int)
    frame["n_practitioners"] = frame["n_plans"].map(people)
    grown = (1 - 0.5 ** (frame["days"] / 35)) * (0.55 + 0.15 * part)
    return with_ends(frame, "share", grown).assign(
        closed_first=frame["days"] / 900, n_actions=5 * frame["n_plans"], n_open=frame["n_plans"]
    )


def curve(plans=None, days=range(91)):
    return through(plans, days).drop(columns=["n_open", "reason"])


def through_by_quarter(plans=None, quarters=QUARTERS):
    frame = crossed(at_places(plans), quarter=quarters).drop(columns="reason")
    falling = 0.6 - 0.02 * frame["quarter"].map({one: n for n, one in enumerate(quarters)})
    return with_ends(frame, "share", falling).assign(n_actions=3 * frame["n_plans"])


def states(plans=None):
    plans = PLANS if plans is None else plans
    parts = dict(zip(STATES, (0.6, 0.4, 0.5, 0.5, 0.4, 0.35, 0.0), strict=True))
    rows = []
    sites = [site for site in plans if site]
    for state, part in parts.items():
        counts = {site: round(plans[site] * part) for site in sites}
        counts[""] = sum(counts.values())
        rows += [
            {"scope": "site" if site else "network", "site_id": site, "state": state,
             "actions": 2 * count, "n_plans": count, "n_practitioners": people(count)}
            for site, count in counts.items()
        ]  # fmt: skip
    frame = pd.DataFrame(rows)
    total = frame.groupby("site_id")["actions"].transform("sum")
    return frame.assign(n_actions=total, share=frame["actions"] / total.where(total > 0))


def adjusted(plans=None):
    frame = crossed(at_places(plans), how=("agreed", "informal")).drop(columns="reason")
    total = 5 * frame["n_plans"]
    count = (frame["n_plans"] * 0.6).round().astype(int)
    frame = with_ends(frame, "share", count / total.where(total > 0))
    return frame.assign(actions=count, n_plans=count, n_actions=total,
                        n_practitioners=count.map(people))  # fmt: skip


def faded(plans=None, with_faded=0.5):
    frame = at_places(plans).drop(columns="reason")
    count = (frame["n_plans"] * with_faded).round().astype(int)
    goals = 2 * frame["n_plans"]
    frame = with_ends(frame, "share", count / goals.where(goals > 0))
    return frame.assign(goals=goals, faded=count, n_plans_faded=count)


ROLES = ("person", "family", "natural support", "professional")


def ownership_quarters(plans=None, quarters=QUARTERS):
    frame = crossed(crossed(at_places(plans), respondent_role=ROLES), quarter=quarters)
    level = frame["respondent_role"].map(dict(zip(ROLES, (48, 52, 50, 66), strict=True)))
    frame = with_ends(frame.drop(columns="reason"), "ownership", level, 4)
    return frame.assign(n_ratings=2 * frame["n_plans"])


def ownership_trends(plans=None):
    frame = crossed(at_places(plans), what=(*ROLES, "gap"))
    level = frame["what"].map(dict(zip((*ROLES, "gap"), (48, 52, 50, 66, 18), strict=True)))
    frame = with_ends(with_ends(frame, "level", level, 4), "slope", -0.6, 0.3)
    return frame.assign(n_ratings=2 * frame["n_plans"])


def course(months=range(13), plans=60):
    rows = [
        {"what": what, "months": month, "ownership": first + slope * month,
         "low": first + slope * month - 3, "high": first + slope * month + 3,
         "n_plans": plans, "n_practitioners": people(plans)}
        for what, first, slope in (("person", 60, -1.5), ("professional", 66, 0.1),
                                   ("family", 60, -0.5), ("gap", 6, 1.6))
        for month in months
    ]  # fmt: skip
    return pd.DataFrame(rows)


def ordered(plans=None, quarters=QUARTERS, part=0.5):
    plans = PLANS if plans is None else plans
    rows = []
    for quarter in quarters:
        for site, count in plans.items():
            off = round(count * part)
            rows.append(
                {"scope": "site" if site else "network", "site_id": site, "quarter": quarter,
                 "open_plans": 2 * count, "judged": 2 * count, "in_order": count,
                 "weak": off, "falling": off, "not_owned": off, "n_plans": count,
                 "n_practitioners": people(count)}
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    return with_ends(frame, "share", frame["not_owned"] / frame["in_order"].where(lambda x: x > 0))


def ordered_since(plans=None):
    frame = at_places(plans, since="2025Q3", median_months=4.5)
    return frame.assign(n_plans=(frame["n_plans"] * 0.5).round().astype(int))


def dependence(plans=None):
    frame = at_places(plans).assign(practitioner_id="")
    place = frame["site_id"].map({"": 0.3, "S1": 0.62, "S2": 0.05, "S10": -0.1})
    frame = with_ends(frame, "index", place, 0.25).assign(
        p_value=0.01, p_adjusted=0.03, flagged=frame["site_id"].isin(["", "S1"]),
        n_periods=6 * frame["n_plans"],
    )  # fmt: skip
    alone = {**frame.iloc[1].to_dict(), "scope": "practitioner", "practitioner_id": "P77"}
    return pd.concat([frame, pd.DataFrame([alone])], ignore_index=True)


def dependence_terms():
    frame = pd.DataFrame({"measure": ["professional hours", "contacts", "reminders"]})
    frame = frame.assign(title=["Professional hours", "Contacts", "Reminders"])
    frame = with_ends(with_ends(frame, "within", [1.6, 1.2, 0.9], 0.2), "between", 1.1, 0.3)
    return frame.assign(p_value=0.01, p_adjusted=0.02, shown=[True, False, True], n_periods=400,
                        n_plans=90, n_practitioners=30, reason="")  # fmt: skip


def dependence_curve():
    relative = np.arange(0.25, 2.01, 0.125)
    progress = 0.3 + 0.12 * np.log2(relative)
    return pd.DataFrame(
        {"relative": relative, "progress": progress, "low": progress - 0.04,
         "high": progress + 0.04, "n_periods": 500, "n_plans": 90, "n_practitioners": 30}
    )  # fmt: skip


def reminders(plans=None, quarters=QUARTERS):
    frame = crossed(at_places(plans), quarter=quarters).drop(columns="reason")
    number = frame["quarter"].map({one: n for n, one in enumerate(quarters)})
    frame = with_ends(frame, "reminders", 0.8 + 0.15 * number, 0.15)
    return with_ends(frame, "done", 0.3 - 0.002 * number, 0.04).assign(n_periods=200)


def reminders_trend(plans=None):
    frame = at_places(plans, pattern="reminders up, completion not")
    frame = frame.assign(reminders_change=1.12, reminders_low=1.05, reminders_high=1.2)
    return frame.assign(done_change=0.99, done_low=0.95, done_high=1.03, n_periods=500)


def reduced(first=30, second=60):
    frame = pd.DataFrame({"group": ["reduced", "not reduced", "difference"]})
    frame = with_ends(frame, "change", [-9.0, -1.0, -8.0], 3)
    plans = [first, second, first + second]
    return frame.assign(n_plans=plans, n_practitioners=20, reason="")


def links(plans=90):
    parts = ["", "engagement", "planning", "follow_up"]
    rows = []
    for outcome, title, unit, value in (
        ("done within 30 days", "Actions done within 30 days", "odds ratio", 1.35),
        ("ownership", "Ownership, as the person sees it", "points", 2.4),
    ):
        for number, component in enumerate(parts):
            middle = value - 0.12 * number
            rows.append(
                {"outcome": outcome, "outcome_title": title, "component": component,
                 "title": component.replace("_", " ").capitalize() or "Whole",
                 "within": middle, "within_low": middle - 0.2, "within_high": middle + 0.25,
                 "between": middle + 0.1, "between_low": middle - 0.5,
                 "between_high": middle + 0.6, "unit": unit, "p_value": 0.01, "p_adjusted": 0.02,
                 "shown": number < 2, "n_rows": 500, "n_plans": plans, "n_practitioners": 30,
                 "n_sites": 12, "reason": ""}
            )  # fmt: skip
    return pd.DataFrame(rows)


def outcome_links():
    frame = pd.DataFrame({"measure": ["days_in_placement", "school_days"], "lag": [0, 1]})
    frame = with_ends(with_ends(frame, "within", [1.2, 3.0], 0.5), "between", 1.0, 1.0)
    return frame.assign(
        subject=["plan", "site"], unit="points", p_value=0.01, p_adjusted=0.02, shown=True,
        n_rows=300, n_plans=[90.0, np.nan], n_practitioners=30, n_sites=12, reason="",
    )  # fmt: skip


def plan_tables(plans=None):
    return {
        "follow_through": through(plans),
        "follow_through_curve": curve(plans),
        "follow_through_by_quarter": through_by_quarter(plans),
        "actions_state": states(plans),
        "actions_adjusted": adjusted(plans),
        "faded_goals": faded(plans),
        "ownership_by_quarter": ownership_quarters(plans),
        "ownership_trends": ownership_trends(plans),
        "ownership_course": course(),
        "compliance": ordered(plans),
        "compliance_since": ordered_since(plans),
        "dependence": dependence(plans),
        "dependence_terms": dependence_terms(),
        "dependence_curve": dependence_curve(),
        "reminders_by_quarter": reminders(plans),
        "reminders_trend": reminders_trend(plans),
        "support_reduced": reduced(),
        "links": links(),
        "outcome_links": outcome_links(),
    }


OURS = tuple(plan_tables())


def findings(site_id=""):
    about = {"site_id": site_id, "n": 90, "n_of": "actions", "n_practitioners": 30, "n_plans": 90}
    names = ("plans.follow_through", "plans.ownership", "plans.not_owned", "plans.overdue",
             "plans.dependence")  # fmt: skip
    told = [Finding(name, "?", f"Answer of {name}. More follows.", **about) for name in names]
    lacking = ("plans.adjusted", "plans.faded", "plans.reminders", "plans.reduced",
               "plans.fidelity", "outcomes.fidelity")  # fmt: skip
    return [
        *told,
        *(not_estimable(one, "?", f"the reason of {one}.", site_id=site_id) for one in lacking),
    ]


def run_results(tmp_path: Path, told=None, **changed: pd.DataFrame) -> Results:
    trajectory = {"scope": "network", "site_id": "", "slope": -2.0, "slope_low": -3.0,
                  "slope_high": -1.0, "level": 70.0, "level_low": 66.0, "level_high": 74.0,
                  "state": terms.DRIFTING, "n_observations": 160, "n_practitioners": 9,
                  "n_quarters": 5}  # fmt: skip
    found = {
        "sites": SITES,
        "missing_tables": pd.DataFrame({"table": [], "would_add": []}, dtype="str"),
        "trajectories": pd.DataFrame([trajectory]),
        **plan_tables(),
        **changed,
    }
    results = Results(tmp_path / "run", Study(tmp_path, Settings(network="Net", privacy=PRIVACY)))
    results.start({"quarter": "2026Q3"})
    results.write_tables({name: frame for name, frame in found.items() if frame.shape[1]})
    both = [*findings(), *findings("S1")] if told is None else told
    results.write_findings("05", both)
    return results


def evidence(tmp_path: Path, site_id: str = "", told=None, **changed: pd.DataFrame) -> Evidence:
    return released_evidence(run_results(tmp_path, told, **changed), site_id)


def every_picture(site_id="", name="The network"):
    place = {"site_id": site_id, "name": name}
    return {
        "through": figures.plan_follow_through(curve(), through(), through_by_quarter(), **place),
        "actions": figures.plan_actions(states(), SITES, site_id=site_id),
        "ownership": figures.plan_ownership(course(), ownership_quarters(), **place),
        "dependence": figures.plan_dependence(
            release.release_places(dependence(), PRIVACY, modelled=True),
            dependence_curve(),
            SITES,
            site_id=site_id,
        ),
        "reminders": figures.plan_reminders(reminders(), **place),
        "compliance": figures.plan_compliance(ordered(), **place),
        "links": figures.plan_links(links()),
    }


@pytest.fixture(scope="module")
def pictures():
    return every_picture()


# --- figures ---


def test_pictures_are_small_the_same_every_time_and_name_no_cause(pictures):
    again = every_picture()
    for name, picture in pictures.items():
        assert picture.png == again[name].png
        assert len(picture.png) < MOST_BYTES
        assert len(picture.data)
        assert not CAUSAL.search(f"{picture.caption} {picture.alt_text}")


def test_figures_without_rows_say_that_there_are_no_data():
    nothing = pd.DataFrame()
    for picture in (
        figures.plan_follow_through(nothing, nothing, nothing),
        figures.plan_actions(nothing, SITES),
        figures.plan_ownership(nothing, nothing, site_id="S1", name="Elm"),
        figures.plan_dependence(nothing, nothing, SITES),
        figures.plan_reminders(nothing),
        figures.plan_compliance(nothing),
        figures.plan_links(nothing),
    ):
        assert "No data" in picture.alt_text


def few(frame):
    return frame.assign(n_plans=4, n_practitioners=3)


def test_figures_in_which_everything_is_hidden_say_that_there_are_no_data():
    def hide(frame, **about):
        return release.release_places(few(frame), PRIVACY, **about)

    hidden, _ = release.release_actions(states(), adjusted(), hide(through()), PRIVACY)
    for picture in (
        figures.plan_follow_through(hide(curve()), hide(through()), hide(through_by_quarter())),
        figures.plan_actions(hidden, SITES),
        figures.plan_ownership(
            release.release_rows(few(course()), PRIVACY), hide(ownership_quarters())
        ),
        figures.plan_dependence(hide(dependence(), modelled=True), dependence_curve(), SITES),
        figures.plan_reminders(hide(reminders())),
        figures.plan_compliance(release_compliance(few(ordered()), pd.DataFrame(), PRIVACY)[0]),
        figures.plan_links(release.release_rows(few(links()), PRIVACY)),
    ):
        assert "No data" in picture.alt_text


def without(frame, *columns):
    return frame.assign(**dict.fromkeys(columns, np.nan))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.plan_follow_through(curve(days=[0]), pd.DataFrame(), pd.DataFrame()),
        lambda: figures.plan_follow_through(
            without(curve(), "share_low", "share_high", "closed_first"),
            through(),
            without(through_by_quarter(quarters=QUARTERS[:1]), "share_low", "share_high"),
        ),
        lambda: figures.plan_actions(states().head(1).assign(site_id="", scope="network"), SITES),
        lambda: figures.plan_ownership(course([0]), pd.DataFrame()),
        lambda: figures.plan_ownership(pd.DataFrame(), ownership_quarters(quarters=[LAST])),
        lambda: figures.plan_ownership(course().query("what == 'gap'"), pd.DataFrame()),
        lambda: figures.plan_dependence(
            without(dependence().head(1), "index_low", "index_high"), pd.DataFrame(), SITES
        ),
        lambda: figures.plan_dependence(dependence(), dependence_curve().head(1), SITES),
        lambda: figures.plan_reminders(without(reminders(), "done", "done_low", "done_high")),
        lambda: figures.plan_reminders(reminders(quarters=[LAST])),
        lambda: figures.plan_compliance(without(ordered(), "share_low", "share_high")),
        lambda: figures.plan_links(without(links().head(1), "within_low", "between")),
    ],
)
def test_every_figure_draws_with_little(draw):
    picture = draw()
    assert picture.png.startswith(b"\x89PNG")
    assert "No data" not in picture.alt_text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    sites = SITES.assign(site_name=[name, "b", "c"])
    for picture in (
        figures.plan_reminders(reminders(), site_id="S1", name=name),
        figures.plan_actions(states(), sites),
        figures.plan_dependence(dependence(), pd.DataFrame(), sites),
        figures.plan_links(links().assign(title=name, outcome_title=name)),
    ):
        assert picture.png.startswith(b"\x89PNG")
        assert not set("\x00‮\n") & set(picture.alt_text)


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("through", "31% (26% to 36%) after 30 days (plan closed first 3%)"),
        ("through", "The family: 29% after 30"),
        ("actions", "Elm, 220 actions: done on time 48 (22%)"),
        ("ownership", "The person, by months since opening: 60% (57% to 63%) at 0"),
        ("ownership", "Gap: professionals less the person, by months since opening: +6 (+3 to +9)"),
        ("dependence", "Elm: 62% (37% to 87%) less progress with half the support, moves while"),
        ("dependence", "half 18% (14% to 22%)"),
        ("reminders", f"{LAST}: reminders 1.7 (1.6 to 1.8); done 29% (25% to 33%)"),
        ("compliance", f"{LAST}: 50% (45% to 55%) of 150 plans in order"),
        ("links", "Practice as a whole within practitioners 1.35 (1.15 to 1.60)"),
    ],
)
def test_alternative_texts_hold_the_numbers(pictures, figure, words):
    assert words in pictures[figure].alt_text


def test_sites_stand_by_name_and_the_network_last(pictures):
    for name in ("actions", "dependence"):
        assert pictures[name].data["Place"].tolist() == ["ash", "Elm", "Oak", "The network"]


def test_no_practitioner_is_shown(pictures):
    assert "P77" not in f"{pictures['dependence'].alt_text} {pictures['dependence'].data}"


# --- disclosure ---


def test_a_hidden_site_takes_the_next_smallest_with_it():
    plans = {"": 94, "S1": 4, "S2": 60, "S10": 30}
    shown = release.release_places(reminders(plans, [LAST]), PRIVACY, ["quarter"])
    hidden = dict(zip(shown["site_id"], shown["reminders"].isna(), strict=True))
    assert hidden == {"": False, "S1": True, "S2": False, "S10": True}


def test_hidden_sites_that_are_few_together_take_another_with_them():
    plans = pd.Series({"network": 70, "A": 4, "B": 5, "C": 20, "D": 41})
    sums = [SumOfRows(("A", "B", "C", "D"), "network")]
    hidden = hide_with_complements(plans, plans < FEWEST_PLANS, sums, FEWEST_PLANS)
    assert hidden.to_dict() == {"network": False, "A": True, "B": True, "C": True, "D": False}


def test_a_models_numbers_stay_where_only_counts_could_be_had():
    plans = {"": 94, "S1": 4, "S2": 60, "S10": 30}
    shown = release.release_places(dependence(plans), PRIVACY, modelled=True).set_index("site_id")
    assert shown["index"].isna().to_dict() == {"": False, "S1": True, "S2": False, "S10": False}
    assert pd.isna(shown.loc["S10", "n_plans"])


def test_rows_about_practitioners_are_left_out():
    shown = release.release_places(dependence(), PRIVACY, modelled=True)
    assert set(shown["scope"]) == {"network", "site"}
    assert "practitioner_id" not in shown.columns


@pytest.mark.parametrize("column", release.OF_ONE_PLAN)
def test_a_table_of_single_plans_is_refused(column):
    frame = reminders().assign(**{column: "F1"})
    with pytest.raises(RunFault, match="single plans"):
        release.release_places(frame, PRIVACY, ["quarter"])
    with pytest.raises(RunFault, match="single plans"):
        release.release_rows(frame, PRIVACY)


@pytest.mark.parametrize(("count", "is_hidden"), [(0, False), (1, True), (10, True), (11, False)])
def test_few_plans_of_a_kind_are_hidden_and_none_may_be_said(count, is_hidden):
    plans = {"": 60, "S1": 60}
    frame = faded(plans).assign(n_plans_faded=count, faded=count)
    shown = release.release_faded(frame, PRIVACY)
    assert (shown["faded"].isna() == is_hidden).all()
    rest = frame.assign(n_plans_faded=60 - count, faded=60 - count)
    assert (release.release_faded(rest, PRIVACY)["faded"].isna() == is_hidden).all()
    own = ordered(plans, [LAST]).assign(weak=count, falling=count, not_owned=count)
    told, _ = release_compliance(own, pd.DataFrame(), PRIVACY)
    assert (told["share"].isna() == is_hidden).all()
    assert (told["weak"].isna() == is_hidden).all()


def test_weak_alone_is_a_count_that_the_others_give():
    own = ordered({"": 60}, [LAST]).assign(weak=30, falling=14, not_owned=34)
    told, _ = release_compliance(own, pd.DataFrame(), PRIVACY)
    assert told[["weak", "falling"]].isna().all(axis=None)
    assert told["not_owned"].tolist() == [34]


def test_no_difference_stands_beside_a_hidden_group():
    shown = release.release_reduced(reduced(first=6), PRIVACY)
    assert shown["change"].isna().tolist() == [True, False, True]


def test_outcomes_of_sites_need_no_plans():
    shown = release.release_outcomes(outcome_links(), PRIVACY)
    assert shown["within"].notna().all()
    fewer = release.release_outcomes(outcome_links().assign(n_plans=8.0), PRIVACY)
    assert fewer["within"].isna().tolist() == [True, False]


def test_a_finding_whose_count_the_table_hides_is_taken_back(tmp_path):
    own = ordered()
    own[["weak", "falling", "not_owned"]] = 3
    mine = evidence(tmp_path, compliance=own).findings.of_place("")
    status = {one.id: one.status for one in mine}
    assert status["plans.not_owned"] == terms.SUPPRESSED
    assert status["plans.overdue"] == terms.REPORTED


COUNTS = st.integers(0, 40)


def told_by_sums(shown, number):
    """Hidden cells that every sum of the table together leaves one value, by their row."""
    hidden = list(shown.index[shown[number].isna()])
    lines = []
    for _, rows in shown.groupby("state"):
        lines.append(
            [(row == rows.index) @ np.where(rows["site_id"] == "", -1, 1) for row in hidden]
        )
    for _, rows in shown.groupby("site_id"):
        if rows["n_actions"].notna().all():
            lines.append([float(row in rows.index) for row in hidden])
    if not hidden:
        return []
    system = np.array(lines, dtype=float)
    *_, values, axes = np.linalg.svd(system)
    free = axes[int((values > 1e-9).sum()) :]
    return [row for n, row in enumerate(hidden) if np.abs(free[:, n]).max(initial=0) < 1e-9]


@settings(max_examples=20)
@given(st.lists(st.lists(COUNTS, min_size=5, max_size=5), min_size=2, max_size=4))
def test_no_small_count_of_actions_can_be_worked_out(counts):
    names = STATES[:5]
    rows = [
        {"scope": "site", "site_id": f"S{place}", "state": state, "n_plans": count}
        for place, row in enumerate(counts)
        for state, count in zip(names, row, strict=True)
    ]
    rows += [
        {"scope": "network", "site_id": "", "state": state, "n_plans": sum(column)}
        for state, column in zip(names, zip(*counts, strict=True), strict=True)
    ]
    frame = pd.DataFrame(rows).assign(actions=lambda table: table["n_plans"])
    total = frame.groupby("site_id")["actions"].transform("sum")
    frame = frame.assign(
        n_actions=total, share=frame["actions"] / total.where(total > 0),
        n_practitioners=frame["n_plans"],
    )  # fmt: skip
    everybody = frame.groupby(["scope", "site_id"], as_index=False)["n_plans"].sum()
    places = everybody.assign(owner="all", share=0.5, n_practitioners=everybody["n_plans"])
    told = release.release_places(places, PRIVACY)
    shown, _ = release.release_actions(frame, pd.DataFrame(), told, PRIVACY)
    assert not shown["actions"].between(1, FEWEST_PLANS - 1).any()
    small = frame["n_plans"].between(1, FEWEST_PLANS - 1)
    assert not small[told_by_sums(shown, "actions")].any()


@settings(max_examples=20)
@given(st.lists(COUNTS, min_size=3, max_size=3), st.floats(0, 1))
def test_no_table_holds_a_small_count_of_plans(counts, part):
    plans = {"": sum(counts), **dict(zip(("S1", "S2", "S10"), counts, strict=True))}
    own, since = release_compliance(ordered(plans, [LAST], part), ordered_since(plans), PRIVACY)
    for frame in (
        own,
        since,
        release.release_faded(faded(plans, part), PRIVACY),
        release.release_places(through(plans), PRIVACY, ["days"]),
        release.release_places(ownership_trends(plans), PRIVACY, ["what"], modelled=True),
    ):
        for column in ("n_plans", "n_plans_faded", "not_owned", "in_order", "open_plans", "weak"):
            if column in frame:
                assert not frame[column].between(1, FEWEST_PLANS - 1).any()
    sites = own[own["scope"] == "site"]
    total = own.loc[own["scope"] == "network", "not_owned"]
    rest = total.iloc[0] - sites["not_owned"].sum()
    if sites["not_owned"].isna().any() and total.notna().all():
        assert rest == 0 or rest >= FEWEST_PLANS


# --- tables ---


@pytest.mark.parametrize(
    "make",
    [
        tables.follow_through_table,
        tables.follow_through_course_table,
        tables.hazard_table,
        tables.links_table,
        tables.outcome_links_table,
        tables.compliance_table,
        tables.ownership_course_table,
        tables.ownership_quarters_table,
        tables.ownership_table,
        tables.dependence_curve_table,
        tables.dependence_terms_table,
        tables.reminders_table,
        tables.support_reduced_table,
        lambda frame: tables.actions_adjusted_table(frame, SITES),
        lambda frame: tables.actions_state_table(frame, SITES),
        lambda frame: tables.faded_goals_table(frame, SITES),
        lambda frame: tables.compliance_places_table(frame, frame, SITES),
        lambda frame: tables.dependence_table(frame, SITES),
        lambda frame: tables.reminders_trend_table(frame, SITES),
    ],
)
def test_a_table_that_was_not_made_is_printed_without_rows(make):
    table = make(pd.DataFrame())
    assert len(table.frame) == 0
    assert len(table.frame.columns) > 1


def test_tables_tell_numbers_with_their_intervals():
    assert tables.follow_through_table(through()).rows[0] == (
        "All owners", "30", "31% (26% to 36%)", "3%", "750", "150", "150",
    )  # fmt: skip
    assert tables.links_table(links()).frame["Verdict"].tolist()[:3] == [
        "goes with more", "goes with more", "none shown",
    ]  # fmt: skip
    assert tables.dependence_terms_table(dependence_terms()).frame["Verdict"].tolist() == [
        "goes with more progress", "none shown", "goes with less progress",
    ]  # fmt: skip
    assert tables.ownership_table(ownership_trends()).rows[-1][1] == "+18 (+14 to +22)"
    why = ownership_trends().assign(level=np.nan, reason="too few ratings.")
    assert tables.ownership_table(why).rows[0][1] == "can’t be said: too few ratings."


# --- sections ---

PARTS = {
    "Does the plan hold after the meeting?": traction_section,
    "Whose plan is it?": ownership_section,
    "Who carries it?": dependence_section,
    "What goes with fidelity?": links_section,
}


def shown_text(sections):
    return " ".join(
        f"{section.lead} {part!r} {getattr(part, 'data', '')}"
        for section in sections
        for part in (*section.pictures, *section.tables)
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return {
        site: {
            each.title: each
            for each in report_sections(evidence(tmp_path_factory.mktemp("pages"), site))
            if each.title in PARTS
        }
        for site in ("", "S1")
    }


def test_each_page_has_its_sections_in_order(pages):
    assert list(pages[""]) == list(PARTS)
    assert list(pages["S1"]) == list(PARTS)[:3]
    counts = [(len(each.pictures), len(each.tables)) for each in pages[""].values()]
    assert counts == [(2, 2), (2, 2), (2, 3), (1, 1)]
    counts = [(len(each.pictures), len(each.tables)) for each in pages["S1"].values()]
    assert counts == [(2, 2), (2, 2), (2, 1)]


def test_sections_begin_with_their_answers(pages):
    for site in ("", "S1"):
        lead = pages[site]["Does the plan hold after the meeting?"].lead
        assert lead.startswith("Answer of plans.follow_through.")
        assert "More follows" not in lead


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_pages_name_no_other_site_no_practitioner_and_no_cause(pages, site_id):
    everything = shown_text(pages[site_id].values())
    assert not CAUSAL.search(everything)
    assert "P77" not in everything
    if site_id:
        assert not re.search(r"\b(ash|Oak|S2|S10)\b", everything)


@pytest.mark.parametrize(
    ("table", "part", "words"),
    [
        ("plans", traction_section, "plans"),
        ("plan_actions", traction_section, "the actions of plans"),
        ("ownership_responses", ownership_section, "ownership"),
        ("external_support", dependence_section, "external support"),
    ],
)
@pytest.mark.parametrize("site_id", ["", "S1"])
def test_a_table_that_was_not_handed_in_is_told_in_a_sentence(
    tmp_path, table, part, words, site_id
):
    missing = pd.DataFrame({"table": [table], "would_add": ["It would show much."]})
    nothing = {name: pd.DataFrame() for name in OURS}
    section = part(evidence(tmp_path, site_id, [], missing_tables=missing, **nothing))
    assert section.lead == f"No table of {words} was handed in. It would show much."
    assert not section.pictures
    assert not section.tables


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_without_evidence_each_section_says_so_and_shows_nothing(tmp_path, site_id):
    nothing = {name: pd.DataFrame() for name in OURS}
    told = [one for one in findings(site_id) if one.status != terms.REPORTED]
    found = evidence(tmp_path, site_id, told, **nothing)
    for part in PARTS.values():
        section = part(found)
        assert "can’t be said" in section.lead
        assert not section.pictures
        assert not section.tables
    assert "the reason of plans.faded." in traction_section(found).lead


def test_a_place_of_few_plans_says_that_they_are_few(tmp_path):
    plans = {"": 74, "S1": 4, "S2": 40, "S10": 30}
    found = evidence(tmp_path, "S1", [], **plan_tables(plans))
    for part in (traction_section, ownership_section, dependence_section):
        section = part(found)
        assert "too few plans stand behind it." in section.lead
        assert not section.pictures


# --- no family reaches a page ---

SENTINEL = 0.8888
"""Share of each figure about few plans; no other number of these tables prints as 89 or 88.9."""


def marked(tables_of, small):
    """The tables, with the figures of places in ``small`` set to numbers that can be found."""
    changed = {}
    for name, frame in tables_of.items():
        if "site_id" in frame.columns:
            rows = frame["site_id"].isin(small)
            numbers = frame.select_dtypes("number").columns
            values = [one for one in numbers if not one.startswith("n_") and one != "days"]
            counts = ("actions", "goals", "faded", "open_plans", "judged", "in_order", "weak",
                      "falling", "not_owned")  # fmt: skip
            frame = frame.copy()
            for value in (one for one in values if one not in counts):
                size = 100 if value.startswith(("ownership", "level")) else 1
                frame[value] = frame[value].astype("float64").mask(rows, SENTINEL * size)
        changed[name] = frame
    return changed


@settings(max_examples=3)
@given(st.integers(1, 10), st.integers(25, 40), st.sampled_from(["", "S1", "S2"]))
def test_no_figure_about_few_families_reaches_a_page(tmp_path_factory, few_plans, many, site_id):
    plans = {"": few_plans + 2 * many, "S1": few_plans, "S2": many, "S10": many}
    folder = tmp_path_factory.mktemp("page")
    results = run_results(folder, [*findings()], **marked(plan_tables(plans), ["S1"]))
    results.start({"quarter": LAST, "network": "Net", "note": "", "notes": [], "waivers": [],
                   "as_of": "2026-10-01", "versions": {}})  # fmt: skip
    found = released_evidence(results, site_id)
    sections = tuple(part(found) for part in PARTS.values())
    text = shown_text(sections)
    assert not re.search(r"\b(89%|88\.\d|0\.89)", text)
    assert not re.search(r"plan_id|plan_action_id|goal_id|\bF\d+\b", text)
