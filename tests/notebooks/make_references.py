"""Make the executed references that the regression tests compare with: `make references`.

The example network is made in build/example and the shipped notebooks are run on it in order. What
would differ from machine to machine (times, paths, images) is taken out of the references.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from workbench.data.synthetic import write_example
from workbench.running.parameters import declared_parameters
from workbench.running.runs import run_notebook
from workbench.running.studies import make_study

ROOT = Path(__file__).parents[2]
STUDY = "build/example"
RESULTS = "reports/reference"
AS_OF = "2026-09-30"
REFERENCES = {
    "01_data_quality": ("01_data_quality", ""),
    "02_fidelity_over_time": ("02_fidelity_over_time", ""),
    "03_reinforcement": ("03_reinforcement", ""),
    "04_driver_readiness": ("04_driver_readiness", ""),
    "05_plan_traction": ("05_plan_traction", ""),
    "start": ("start", ""),
    "compare_two_instruments": ("explore/compare_two_instruments", ""),
    "recut_by_cohort": ("explore/recut_by_cohort", ""),
    "plan_the_measurement": ("explore/plan_the_measurement", ""),
    "06_quarterly_report_network": ("06_quarterly_report", ""),
    "06_quarterly_report_site": ("06_quarterly_report", "007"),
}
ONE_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def make_example() -> Path:
    """The example's study folder under build/, made new."""
    folder = ROOT / STUDY
    shutil.rmtree(folder, ignore_errors=True)
    make_study(folder, with_settings_of="example")
    write_example(folder)
    return folder


def make_reference(name: str) -> None:
    """Run one notebook on the example and keep it, stripped of what differs by machine."""
    notebook, site_id = REFERENCES[name]
    source = ROOT / "notebooks" / f"{notebook}.ipynb"
    given = {
        "study_folder": STUDY,
        "results_folder": RESULTS,
        "as_of": AS_OF,
        "quarter": "2026Q3",
        "site_id": site_id,
        "draws": 40,
    }
    declared = declared_parameters(source)
    executed = ROOT / "build" / f"{name}.ipynb"
    run_notebook(source, executed, {key: given[key] for key in given if key in declared})
    book = nbformat.read(executed, as_version=4)
    book.metadata.pop("papermill", None)
    for cell in book.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output["data"]["image/png"] = ONE_PIXEL
    nbformat.write(book, Path(__file__).with_name(f"{name}.ipynb"))


if __name__ == "__main__":
    make_example()
    for name in REFERENCES:
        make_reference(name)
