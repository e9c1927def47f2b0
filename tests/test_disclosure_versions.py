"""Two versions of one quarter are published: nobody can be had by setting them side by side."""

from __future__ import annotations

import shutil
import stat

import pandas as pd
import pytest

from workbench.reporting.disclosure_audit import NARROWEST, work_out
from workbench.reporting.disclosure_held import ReleaseRefused
from workbench.reporting.disclosure_kept import FILE, kept_counts
from workbench.reporting.disclosure_sums import FEW, PROTECTS, SHOWN, SumOfCells
from workbench.reporting.sections_release import FOLDER, keep_release, release_run
from workbench.results import Results
from workbench.running.forgetting import forget_before, forget_person
from workbench.running.mentions import practitioner
from workbench.settings import MANIFEST, Privacy, Settings, Study

QUARTER = "2026Q3"
PRIVACY = Privacy(fewest_practitioners=11, fewest_plans=11)
FIRST = {"A": 4, "B": 20, "C": 36}
REVISED = {**FIRST, "B": 45}
"""B, which protected A, was revised; by itself the version would hide C in its place."""


def study_in(folder):
    return Study(folder, Settings(network="Net", privacy=PRIVACY))


def results_of(study, name, people, states=()):
    """Results with a table of people by site, as a run leaves them."""
    results = Results(study.reports / QUARTER / name, study)
    results.start({"quarter": QUARTER})
    counts = {"": sum(people.values()), **people}
    results.write_tables(
        {
            "fidelity_by_quarter": pd.DataFrame(
                [
                    {
                        "scope": "site" if site else "network", "site_id": site,
                        "quarter": QUARTER, "fidelity": 70.0, "conf_low": 65.0,
                        "conf_high": 75.0, "n_observations": 3 * count,
                        "n_practitioners": count, "share_at_cut_off": 0.5,
                    }
                    for site, count in counts.items()
                ]
            )
        }
    )  # fmt: skip
    if states:
        results.write_tables({"practitioner_states": states_frame(states)})
    results.write_findings("02", [])
    return results


def states_frame(states):
    """Practitioners by state, with the network."""
    network = {
        state: sum(of_site[state] for of_site in states.values())
        for state in ("drifting", "holding")
    }
    rows = [
        {"scope": "site" if site else "network", "site_id": site, "state": state,
         "practitioners": count, "n_practitioners": sum(of_site.values())}
        for site, of_site in {"": network, **states}.items()
        for state, count in of_site.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def publish(results):
    keep_release(results)
    (results.folder / MANIFEST).write_text("{}", encoding="utf-8")


def shown(results):
    """What the page of a version prints: practitioners by site, missing where hidden."""
    frame = pd.read_feather(results.folder / FOLDER / "fidelity_by_quarter.feather")
    return frame.set_index("site_id")["n_practitioners"]


def attacked(versions, truths):
    """Least and most of A, to somebody who knows which counts were revised."""
    counts, why, sums = {}, {}, []
    for printed, truth in zip(versions, truths, strict=True):
        whole = {"": sum(truth.values()), **truth}
        names = {site: (site, count) for site, count in whole.items()}
        for site, count in whole.items():
            is_shown = pd.notna(printed[site])
            few = FEW if count < PRIVACY.fewest_practitioners else PROTECTS
            if is_shown or why.get(names[site]) != SHOWN:
                counts[names[site]], why[names[site]] = float(count), SHOWN if is_shown else few
        sums.append(SumOfCells(names[""], tuple(names[site] for site in truth)))
    index = pd.Index(list(counts), tupleize_cols=False)
    found = work_out(
        pd.Series(list(counts.values()), index=index), pd.Series(list(why.values()), index=index),
        sums, PRIVACY.fewest_practitioners, only_sensitive=True,
    )  # fmt: skip
    return found["width"]


def test_a_revision_alone_would_tell_how_many_are_at_the_small_site(tmp_path):
    printed = []
    for name, people in (("one", FIRST), ("two", REVISED)):
        results = results_of(study_in(tmp_path / name), "v1", people)
        publish(results)
        printed.append(shown(results))
    assert printed[0].isna().to_dict() == {"": False, "A": True, "B": True, "C": False}
    assert printed[1].isna().to_dict() == {"": False, "A": True, "B": False, "C": True}
    assert attacked(printed, [FIRST, REVISED]).to_list() == [0]


def test_two_versions_of_a_quarter_tell_nobody(tmp_path):
    study, printed = study_in(tmp_path), []
    for name, people in (("v1", FIRST), ("v2", REVISED)):
        results = results_of(study, name, people)
        publish(results)
        printed.append(shown(results))
    assert printed[0].isna().to_dict() == {"": False, "A": True, "B": True, "C": False}
    assert printed[1]["A"] != printed[1]["A"]
    assert (attacked(printed, [FIRST, REVISED]) >= NARROWEST).all()


def test_the_same_again_is_released_to_the_byte(tmp_path):
    study, kept = study_in(tmp_path), []
    for name in ("v1", "v2"):
        results = results_of(study, name, FIRST)
        publish(results)
        files = [results.folder / FILE, *sorted((results.folder / FOLDER).rglob("*.*"))]
        kept.append({path.name: path.read_bytes() for path in files})
    assert kept[0] == kept[1]


def test_what_earlier_versions_tell_stops_the_publication(tmp_path):
    study = study_in(tmp_path)
    first = results_of(study, "v1", FIRST)
    publish(first)
    # A version that hid too little was published: B beside A, with everything else printed.
    told = pd.read_parquet(first.folder / FILE)
    fewer = told.assign(why=told["why"].where(told["row"] == "A", SHOWN))
    fewer.to_parquet(first.folder / FILE, index=False)
    second = results_of(study, "v2", {**FIRST, "C": 37})
    with pytest.raises(ReleaseRefused) as error:
        keep_release(second)
    assert "fidelity_by_quarter of 2026Q3" in str(error.value)
    assert "withdraw the version" in str(error.value)
    shutil.rmtree(first.folder)
    keep_release(second)


def test_counts_are_kept_for_their_owner_alone(tmp_path):
    results = results_of(study_in(tmp_path), "v1", FIRST)
    publish(results)
    path = results.folder / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = kept_counts(results.folder)
    block = kept.blocks[("fidelity_by_quarter", QUARTER)]
    assert block == {("", ""): (60, SHOWN), ("A", ""): (4, FEW), ("B", ""): (20, PROTECTS),
                     ("C", ""): (36, SHOWN)}  # fmt: skip
    assert not any(FILE in one.name for one in (results.folder / FOLDER).rglob("*"))


def test_counts_stay_when_a_person_or_a_quarter_is_forgotten(tmp_path):
    study = study_in(tmp_path)
    results = results_of(study, "v1", FIRST)
    results.write_accepted({"practitioners": pd.DataFrame({"practitioner_id": ["P0042", "P0043"]})})
    publish(results)
    before = (results.folder / FILE).read_bytes()
    assert b"P0042" not in before
    gone = forget_person(study, practitioner("P0042"), "nobody")
    assert [change.file for change in gone.changes] == [
        "reports/2026Q3/v1/accepted/practitioners.parquet"
    ]
    assert not gone.left
    later = Results(study.reports / "2026Q4" / "v1", study)
    later.write_tables({"sites": pd.DataFrame({"site_id": ["A"]})})
    forget_before(study, "2026Q4", "nobody")
    assert not (results.folder / "accepted").exists()
    assert (results.folder / FILE).read_bytes() == before


def test_a_state_that_few_are_in_is_hidden_and_so_is_what_tells_it(tmp_path):
    states = {"A": {"drifting": 3, "holding": 30}, "B": {"drifting": 12, "holding": 20},
              "C": {"drifting": 14, "holding": 40}}  # fmt: skip
    results = results_of(study_in(tmp_path), "v1", FIRST, states)
    table = release_run(results).table("practitioner_states").set_index(["site_id", "state"])
    hidden = table["practitioners"].isna()
    assert hidden["A", "drifting"]
    assert hidden["A", "holding"]
    # Neither column gives A away: one more site is hidden in it.
    assert hidden[[("B", "drifting"), ("C", "drifting")]].any()
