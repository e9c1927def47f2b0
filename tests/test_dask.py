"""A run on a Dask cluster: the same outputs, a killed worker loses nothing, statistics add up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from workbench.errors import ModelRefused, ParameterError, RunFault
from workbench.models.mixed import fit_mixed_model
from workbench.models.statistics_from_parts import fit_from_parts
from workbench.running import dask_cluster, dask_worker
from workbench.running.dask_cluster import ClusterLost, ClusterRunner
from workbench.running.quarterly import run_quarter
from workbench.running.report_runners import ReportRunner
from workbench.running.runs import NotebookRunner
from workbench.running.site_reports import SiteReport, make_site_reports
from workbench.running.staged_run import Plan, StagedRun, staged_runs
from workbench.settings import SETTINGS_FILE, Study, open_study

distributed = pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")

SAME_FIT = 1e-10  # Relative, between rows in parts on two workers and rows in one frame.
SAME_DF = 1e-8  # The same of degrees of freedom, which rest on second differences.
COMPARED = {
    "tidy": {"estimate": SAME_FIT, "std_error": SAME_FIT, "df": SAME_DF},
    "var_corr": {"variance": SAME_FIT, "correlation": SAME_FIT},
    "ranef": {"mode": SAME_FIT, "sd": SAME_FIT},
}
LONGEST_ORPHAN = 10.0  # Seconds that a kernel may outlive its worker or its run.
WORKERS, SITES = 2, 5
PLAN = Plan("2026Q3", "2026-09-30", "", (), False, "", {})
NOTEBOOK = """
import os, time
from pathlib import Path
signs = Path(results_folder).parents[3] / "signs"
(signs / f"{site_id}-{os.getpid()}-{os.getppid()}").touch()
assert site_id != poisoned, "it is on fire"
time.sleep(seconds)
page = Path(results_folder) / "sites" / f"{site_id}.html"
page.parent.mkdir(exist_ok=True)
page.write_text(f"<h1>{site_id}</h1>")
print("page of", site_id)"""
PARAMETERS = """site_id: str = ""
results_folder: str = ""
seconds: float = 0.0
poisoned: str = ""
"""


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as made:
        yield made


@pytest.fixture(scope="module")
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as made:
        yield made


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "signs").mkdir()
    cells = [
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="first"),
        nbformat.v4.new_code_cell(NOTEBOOK, id="own"),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, tmp_path / "report.ipynb")
    return open_study(tmp_path)


class Reports:
    """The reports of some sites in a new run of a study."""

    def __init__(self, study: Study, seconds: float = 0.0, poisoned: str = "") -> None:
        self.staged = StagedRun.begin(study, PLAN).make_ready()
        self.notebook = study.folder / "report.ipynb"
        self.signs = study.folder / "signs"
        self.more = {"seconds": seconds, "poisoned": poisoned}
        self.wanted = [
            SiteReport(f"s{n}", f"report_s{n}", self.staged.results / "sites" / f"s{n}.html")
            for n in range(SITES)
        ]

    def make(self, runner: ReportRunner, progress=lambda done: None) -> dict[str, str]:
        def execute(one: SiteReport) -> Path:
            copy = self.staged.results / "notebooks" / f"{one.step}.ipynb"
            told = {"site_id": one.site_id, "results_folder": str(self.staged.results)}
            runner.run(self.notebook, copy, {**told, **self.more})
            return copy

        return make_site_reports(self.wanted, self.staged, runner.workers, execute, progress)

    def files(self) -> dict[str, str]:
        """Text of every file of the results, without the run's own name."""
        found = {}
        for path in sorted(self.staged.results.rglob("*")):
            if path.is_file():
                text = path.read_text(encoding="utf-8").replace(self.staged.name, "RUN")
                found[path.relative_to(self.staged.results).as_posix()] = text
        return found

    def marked(self) -> set[str]:
        return {one.site_id for one in self.wanted if self.staged.is_done(one.step)}

    def begun(self) -> list[int]:
        """Kernels in the order in which they began."""
        signs = sorted(self.signs.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [int(path.name.split("-")[1]) for path in signs]

    def processes(self) -> dict[int, int]:
        """Kernels that began a report, and who forked each."""
        told = [path.name.split("-") for path in self.signs.iterdir()]
        return {int(kernel): int(parent) for _, kernel, parent in told}


def parent_of(process: int) -> int:
    told = subprocess.run(["ps", "-o", "ppid=", "-p", str(process)], capture_output=True, text=True)
    return int(told.stdout)


def on(cluster, reports: Reports, workers: int | None = None) -> ClusterRunner:
    return ClusterRunner(cluster.scheduler_address, reports.staged.folder, workers)


def lives(process: int) -> bool:
    """Whether a process runs; one that ended and waits to be noticed doesn't."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    )
    return listed.stdout.strip()[:1] not in ("", "Z")


def all_end(processes: set[int]) -> bool:
    until = time.monotonic() + LONGEST_ORPHAN
    while any(map(lives, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


# --- reports ---


def test_a_cluster_makes_what_this_machine_makes_and_a_failure_costs_one_report(
    cluster, study: Study
) -> None:
    here, there = Reports(study, poisoned="s3"), Reports(study, poisoned="s3")
    with NotebookRunner(workers=2) as runner:
        missing_here = here.make(runner)
    own = here.processes()
    with on(cluster, there) as runner:
        with pytest.raises(ParameterError, match="no parameter of report"):
            runner.run(there.notebook, study.folder / "out.ipynb", {"sites": "s1"})
        missing = there.make(runner)
    assert missing == missing_here == {"s3": "report.ipynb stopped: it is on fire"}
    assert there.files() == here.files()
    assert there.marked() == {"s0", "s1", "s2", "s4"}
    assert there.staged.forget_damaged() == []
    forked = {kernel: by for kernel, by in there.processes().items() if kernel not in own}
    assert len(forked) == SITES
    assert len(set(forked.values())) <= WORKERS, "each worker keeps one warm template"
    assert all_end({*forked, *forked.values()}), "nothing is left on the workers"
    assert list(there.staged.folder.glob(".cluster*")) == []


def test_a_killed_worker_loses_nothing_and_leaves_no_orphan(cluster, client, study: Study) -> None:
    reports = Reports(study, seconds=1.0)
    killed: set[int] = set()

    def kill_a_busy_one(done: int) -> None:
        if done == 1:
            before, until = set(reports.begun()), time.monotonic() + 30
            while not set(begun := reports.begun()) - before and time.monotonic() < until:
                time.sleep(0.02)
            killed.add(parent_of(reports.processes()[begun[-1]]))
            os.kill(max(killed), signal.SIGKILL)

    workers = set(client.run(os.getpid).values())
    with on(cluster, reports) as runner:
        assert reports.make(runner, kill_a_busy_one) == {}
        assert killed < workers
        assert all_end(killed)
    assert reports.marked() == {one.site_id for one in reports.wanted}
    kernels = reports.processes()
    assert len(kernels) > SITES, "the report that was going on was begun again elsewhere"
    assert all_end({*kernels, *kernels.values()})
    assert reports.staged.forget_damaged() == []
    assert sorted(path.name for path in (reports.staged.results / "notebooks").iterdir()) == [
        f"report_s{n}.ipynb" for n in range(SITES)
    ]
    client.wait_for_workers(WORKERS, timeout=30)


def test_a_stopped_run_stops_its_workers(cluster, study: Study) -> None:
    reports = Reports(study, seconds=60.0)

    def press_stop() -> None:
        until = time.monotonic() + 30
        while len(reports.processes()) < WORKERS and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    # A shell without job control lets what it starts ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), on(cluster, reports) as runner:
            threading.Thread(target=press_stop, daemon=True).start()
            reports.make(runner)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < reports.more["seconds"]
    kernels = reports.processes()
    assert len(kernels) == WORKERS
    assert all_end({*kernels, *kernels.values()})
    assert reports.marked() == set()


# --- refusals ---


def test_a_worker_that_does_not_see_the_folder_is_told_before_the_first_report(
    cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # What is named from here is nowhere for the workers.
    Path("run").mkdir()
    runner = ClusterRunner(cluster.scheduler_address, Path("run"))
    with pytest.raises(RunFault, match=r"doesn't see the run's folder run.*same path"), runner:
        pass


def test_other_versions_are_refused_in_plain_words(
    cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = {**dask_worker._packages(), "pandas": "2.0"}
    monkeypatch.setattr(dask_worker, "_packages", lambda: packages)
    runner = ClusterRunner(cluster.scheduler_address, tmp_path)
    with pytest.raises(RunFault, match=r"other versions: pandas .* \(here 2\.0\)"), runner:
        pass
    (tmp_path / dask_worker.WORD).write_text("word")
    here = dask_worker.look_around(str(tmp_path))
    assert dask_worker.what_is_amiss(here, here, "f") == ""
    other = replace(here, code="other")
    assert "workbench is not the same" in dask_worker.what_is_amiss(other, here, "f")
    unwritable = replace(here, writes="")
    assert "can't write" in dask_worker.what_is_amiss(unwritable, here, "f")


def test_a_worker_that_joins_late_is_looked_at_too(cluster, study: Study) -> None:
    reports = Reports(study)
    with on(cluster, reports) as runner:
        (reports.staged.folder / ".cluster").unlink()
        with pytest.raises(ClusterLost, match="joined the cluster during the run"):
            reports.make(runner)
    assert reports.marked() == set()


def test_without_a_scheduler_the_run_says_so_and_can_be_resumed(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECTING", 0.5)
    with pytest.raises(RunFault, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run_quarter(study, as_of="2026-09-30", dask="tcp://127.0.0.1:1")
    assert len(staged_runs(study)) == 1
    assert study.published("2026Q3") is None


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(RunFault, match=r"implementation-workbench\[dask\]"),
        ClusterRunner("tcp://127.0.0.1:1", tmp_path),
    ):
        pass


def test_a_cluster_without_workers_does_not_hang(
    cluster, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = Reports(study)
    with on(cluster, reports) as runner:
        monkeypatch.setattr(dask_cluster, "WITHOUT_WORKERS", -1.0)
        monkeypatch.setattr(runner._client, "nthreads", dict)
        with pytest.raises(ClusterLost, match="no worker"):
            runner._expect_workers()


# --- statistics where the rows are ---

FORMULA = (
    "fidelity ~ quarters * role + (1 + quarters | practitioner) + (1 + quarters | site)"
    " + (1 | rater)"
)


def network(sites: int = 12, each: int = 5, waves: int = 8) -> pd.DataFrame:
    random = np.random.default_rng(3)
    practitioner = np.repeat(np.arange(sites * each), waves)
    site, quarters = practitioner // each, np.tile(np.arange(float(waves)), sites * each)
    rater = random.integers(0, 9, len(site))
    own, shared = random.normal(size=(sites * each, 2)), random.normal(size=(sites, 2))
    fidelity = 70 - quarters + random.normal(0, 4, len(site)) + random.normal(0, 2, 9)[rater]
    fidelity += 5 * own[practitioner, 0] + 0.6 * own[practitioner, 1] * quarters
    fidelity += 3 * shared[site, 0] + 0.5 * shared[site, 1] * quarters
    frame = pd.DataFrame(
        {
            "fidelity": fidelity,
            "quarters": quarters,
            "role": random.choice(["independent", "supervisor"], len(site)),
            "practitioner": [f"p{one}" for one in practitioner],
            "site": [f"s{one}" for one in site],
            "rater": rater,
        }
    )
    frame.loc[[5, 90], "fidelity"] = np.nan
    return frame


def test_statistics_summed_on_two_workers_give_the_fit_of_one_frame(client, tmp_path: Path) -> None:
    data = network()
    paths = []
    for at, rows in enumerate(np.array_split(np.arange(len(data)), 5)):
        # Parts that cut through practitioners: their sums add up all the same.
        paths.append(str(tmp_path / f"part-{at}.parquet"))
        data.iloc[rows].to_parquet(paths[-1])

    def on_workers(work, parts):
        return client.gather(client.map(work, parts, pure=False))

    whole = fit_mixed_model(FORMULA, data)
    for fit in (
        fit_from_parts(FORMULA, paths, load=pd.read_parquet, map_parts=on_workers),
        fit_from_parts(FORMULA, [data[:200], data[200:]]),
    ):
        assert fit.usable == whole.usable
        assert fit.design.n_obs == whole.design.n_obs == len(data) - 2
        assert fit.criterion == pytest.approx(whole.criterion, rel=SAME_FIT)
        for table, columns in COMPARED.items():
            ours, theirs = getattr(fit, table)(), getattr(whole, table)()
            for column, tolerance in columns.items():
                scale = theirs[column].abs().max()
                np.testing.assert_allclose(
                    ours[column], theirs[column], rtol=tolerance, atol=tolerance * scale
                )


def test_parts_that_teach_nothing_are_refused() -> None:
    data = network()
    with pytest.raises(ParameterError, match="no part"):
        fit_from_parts(FORMULA, [])
    empty = data.assign(fidelity=np.nan)
    with pytest.raises(ModelRefused, match="A part has no complete row"):
        fit_from_parts(FORMULA, [data, empty])
