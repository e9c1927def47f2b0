"""Figures, tables and sections of support, pressures and reward: told whole, about nobody."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.findings import Finding, not_estimable
from workbench.reporting import disclosure_reinforcement as release
from workbench.reporting import figures, tables
from workbench.reporting.disclosure_organisation import release_where_few
from workbench.reporting.figures_pressures import LOOKS
from workbench.reporting.sections import (
    Evidence,
    action_section,
    dose_section,
    pressures_section,
    released_evidence,
    report_sections,
    support_section,
    two_models_section,
)
from workbench.reporting.sections_reinforcement import ANSWERS, first_sentence
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
QUARTERS = [f"{year}Q{number}" for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)][1:11]
LAST = QUARTERS[-1]
CAUSAL = re.compile(r"\b(cause[sd]?|causing|impact|led to|leads to|due to|best|worst|results in)\b")
HOSTILE = ["<img src=x>", "Cost $x^$", "name\nwith\x00 and ‮reversed", "long " * 60, "", "%s {0}"]
KINDS = {"all": 0.95, "coaching": 0.8, "supervision": 0.6, "certification": 0.1}
COACHING, CERTIFIED = "coaching and observation with feedback", "training and certification"


# --- evidence that nobody computed ---


def line(scope, site, quarter, kind, in_post, covered, **changes):
    share = covered / in_post
    row = {
        "scope": scope, "site_id": site, "supervisor_id": "", "quarter": quarter, "kind": kind,
        "acts": 4 * covered, "in_post": in_post, "covered": covered, "coverage": share,
        "coverage_low": max(share - 0.2, 0), "coverage_high": min(share + 0.2, 1),
        "acts_a_month": 1.3 * share, "minutes_a_month": 70 * share,
        "share_skill": 0.6 if covered else np.nan, "without": in_post - covered,
        "n_practitioners": in_post,
    }  # fmt: skip
    return {**row, **changes}


def ledger(quarters=QUARTERS, **covered_at):
    """Ledger of the network, of three sites and of a team; covered of S1 in the last quarter."""
    rows = []
    for number, quarter in enumerate(quarters):
        for kind, share in KINDS.items():
            falling = share * (1 - 0.03 * number)
            rows.append(line("network", "", quarter, kind, 150, round(150 * falling)))
            for site, people in (("S1", 12), ("S2", 30), ("S10", 20)):
                covered = round(people * falling)
                if quarter == LAST and site == "S1":
                    covered = covered_at.get(kind, covered)
                rows.append(line("site", site, quarter, kind, people, covered))
            rows.append(line("team", "S2", quarter, kind, 9, 7, supervisor_id="T77"))
    return pd.DataFrame(rows)


def small_ledger():
    """Ledger in which S10 has three people in post, one of whom got none."""
    rows = [
        line(scope, site, LAST, kind, people, covered)
        for kind in ("all", "coaching")
        for scope, site, people, covered in (
            ("network", "", 35, 22), ("site", "S1", 12, 6), ("site", "S2", 20, 14),
            ("site", "S10", 3, 2),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def planned(people=12):
    rows = [
        {"site_id": site, "quarter": quarter, "kind": kind, "planned": due, "delivered": due // 2,
         "share": 0.5, "share_low": 0.4, "share_high": 0.6, "n_practitioners": count}
        for quarter in QUARTERS
        for kind in ("all", "coaching")
        for site, due, count in (("", 450, 150), ("S1", 36, people), ("S2", 90, 30))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def dose(people=120):
    rows = [
        ("coaching kernel", COACHING, "at once", 4.1, 2.9, 5.3, "points", -1.2, -2.5, 0.1, ""),
        ("coaching kernel", COACHING, "half-life", 3.2, 2.2, 4.9, "months", *[np.nan] * 3, ""),
        ("time since certification", CERTIFIED, "half-life", *[np.nan] * 3, "months",
         *[np.nan] * 3, "nothing can be told from no relation."),
    ]  # fmt: skip
    columns = ["model", "kind", "term", "estimate", "conf_low", "conf_high", "unit", "naive",
               "naive_low", "naive_high", "reason"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(n_observations=900, n_practitioners=people)


def dose_curve(kinds=(COACHING, CERTIFIED)):
    months = np.array([0, 1, 2, 3, 4, 6, 9, 12, 18, 24], dtype=float)
    parts = []
    for kind in kinds:
        left = 4.1 * 0.5 ** (months / 3.2)
        left = left if kind == COACHING else left - 4.1
        parts.append(
            pd.DataFrame({"kind": kind, "months": months, "expected": left,
                          "conf_low": left - 0.9, "conf_high": left + 0.9,
                          "n_observations": [90, 80, 70, 60, 50, 40, 30, 20, 10, 3]})
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def at_sites():
    numbers = {"frequency": (2.1, True), "coverage": (1.4, True), "total so far": (0.1, False)}
    rows = [
        {"term": term, "estimate": value, "conf_low": value - 0.8, "conf_high": value + 0.8,
         "alone_estimate": value + 0.3, "alone_low": value - 0.5, "alone_high": value + 1.1,
         "p_value": 0.01, "p_adjusted": 0.02, "shown": shown, "n_site_quarters": 120,
         "n_sites": 12, "n_practitioners": 150, "reason": ""}
        for term, (value, shown) in numbers.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def booster(months=range(1, 25)):
    frame = pd.DataFrame({"months_since": list(months)})
    gain = 5 * (1 - 0.5 ** (frame["months_since"] / 6))
    return frame.assign(
        gain=gain, conf_low=gain - 1, conf_high=gain + 1,
        n_practitioners=[max(60 - 3 * month, 2) for month in months],
    )  # fmt: skip


def pressures():
    about = {
        "caseload": ("Caseload", "people or families", 5.0, -1.8, True),
        "supervisor_span": ("Supervisor's span", "practitioners for each supervisor", 1.0, -0.4,
                            False),
        "documentation_hours": ("Documentation", "hours a week", 1.0, -0.6, True),
        "vacancy_rate": ("Vacancies", "percent of posts", 10.0, 0.2, False),
    }  # fmt: skip
    rows = [
        {"name": name, "title": title, "unit": unit, "step": step, "within": value,
         "within_low": value - 0.7, "within_high": value + 0.7, "between": value - 1,
         "between_low": value - 3, "between_high": value + 1, "on_slope": -0.05,
         "on_slope_low": -0.12, "on_slope_high": 0.02, "joint_within": value + 0.2,
         "joint_low": value - 0.8, "joint_high": value + 1.2, "vif": 6.2 if shown else 1.3,
         "p_value": 0.001 if shown else 0.5, "p_adjusted": 0.003, "shown": shown,
         "n_observations": 900, "n_practitioners": 140, "n_sites": 12, "reason": ""}
        for name, (title, unit, step, value, shown) in about.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def two_models(people=110):
    about = [
        ("preparation", "Preparation", "practice", 0.12, 1),
        ("engagement", "Engagement", "practice", 0.09, 1),
        ("reflection", "Reflection", "practice", 0.02, -1),
        ("productivity_percent", "Productivity", "productivity", 0.52, 1),
        ("documentation_compliance", "Documentation", "documentation", 0.2, 1),
        ("attendance", "Attendance", "attendance", 0.05, 1),
    ]
    frame = pd.DataFrame(about, columns=["name", "title", "group", "share", "direction"])
    return frame.assign(
        share_low=(frame["share"] - 0.05).clip(lower=0), share_high=frame["share"] + 0.06,
        n_rows=600, n_practitioners=people, vif=1.2, ridge=False,
    )  # fmt: skip


def alignment(last_people=60):
    frame = pd.DataFrame({"period": ["", "2024", "2025", "2026"]})
    values = np.array([0.23, 0.41, 0.3, 0.16])
    return frame.assign(
        alignment=values, conf_low=values - 0.07, conf_high=values + 0.08, explained=0.44,
        explained_low=0.38, explained_high=0.5, n_rows=[600, 200, 200, 200],
        n_practitioners=[110, 80, 80, last_people], reason="",
    )  # fmt: skip


def low(**people_at):
    people = {"": 60, "S1": 9, "S2": 20, "S10": 12, **people_at}
    rows = [
        {"scope": "site" if site else "network", "site_id": site, "low_observations": 4 * count,
         "followed": 2 * count, "open": 1, "share": 0.5, "share_low": 0.4, "share_high": 0.6,
         "median_days": 21.0, "days_low": 14.0, "days_high": np.nan, "n_practitioners": count,
         "reason": ""}
        for site, count in people.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def after(coached=30):
    frame = pd.DataFrame({"group": ["coached", "not coached", "difference"]})
    values = np.array([7.2, 3.9, 2.6])
    return frame.assign(
        next_change=values, conf_low=values - 1.5, conf_high=values + 1.5,
        n_pairs=[80, 70, 150], n_practitioners=[coached, 40, 60],
    )  # fmt: skip


STATEMENTS = {
    "reinforcement.support": "In 2026Q3, 70% of those in post were given any support (95% "
    "interval 62 to 77; 7 of 12 practitioners), 0.9 acts a month each. 5 of 12 got none.",
    "reinforcement.two_models": "Productivity has 52% of what is rewarded. More follows.",
    "reinforcement.frequency": "Frequency goes with fidelity, totals do not. More follows.",
    "reinforcement.action": "Coaching followed 120 of 240 low observations. More follows.",
}


def findings(site_id="", **changed):
    about = {"site_id": site_id, "n": 12, "n_practitioners": 12}
    said = {**STATEMENTS, **changed}
    told = [Finding(name, "?", text, **about) for name, text in said.items() if text]
    lacking = [
        not_estimable(name, "?", f"the reason of {name}.", site_id=site_id)
        for name in ("reinforcement.pressures", "reinforcement.planned", "reinforcement.half_life",
                     *(name for name, text in said.items() if not text))
    ]  # fmt: skip
    return [*told, *lacking]


def all_tables():
    trajectory = {"scope": "network", "site_id": "", "slope": -2.0, "slope_low": -3.0,
                  "slope_high": -1.0, "level": 70.0, "level_low": 66.0, "level_high": 74.0,
                  "state": terms.DRIFTING, "n_observations": 160, "n_practitioners": 9,
                  "n_quarters": 5}  # fmt: skip
    return {
        "sites": SITES,
        "missing_tables": pd.DataFrame({"table": [], "would_add": []}, dtype="str"),
        "trajectories": pd.DataFrame([trajectory]),
        "support_ledger": ledger(),
        "supports_planned": planned(),
        "dose": dose(),
        "dose_curve": dose_curve(),
        "dose_at_sites": at_sites(),
        "booster_timing": booster(),
        "pressures": pressures(),
        "two_models": two_models(),
        "alignment": alignment(),
        "action_after_low": low(),
        "action_after_next": after(),
    }


OURS = [name for name in all_tables() if name not in ("sites", "missing_tables", "trajectories")]


def evidence(tmp_path: Path, site_id: str = "", told=None, **changed: pd.DataFrame) -> Evidence:
    settings = Settings(network="Net", privacy=PRIVACY)
    results = Results(tmp_path / "run", Study(tmp_path, settings))
    results.start({"quarter": "2026Q3"})
    found = {**all_tables(), **changed}
    results.write_tables({name: frame for name, frame in found.items() if frame.shape[1]})
    results.write_findings("03", [*findings(), *findings("S1")] if told is None else told)
    return released_evidence(results, site_id)


def released_ledger(frame=None):
    return release.release_support(ledger() if frame is None else frame, PRIVACY)


def every_picture():
    shown = released_ledger()
    return {
        "ledger": figures.support_ledger(shown),
        "site ledger": figures.support_ledger(shown, site_id="S1", name="Elm"),
        "decay": figures.support_decay(dose_curve(), dose()),
        "booster": figures.booster_timing(booster()),
        "pressures": figures.pressures(pressures()),
        "two models": figures.two_models(two_models(), alignment()),
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
        figures.support_ledger(nothing),
        figures.support_ledger(nothing, site_id="S1", name="Elm"),
        figures.support_decay(nothing, nothing),
        figures.booster_timing(nothing),
        figures.pressures(nothing),
        figures.two_models(nothing, nothing),
    ):
        assert "No data" in picture.alt_text
        assert picture.data.empty


def test_figures_in_which_everything_is_hidden_say_that_there_are_no_data():
    few = {"n_practitioners": 3}
    for picture in (
        figures.support_ledger(released_ledger(ledger().assign(in_post=3, **few))),
        figures.support_decay(release.release_curve(dose_curve(), dose(3), PRIVACY), dose()),
        *(
            draw(release_where_few(frame.assign(**few), PRIVACY, "n_practitioners"))
            for draw, frame in (
                (figures.booster_timing, booster()),
                (figures.pressures, pressures()),
                (lambda frame: figures.two_models(frame, alignment()), two_models()),
            )
        ),
    ):
        assert "No data" in picture.alt_text


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.support_ledger(released_ledger(ledger(QUARTERS[-1:]))),
        lambda: figures.support_ledger(released_ledger(ledger(QUARTERS[-1:])), site_id="S1"),
        lambda: figures.support_decay(dose_curve((COACHING,)), pd.DataFrame()),
        lambda: figures.support_decay(dose_curve().head(1), dose()),
        lambda: figures.booster_timing(booster([6])),
        lambda: figures.pressures(pressures().head(1)),
        lambda: figures.pressures(
            pressures().assign(within_low=np.nan, joint_within=np.nan, between=np.nan)
        ),
        lambda: figures.two_models(two_models().head(1), pd.DataFrame()),
        lambda: figures.two_models(two_models().tail(3), alignment().head(2)),
        lambda: figures.two_models(two_models().assign(share_low=np.nan), alignment().head(1)),
    ],
)
def test_every_figure_draws_with_little(draw):
    picture = draw()
    assert picture.png.startswith(b"\x89PNG")
    assert "No data" not in picture.alt_text


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_figure(name):
    titled = {"title": [name] * 4}
    for picture in (
        figures.support_ledger(released_ledger(), site_id="S1", name=name),
        figures.support_decay(dose_curve().assign(kind=name), dose()),
        figures.pressures(pressures().assign(**titled)),
        figures.two_models(two_models().assign(title=name), alignment()),
    ):
        assert picture.png.startswith(b"\x89PNG")
        assert not set("\x00‮\n") & set(picture.alt_text)


def test_no_mark_is_told_by_colour_alone():
    shapes = {(marker, fill == "#FFFFFF") for marker, _, fill in LOOKS.values()}
    assert len(shapes) == len(LOOKS)


# --- the ledger ---


def test_the_ledger_keeps_the_last_eight_quarters_and_tells_first_and_last():
    picture = figures.support_ledger(released_ledger())
    assert set(picture.data["Quarter"]) == set(QUARTERS[-8:])
    assert f"Coaching in {LAST}: acts a month each 0.8 ({QUARTERS[2]}: 1.0); got any" in (
        picture.alt_text
    )


def test_a_sites_ledger_has_the_network_beside_it():
    words = figures.support_ledger(released_ledger(), site_id="S2", name="ash").alt_text
    assert "in the network 0.8 and 59% (39% to 79%)" in words


@pytest.mark.parametrize(
    ("covered", "share", "none"),
    [
        (0, "0% (0% to 20%)", "12"),
        (1, "under 42%", "[c]"),
        (4, "under 42%", "[c]"),
        (6, "50% (30% to 70%)", "6"),
        (8, "over 58%", "few"),
        (11, "over 58%", "few"),
        (12, "100% (80% to 100%)", "0"),
    ],
)
def test_few_who_got_support_or_none_are_told_in_bounds(covered, share, none):
    # Two sites have few at once, so that none is hidden for the sake of another.
    frame = ledger(QUARTERS[-2:], coaching=covered)
    frame = frame[(frame["scope"] != "team") & frame["kind"].isin(["all", "coaching"])]
    other = (frame["site_id"] == "S2") & (frame["kind"] == "coaching")
    frame.loc[other, ["covered", "without"]] = [28, 2]
    shown = tables.support_table(released_ledger(frame), "S1").frame.set_index("Support")
    assert shown.loc["Coaching", "Practitioners who got any"] == share
    assert shown.loc["Coaching", "Got none"] == none


def test_what_few_people_got_is_hidden_too():
    shown = released_ledger(ledger(QUARTERS[-1:], coaching=3))
    row = shown[(shown["site_id"] == "S1") & (shown["kind"] == "coaching")].iloc[0]
    given = ["acts", "acts_a_month", "minutes_a_month", "share_skill", "covered", "coverage"]
    assert row[given].isna().all()
    few_without = released_ledger(ledger(QUARTERS[-1:], coaching=9))
    row = few_without[(few_without["site_id"] == "S1") & (few_without["kind"] == "coaching")]
    assert row["acts_a_month"].notna().all()
    assert row["coverage"].isna().all()


@pytest.mark.parametrize("in_post", range(5, 10))
def test_where_few_are_in_post_no_bound_tells_more_than_the_blank(in_post):
    rows = [line("site", site, LAST, "all", in_post, some) for some, site in
            zip(range(1, in_post), "abcdefgh", strict=False)]  # fmt: skip
    shown = released_ledger(pd.DataFrame(rows))
    bounds = shown[["at_least", "under"]]
    assert bounds.isna().all(axis=None)
    hidden = shown["coverage"].isna()
    covered = pd.Series(range(1, in_post))
    assert (hidden == ((covered < FEWEST) | (in_post - covered < FEWEST))).all()


def test_no_released_share_of_the_ledger_gives_a_small_count():
    frame = pd.concat(
        [pd.DataFrame([line("site", f"X{people}-{got}", LAST, "all", people, got)])
         for people in range(1, 25) for got in range(people + 1)]
    )  # fmt: skip
    shown = released_ledger(frame)
    small = range(1, FEWEST)
    told = shown[shown["coverage"].notna()]
    assert not told["covered"].isin(small).any()
    assert not told["without"].isin(small).any()
    assert (told["in_post"] >= FEWEST).all()
    bounded = shown[shown["at_least"].notna()]
    assert ((1 - bounded["at_least"]) * bounded["in_post"]).round(6).eq(FEWEST).all()


def test_one_small_site_hides_the_next_smallest_with_it():
    shown = released_ledger(small_ledger())
    assert (
        shown.loc[shown["site_id"] == "S10", ["in_post", "covered", "acts_a_month"]]
        .isna()
        .all(axis=None)
    )
    beside = shown[shown["site_id"] == "S1"]
    assert beside[["covered", "without", "coverage", "coverage_low"]].isna().all(axis=None)
    assert beside["in_post"].notna().all()
    assert shown.loc[shown["site_id"] == "S2", "covered"].notna().all()
    assert shown.loc[shown["site_id"] == "", "covered"].notna().all()


def test_teams_never_reach_a_page(tmp_path):
    found = evidence(tmp_path).reinforcement
    assert set(found.ledger["scope"]) == {"network"}
    of_site = evidence(tmp_path, "S2").reinforcement
    assert set(of_site.ledger["scope"]) == {"network", "site"}
    assert set(of_site.ledger["site_id"]) == {"", "S2"}
    assert "T77" not in of_site.ledger.to_string()


def test_the_statement_on_a_sites_support_keeps_to_its_ledger(tmp_path):
    few = ledger(coaching=12, all=11)
    mine = evidence(tmp_path, "S1", support_ledger=few).findings.of_place("S1")
    (told,) = [each for each in mine if each.id == "reinforcement.support"]
    assert told.statement.startswith(f"In {LAST}, over 58% of those in post here were given any")
    assert told.estimate is None
    assert "7 of 12" not in told.statement
    network = evidence(tmp_path, "S1", support_ledger=few).findings.of_place("")
    assert any("7 of 12" in each.statement for each in network)


def test_the_plan_stands_beside_the_networks_and_small_places_are_hidden():
    table = tables.planned_table(planned(), "S1")
    assert table.rows == [("Coaching", "36", "18", "50% (40% to 60%)", "12", "50% (40% to 60%)")]
    hidden = release.release_planned(planned(4), PRIVACY)
    assert tables.planned_table(hidden, "S1").rows[0][1:5] == ("[c]",) * 4
    # S1 alone is hidden, so S2 is hidden with it.
    assert hidden.loc[hidden["site_id"] == "S2", "delivered"].isna().all()


# --- dose ---


def test_the_half_life_is_told_with_its_interval_and_never_made_up():
    words = figures.support_decay(dose_curve(), dose()).alt_text
    assert "Half of it is gone after 3.2 months (95% interval 2.2 to 4.9)" in words
    assert words.count("Half of it is gone") == 1
    table = tables.dose_table(dose()).frame
    assert table["Within practitioners"].tolist() == [
        "+4.1 points (+2.9 to +5.3)",
        "3.2 months (2.2 to 4.9)",
        "can’t be said",
    ]
    assert table.iloc[0, 3] == "−1.2 points (−2.5 to +0.1)"


def test_curves_take_the_people_of_their_dose():
    shown = release.release_curve(dose_curve(), dose(), PRIVACY)
    assert shown["n_practitioners"].eq(120).all()
    assert shown["expected"].notna().all()
    assert shown.loc[shown["months"] == 24, "n_observations"].isna().all()
    assert release.release_curve(dose_curve(), dose(4), PRIVACY)["expected"].isna().all()
    assert release.release_curve(dose_curve(), pd.DataFrame(), PRIVACY)["expected"].isna().all()


def test_frequency_and_coverage_are_told_apart_from_totals():
    table = tables.dose_at_sites_table(at_sites()).frame
    assert table["Verdict"].tolist() == [
        "goes with fidelity",
        "goes with fidelity",
        "not shown to go with it",
    ]
    none = at_sites().assign(estimate=np.nan, reason="too few sites.")
    assert "can’t be said: too few sites." in repr(tables.dose_at_sites_table(none))


def test_the_next_certification_is_told_at_a_few_months():
    picture = figures.booster_timing(release.release_timing(booster(), PRIVACY))
    months = picture.data["Months since the last certification"].tolist()
    assert months == ["1", "2", "3", "6", "9", "12", "18", "24"]
    assert picture.data.iloc[-1, 1] == "[c]"
    assert "24 months since the last: not shown, too few people." in picture.alt_text


# --- pressures and the two models ---


def test_pressures_say_goes_with_and_never_more():
    picture = figures.pressures(pressures())
    assert "Caseload, 5 people or families more: within practitioners −1.8 (−2.5 to −1.1)" in (
        picture.alt_text
    )
    assert picture.data["Verdict"].tolist() == [
        "goes with lower fidelity",
        "none shown",
        "goes with lower fidelity",
        "none shown",
    ]
    assert picture.data["Points for"].tolist()[1:3] == [
        "1 practitioner for each supervisor more",
        "1 hour a week more",
    ]
    assert picture.data["Moves with the others"].tolist() == ["6.2: yes", "1.3", "6.2: yes", "1.3"]


def test_the_two_models_stand_beside_one_another():
    picture = figures.two_models(two_models().iloc[::-1], alignment())
    assert picture.data["Trained"].tolist() == ["yes"] * 3 + ["no"] * 3
    assert "Practice as a whole has 23% (16% to 31%) of what is rewarded." in picture.alt_text
    assert "Reflection (trained): 2% (0% to 8%), more of it goes with a lower rating." in (
        picture.alt_text
    )
    assert "2024 41% (34% to 49%), 2025 30% (23% to 38%) and 2026 16%" in picture.alt_text


def test_a_year_of_few_people_is_left_out_of_the_figure():
    shown = release_where_few(alignment(last_people=4), PRIVACY, "n_practitioners")
    assert "2026" not in figures.two_models(two_models(), shown).alt_text
    assert tables.alignment_table(shown).frame["Share of practice"].tolist()[2] == "[c]"


# --- action ---


def test_sites_stand_by_name_and_the_network_last():
    table = tables.action_table(low(), SITES).frame
    assert table["Place"].tolist() == ["ash", "Elm", "Oak", "The network"]
    assert (table["Days until half are followed"] == "21 (14 or more)").all()
    own = tables.action_table(low(), SITES, "S1").frame
    assert own["Place"].tolist() == ["Elm", "The network"]


def test_low_observations_of_few_people_are_hidden_with_those_of_the_next_smallest():
    frame = low(S1=2).assign(reason=["", "only 2 were low.", "", ""])
    shown = release.release_action(frame, PRIVACY)
    assert shown["suppressed"].tolist() == [False, True, False, True]
    assert "only 2" not in repr(tables.action_table(shown, SITES))
    nobody = low(S1=0).assign(share=[0.5, np.nan, 0.5, 0.5], reason=["", "nothing is low.", "", ""])
    shown = release.release_action(nobody, PRIVACY)
    assert not shown["suppressed"].any()
    assert "can’t be said: nothing is low." in repr(tables.action_table(shown, SITES))


def test_the_difference_is_told_beside_both_groups():
    frame = tables.action_next_table(after()).frame
    assert frame.iloc[2].tolist() == [
        "Difference, for the same first score", "+2.6 (+1.1 to +4.1)", "150", "60",
    ]  # fmt: skip


# --- tables without rows ---


@pytest.mark.parametrize(
    "make",
    [
        tables.action_next_table,
        tables.alignment_table,
        tables.booster_timing_table,
        tables.dose_at_sites_table,
        tables.dose_curve_table,
        tables.dose_table,
        tables.planned_table,
        tables.pressures_table,
        tables.support_course_table,
        tables.support_table,
        tables.two_models_table,
        lambda frame: tables.action_table(frame, SITES),
    ],
)
def test_a_table_that_was_not_made_is_printed_without_rows(make):
    table = make(pd.DataFrame())
    assert len(table.frame) == 0
    assert len(table.frame.columns) > 1


# --- sections ---

PARTS = {
    "What are we reinforcing?": support_section,
    "For how long does support hold?": dose_section,
    "Which pressures go with practice that moves away?": pressures_section,
    "Which model is rewarded?": two_models_section,
    "Is what is seen acted on?": action_section,
}


def shown_text(sections):
    return " ".join(
        f"{section.lead} {part!r}"
        for section in sections
        for part in (*section.pictures, *section.tables)
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Sections of the network's page and of one site's, by title."""
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
    assert list(pages["S1"]) == ["What are we reinforcing?", "Is what is seen acted on?"]
    counts = [(len(each.pictures), len(each.tables)) for each in pages[""].values()]
    assert counts == [(1, 2), (2, 2), (1, 0), (1, 1), (0, 2)]
    counts = [(len(each.pictures), len(each.tables)) for each in pages["S1"].values()]
    assert counts == [(1, 2), (0, 1)]


def test_the_first_section_answers_what_is_reinforced(pages):
    lead = pages[""]["What are we reinforcing?"].lead
    told = [first_sentence(STATEMENTS[name]) for name in ANSWERS]
    assert lead == " ".join(told)
    assert "More follows" not in lead
    assert "the reason of" not in lead


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_pages_name_no_other_site_and_nothing_as_a_cause(pages, site_id):
    everything = shown_text(pages[site_id].values())
    assert not CAUSAL.search(everything)
    assert "T77" not in everything
    if site_id:
        assert not re.search(r"\b(ash|Oak|S2|S10)\b", everything)


@pytest.mark.parametrize("site_id", ["", "S1"])
@pytest.mark.parametrize(
    ("lacking", "titles"),
    [
        ("supports", [0, 1, 4]),
        ("work_conditions", [2]),
        ("recognition", [3]),
    ],
)
def test_a_table_that_was_not_handed_in_is_told_with_what_it_would_add(
    tmp_path, site_id, lacking, titles
):
    missing = pd.DataFrame({"table": [lacking], "would_add": ["It would show much."]})
    nothing = {name: pd.DataFrame() for name in OURS}
    found = evidence(tmp_path, site_id, [], missing_tables=missing, **nothing)
    for place in titles:
        section = list(PARTS.values())[place](found)
        plain = lacking.replace("_", " ").replace("work", "working")
        assert section.lead == f"No table of {plain} was handed in. It would show much."
        assert not section.pictures
        assert not section.tables


@pytest.mark.parametrize("site_id", ["", "S1"])
def test_without_evidence_each_section_gives_the_reason_and_shows_nothing(tmp_path, site_id):
    nothing = {name: pd.DataFrame() for name in OURS}
    told = findings(site_id, **dict.fromkeys(STATEMENTS, ""))
    found = evidence(tmp_path, site_id, told, **nothing)
    for part in PARTS.values():
        section = part(found)
        assert "the reason of reinforcement." in section.lead or part is dose_section
        assert re.search(r"could not|can’t|No ", section.lead)
        assert not section.pictures
        assert not section.tables


def test_without_a_plan_the_ledger_still_stands(tmp_path):
    section = support_section(evidence(tmp_path, supports_planned=pd.DataFrame()))
    assert "the reason of reinforcement.planned." in section.lead
    assert len(section.pictures) == 1
    assert len(section.tables) == 1


def test_a_site_of_few_people_shows_no_support(tmp_path):
    few = ledger().assign(in_post=3, n_practitioners=3, covered=1, without=2)
    section = support_section(evidence(tmp_path, "S1", [], support_ledger=few))
    assert "too few people" in section.lead
    assert not section.pictures


def test_a_first_sentence_ends_at_no_point_within_a_number():
    text = "It is 3.1 months (95% interval 2.2 to 4.6). More is known."
    assert first_sentence(text) == "It is 3.1 months (95% interval 2.2 to 4.6)."
