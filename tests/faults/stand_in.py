"""A study whose notebooks are quick stand-ins, so that the run itself is what is tried.

They read the study's own files, hand tables over as the real ones do, and write a page a site.
"""

from pathlib import Path

import nbformat
import trip

from workbench.settings import SETTINGS_FILE

SITES = 4
LONGEST = 8
"""Seconds that a notebook may take."""
SETTINGS = f"""network: A
privacy:
  fewest_practitioners: 3
runs:
  notebook_minutes: {LONGEST / 60}
  memory_gib: 0.7
"""
PARAMETERS = 'study_folder: str = ""\nresults_folder: str = ""\n'
BEGIN = """
import sys
sys.path.insert(0, study_folder)
from pathlib import Path
import pandas as pd
from trip import poison, trip
from workbench.results import Results, published_results
from workbench.settings import open_study
study = open_study(Path(study_folder))
results = Results(Path(results_folder), study)
"""
CHECK = """
trip("parse")
people = pd.read_csv(study.raw / "practitioners.csv", dtype="str")
trip("validate")
sites = sorted(people["site_id"].unique())
before = published_results(study, "2026Q3")
version = 1 + len(study.versions_of("2026Q3"))
with_quarter, with_version = ("2026Q3", version - 1) if before else ("", 0)
results.start({"quarter": "2026Q3", "network": "A", "inputs": [], "note": "", "versions": {}})
results.write_accepted({"practitioners": people})
trip("canonical table")
results.write_tables({
    "sites": pd.DataFrame({"site_id": sites, "site_name": sites,
                           "slug": [f"site-{one}" for one in sites]}),
    "row_accounting": pd.DataFrame({"table": ["practitioners"], "received": [len(people)],
                                    "accepted": [len(people)], "set_aside": [0]}),
    "publication": pd.DataFrame([["2026Q3", version, with_quarter, with_version]],
        columns=["quarter", "version", "compared_with", "compared_version"]),
    "revisions": pd.DataFrame(),
})
"""
FIT = """
people = results.accepted("practitioners")
means = people.assign(score=people["score"].astype(float)).groupby("site_id")["score"].mean()
means.rename("score").reset_index().to_parquet(results.folder / "tables" / "half.parquet")
trip("pooled fit")
results.write_tables({"fit": means.rename("score").reset_index()})
"""
REPORT = """
poison(site_id)
fit = results.table("fit")
if site_id:
    path = results.folder / "sites" / f"site-{site_id}.html"
    mine = fit[fit["site_id"] == site_id]
else:
    trip("disclosure audit")
    path, mine = results.folder / "network.html", fit
path.parent.mkdir(exist_ok=True)
with path.open("w") as page:
    page.write("<!doctype html><html>")
    page.flush()
    if site_id == "s3":
        trip("site notebook")
    if not site_id:
        trip("export")
    page.write(mine.to_html(index=False) + "</html>")
"""


def make_study(folder: Path) -> Path:
    """Make the study; its data are those of `deliver`."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / SETTINGS_FILE).write_text(SETTINGS)
    (folder / "trip.py").write_text(Path(trip.__file__).read_text())
    # All six stand in for those of the workbench, which a run would take otherwise.
    for name, source in {
        "01_data_quality": CHECK,
        "02_fidelity_over_time": FIT,
        "03_reinforcement": "",
        "04_driver_readiness": "",
        "05_plan_traction": "",
    }.items():
        write_notebook(folder, name, source)
    write_notebook(folder, "06_quarterly_report", REPORT, PARAMETERS + 'site_id: str = ""\n')
    return folder


def deliver(folder: Path, score: int, sites: int = SITES) -> None:
    """Deliver the data of one version."""
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    rows = [
        f"p{site}-{person},s{site},{score + site + person}"
        for site in range(1, sites + 1)
        for person in range(4)
    ]
    text = "practitioner_id,site_id,score\n" + "\n".join(rows) + "\n"
    (raw / "practitioners.csv").write_text(text)


def write_notebook(folder: Path, name: str, source: str, parameters: str = PARAMETERS) -> None:
    """Write a notebook of two cells: its parameters, and what it does."""
    new = nbformat.v4.new_code_cell
    cells = [
        new(parameters, metadata={"tags": ["parameters"]}, id="parameters"),
        new(BEGIN + source, id="work"),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, folder / "notebooks" / f"{name}.ipynb")
