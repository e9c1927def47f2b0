"""How fast site reports are made: Papermill as it comes, beside warm kernels, on one machine.

    python benchmarks/reports_speed.py --study FOLDER --reports 6

The study must have a published quarter (`workbench demo FOLDER`, `workbench run --study FOLDER`).
The same notebook is run for the same sites, once in a loop of `papermill.execute_notebook` and once
by the workbench's runner. A busy machine shows in the wall time, less in the processor's.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pandas as pd
import papermill

from workbench.reporting.sections_release import keep_release
from workbench.resources import resource_files
from workbench.results import open_results
from workbench.running.quarter_steps import MANY
from workbench.running.runs import NotebookRunner
from workbench.settings import open_study

NOTEBOOK = "06_quarterly_report.ipynb"
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Measured:
    """What making the reports took, in seconds and bytes."""

    wall: float
    processor: float
    cells: list[float]
    overheads: list[float]
    peak_memory: int


def processor_seconds() -> float:
    """User and system time of this process and every one that it started and saw end."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def stock(notebook: Path, jobs: dict[Path, dict[str, Any]]) -> Measured:
    """Papermill in a loop, with nothing of ours."""
    cells, overheads = [], []
    began, used = time.monotonic(), processor_seconds()
    for output, parameters in jobs.items():
        start = time.monotonic()
        done = papermill.execute_notebook(
            str(notebook), str(output), parameters, kernel_name="python3", progress_bar=False
        )
        own = sum(cell.metadata.papermill["duration"] for cell in done.cells)
        cells.append(own)
        overheads.append(time.monotonic() - start - own)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    wall = time.monotonic() - began
    return Measured(wall, processor_seconds() - used, cells, overheads, peak)


def ours(notebook: Path, jobs: dict[Path, dict[str, Any]], workers: int, warm: bool) -> Measured:
    """The workbench's runner; its template's imports are counted too."""
    began, used = time.monotonic(), processor_seconds()
    with (
        NotebookRunner(workers=workers, warm=warm) as runner,
        ThreadPoolExecutor(workers) as threads,
    ):
        if len(jobs) >= MANY:
            one = next(iter(jobs.values()))
            runner.rehearse(one["study_folder"], one["results_folder"], one["site_id"])
        run = [threads.submit(runner.run, notebook, *job) for job in jobs.items()]
        times = [one.result() for one in run]
    wall = time.monotonic() - began
    return Measured(
        wall,
        processor_seconds() - used,
        [one.cell_seconds for one in times],
        [one.overhead for one in times],
        max(one.peak_memory or 0 for one in times),
    )


def shown(path: Path) -> list[tuple[str, list[Any]]]:
    """Source and outputs of each code cell; what came in pieces is joined."""
    cells = nbformat.read(path, as_version=4).cells
    return [(cell.source, joined(cell.outputs)) for cell in cells if cell.cell_type == "code"]


def joined(outputs: list[Any]) -> list[Any]:
    """Put together the pieces of what a cell printed, which come by the clock."""
    whole: list[Any] = []
    for output in outputs:
        last = whole[-1] if whole else {}
        if output["output_type"] == "stream" and output.get("name") == last.get("name"):
            last["text"] += output["text"]
        else:
            whole.append(dict(output))
    return whole


def told(name: str, measured: Measured) -> str:
    """One line of the table."""
    reports = len(measured.cells)
    # The first kernels wait for the template's imports; the middle one is what a report costs.
    cells, overhead = median(measured.cells), median(measured.overheads)
    return (
        f"{name:22} {60 * reports / measured.wall:12.1f} {measured.wall / reports:10.2f} "
        f"{measured.processor / reports:10.2f} {cells:10.2f} {overhead:10.2f} "
        f"{measured.peak_memory / MEBIBYTE:10.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--reports", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cold", action="store_true", help="measure our ordinary kernels too")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    notebook = resource_files("notebooks", NOTEBOOK, asked.study)[0]
    published = sorted(asked.study.glob("reports/2*/**/manifest.json"))[-1].parent
    with tempfile.TemporaryDirectory() as made:
        results = Path(made) / "results"
        shutil.copytree(published, results)
        began = processor_seconds()
        keep_release(open_results(open_study(str(asked.study)), str(results)))
        print(f"release, once a run and before its reports: {processor_seconds() - began:.1f} s")
        sites = pd.read_parquet(results / "tables" / "sites.parquet")["site_id"]
        chosen = [sites.iloc[at % len(sites)] for at in range(asked.reports)]

        def jobs(kind: str) -> dict[Path, dict[str, Any]]:
            Path(made, kind).mkdir()
            return {
                Path(made, kind, f"{at}.ipynb"): {
                    "study_folder": str(asked.study.resolve()),
                    "results_folder": str(results),
                    "site_id": site,
                }
                for at, site in enumerate(chosen)
            }

        before = stock(notebook, jobs("stock"))
        kinds = {"warm": ours(notebook, jobs("warm"), asked.workers, warm=True)}
        if asked.cold:
            kinds["cold"] = ours(notebook, jobs("cold"), asked.workers, warm=False)
        print(
            f"{asked.reports} reports, {asked.workers} workers\n{'':22} reports/min     wall s"
            "  processor s   cells s  overhead s  peak MB   (a report; cells and overhead: median)"
        )
        print(told("papermill in a loop", before))
        for kind, after in kinds.items():
            print(told(f"workbench, {kind}", after))
            equal = all(
                shown(Path(made, "stock", f"{at}.ipynb")) == shown(Path(made, kind, f"{at}.ipynb"))
                for at in range(asked.reports)
            )
            print(
                f"  {before.wall / after.wall:.1f} times the reports a minute, "
                f"{before.processor / after.processor:.1f} times fewer processor seconds; "
                f"outputs {'equal' if equal else 'DIFFER'} cell by cell"
            )


if __name__ == "__main__":
    main()
