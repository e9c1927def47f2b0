"""Notebooks of a run: fresh processes, limits, no orphans, and copies that come out the same."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from published_study import QUARTER, published_study

from workbench.errors import RunFault
from workbench.reporting.rehearsal import rehearse
from workbench.reporting.sections_release import keep_release
from workbench.results import Results
from workbench.running import durable, executed_copies
from workbench.running.limits import GIBIBYTE, Limits
from workbench.running.runs import NotebookError, NotebookRunner
from workbench.running.warm_kernels import can_be_warm

LONGEST_ORPHAN = 10.0  # Seconds that anything may outlive a killed runner.
BRIEF = 3.0  # Seconds that a notebook may take where the limit is tried.
LINUX = sys.platform == "linux"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no fork and no signals there")


def notebook_of(path: Path, *sources: str) -> Path:
    """A notebook with a parameters cell and a cell for each source."""
    cells = [
        nbformat.v4.new_code_cell('told: str = ""', metadata={"tags": ["parameters"]}, id="first"),
        *(nbformat.v4.new_code_cell(one, id=f"own-{at}") for at, one in enumerate(sources)),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, path)
    return path


def printed(path: Path) -> list[str]:
    """What the cells of an executed copy printed."""
    cells = nbformat.read(path, as_version=4).cells
    return [output["text"] for cell in cells for output in cell.outputs if "text" in output]


@pytest.fixture(scope="module")
def warm():
    with NotebookRunner(workers=2) as runner:
        assert runner.warm, "the provisioner's entry point is not installed"
        yield runner


@pytest.fixture(scope="module")
def cold():
    with NotebookRunner(workers=1, warm=False) as runner:
        assert not runner.warm
        yield runner


@pytest.fixture(params=["warm", "cold"])
def either(request):
    return request.getfixturevalue(request.param)


# --- a fresh process each ---


def test_each_notebook_has_its_own_process_chance_and_folders(
    warm: NotebookRunner, tmp_path: Path
) -> None:
    source = """
import json, os, random, numpy
seen_before = getattr(numpy, "left_behind", None)
numpy.left_behind = told
print(json.dumps({
    "process": os.getpid(), "parent": os.getppid(), "chance": random.random(),
    "numpy": numpy.random.random(), "generator": numpy.random.default_rng().random(),
    "folder": os.environ["IPYTHONDIR"], "told": told, "seen_before": seen_before,
    "working_folder": os.getcwd(),
}))"""
    book = notebook_of(tmp_path / "who.ipynb", source)

    def run(name: str) -> dict:
        copy = tmp_path / "out" / f"{name}.ipynb"
        times = warm.run(book, copy, {"told": name})
        assert 0 < times.cell_seconds <= times.seconds
        assert times.overhead == pytest.approx(times.seconds - times.cell_seconds)
        assert times.peak_memory is not None
        assert times.peak_memory > 0.02 * GIBIBYTE
        return json.loads(printed(copy)[0])

    names = ["one", "two", "three"]
    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(run, names))
    assert [one["told"] for one in told] == names
    assert {one["parent"] for one in told} == {warm.template_pid}
    assert {one["seen_before"] for one in told} == {None}
    assert {one["working_folder"] for one in told} == {str(Path.cwd())}
    for own in ("process", "chance", "numpy", "generator", "folder"):
        assert len({one[own] for one in told}) == len(names), own
    assert not any(Path(one["folder"]).exists() for one in told)


@pytest.mark.skipif(not LINUX, reason="tasks are counted in /proc")
def test_the_template_has_one_thread_only(warm: NotebookRunner, tmp_path: Path) -> None:
    warm.run(notebook_of(tmp_path / "nothing.ipynb", "print(1)"), tmp_path / "out.ipynb", {})
    assert len(list(Path(f"/proc/{warm.template_pid}/task").iterdir())) == 1


@pytest.mark.skipif(not LINUX, reason="tasks are counted in /proc")
@pytest.mark.parametrize("there", [True, False], ids=["a report", "nothing to go through"])
def test_a_rehearsal_leaves_one_thread_and_a_template_that_forks(
    tmp_path: Path, there: bool
) -> None:
    study = published_study(tmp_path)
    results = Results(study.reports / QUARTER / "v1", study)
    about = {"notes": [], "waivers": [], "versions": {}, "as_of": "2026-09-30"}
    results.start({**results.about, **about})
    results.write_tables({"sites": SITES, "missing_tables": NONE_MISSING})
    keep_release(results)
    rehearse(str(study.folder), str(results.folder), "001")  # raises where it can't
    book = notebook_of(tmp_path / "book.ipynb", "import os; print(os.getppid())")
    with NotebookRunner(workers=1) as runner:
        runner.run(book, tmp_path / "before.ipynb", {})
        template, before = runner.template_pid, files_of(results.folder)
        runner.rehearse(study.folder, results.folder if there else tmp_path / "none", "001")
        runner.run(book, tmp_path / "after.ipynb", {})
        threads = list(Path(f"/proc/{template}/task").iterdir())
    assert printed(tmp_path / "after.ipynb") == [f"{template}\n"]
    assert len(threads) == 1
    assert files_of(results.folder) == before


SITES = pd.DataFrame({"site_id": ["001"], "site_name": ["North Street"], "slug": ["site-001"]})

NONE_MISSING = pd.DataFrame({"table": [], "would_add": []}, dtype="str")


def files_of(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_killed_template_is_started_again(warm: NotebookRunner, tmp_path: Path) -> None:
    book = notebook_of(tmp_path / "book.ipynb", "print('ran')")
    warm.run(book, tmp_path / "first.ipynb", {})
    killed = warm.template_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    warm.run(book, tmp_path / "second.ipynb", {})
    assert warm.template_pid not in (None, killed)
    assert printed(tmp_path / "second.ipynb") == ["ran\n"]


def test_without_fork_the_ordinary_kernel_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    assert not can_be_warm()
    with NotebookRunner(workers=1) as runner:
        assert not runner.warm
        assert runner.template_pid is None
        runner.run(notebook_of(tmp_path / "a.ipynb", "print(told)"), tmp_path / "b.ipynb", {})
    assert printed(tmp_path / "b.ipynb") == ["\n"]


# --- faults ---


def test_a_killed_kernel_is_a_fault_and_no_success(either: NotebookRunner, tmp_path: Path) -> None:
    killing = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    book = notebook_of(tmp_path / "killed.ipynb", "print('before')", killing, "print('after')")
    with pytest.raises(RunFault) as raised:
        either.run(book, tmp_path / "out.ipynb", {})
    assert "killed.ipynb could not be finished" in str(raised.value)
    assert "SIGKILL" in str(raised.value)
    assert "run again" in str(raised.value)
    assert not (tmp_path / "out.ipynb").exists()
    left = tmp_path / "out.unfinished.ipynb"
    assert printed(left) == ["before\n"]
    assert "completed" not in left.read_text(encoding="utf-8")


def test_a_cell_that_raises_is_told_by_name(either: NotebookRunner, tmp_path: Path) -> None:
    book = notebook_of(tmp_path / "raises.ipynb", "raise ValueError('too few')")
    with pytest.raises(NotebookError, match="too few") as raised:
        either.run(book, tmp_path / "out.ipynb", {})
    assert raised.value.error == "ValueError"
    assert not (tmp_path / "out.ipynb").exists()


def test_time_is_counted_for_the_whole_notebook(
    either: NotebookRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(either, "limits", Limits(seconds=BRIEF))
    short_cells = ["import time; time.sleep(1.0)"] * 60
    book = notebook_of(tmp_path / "slow.ipynb", *short_cells)
    with pytest.raises(RunFault, match=r"slow\.ipynb .* longer than 3 seconds"):
        either.run(book, tmp_path / "out.ipynb", {})
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.skipif(not LINUX, reason="only Linux limits what is mapped")
def test_memory_is_limited(
    either: NotebookRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(either, "limits", Limits(memory=GIBIBYTE))
    book = notebook_of(tmp_path / "big.ipynb", "import numpy; numpy.ones(2**28)")
    with pytest.raises(RunFault, match=r"big\.ipynb .* more memory than the 1 GB"):
        either.run(book, tmp_path / "out.ipynb", {})
    assert not (tmp_path / "out.ipynb").exists()


def test_a_kernel_that_never_answers_is_told(
    warm: NotebookRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "limits", Limits(start_seconds=0.01))
    book = notebook_of(tmp_path / "never.ipynb", "print(1)")
    with pytest.raises(RunFault, match=r"never\.ipynb could not be started: twice"):
        warm.run(book, tmp_path / "out.ipynb", {})


# --- no orphans ---

RUNNER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from workbench.running.runs import NotebookRunner
if __name__ == "__main__":
    with NotebookRunner(workers=2, warm=sys.argv[1] == "warm") as runner:
        print(runner.template_pid or 0, flush=True)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(
                lambda one: runner.run(Path(one), Path(one).with_suffix(".out.ipynb"), {}),
                sys.argv[2:],
            ))
"""
# The second never lets go of the interpreter, so no watch inside its process can stop it.
BUSY = "import os; open(r'{file}', 'w').write(str(os.getpid()))\nwhile True: pass"
DEAF = "import os; open(r'{file}', 'w').write(str(os.getpid()))\nsum(range(10**14))"


def lives(process: int) -> bool:
    """Whether a process runs; one that ended and waits to be noticed doesn't."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    )
    return listed.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_a_killed_runner_leaves_no_orphan(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = [tmp_path / "busy.pid", tmp_path / "deaf.pid"]
    books = [
        notebook_of(file.with_suffix(".ipynb"), source.format(file=file))
        for file, source in zip(files, (BUSY, DEAF), strict=True)
    ]
    script = tmp_path / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    temporary = tmp_path_factory.mktemp("t")
    runner = subprocess.Popen(
        [sys.executable, str(script), kind, *map(str, books)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    with runner:
        assert runner.stdout is not None
        template = int(runner.stdout.readline())
        until = time.monotonic() + 60
        while not all(file.exists() and file.read_text() for file in files):
            assert time.monotonic() < until
            time.sleep(0.05)
        kernels = [int(file.read_text()) for file in files]
        everyone = [*kernels, template] if template else kernels
        assert all(map(lives, everyone))
        runner.kill()
        killed = time.monotonic()
    while left := [process for process in everyone if lives(process)]:
        assert time.monotonic() - killed < LONGEST_ORPHAN, left
        time.sleep(0.1)
    if template:
        assert list(temporary.iterdir()) == []


def test_a_long_path_for_temporary_files_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    path = notebook_of(tmp_path / "a.ipynb", "print('done')")
    with NotebookRunner(workers=1, warm=False) as runner:
        runner.run(path, tmp_path / "out.ipynb", {})
    assert printed(tmp_path / "out.ipynb") == ["done\n"]


# --- executed copies ---


def test_equal_inputs_give_equal_bytes(
    warm: NotebookRunner, cold: NotebookRunner, tmp_path: Path
) -> None:
    sources = (
        "import sys\nfor at in range(3):\n    print(at)\n    print('aside', file=sys.stderr)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3], [2, 1, 4]); told",
        "import pandas as pd\npd.DataFrame({'told': [told]})",
    )
    book = notebook_of(tmp_path / "book.ipynb", *sources)
    copies = []
    for name, runner in (("first", warm), ("second", warm), ("third", cold)):
        copy = tmp_path / name / "book.ipynb"
        runner.run(book, copy, {"told": "a 'quoted' <name>"})
        copies.append(copy.read_bytes())
    assert copies[0] == copies[1]
    assert copies[0] == copies[2], "a fork shows what an ordinary kernel shows"
    kept = nbformat.reads(copies[0].decode("utf-8"), as_version=4)
    nbformat.validate(kept)
    assert kept.metadata["papermill"] == {"parameters": {"told": "a 'quoted' <name>"}}
    assert [cell.id for cell in kept.cells] == [
        "first", "injected-parameters", "own-0", "own-1", "own-2",
    ]  # fmt: skip
    assert "a 'quoted' <name>" in kept.cells[1].source or "quoted" in kept.cells[1].source
    assert any("image/png" in output.get("data", {}) for output in kept.cells[3].outputs)
    assert str(tmp_path) not in copies[0].decode("utf-8")
    assert sys.version.split()[0] not in copies[0].decode("utf-8")


def test_a_copy_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError("No space left on device")

    path = tmp_path / "copy.ipynb"
    executed_copies.write_copy(nbformat.v4.new_notebook(), path)
    before = path.read_bytes()
    monkeypatch.setattr(durable.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        executed_copies.write_copy(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x")]), path
        )
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
