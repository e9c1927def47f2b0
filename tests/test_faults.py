"""A sample of the faults that `make faults` puts into runs, and a small fleet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "faults"))

from cases import STEPS, Bench, kill_times, matrix
from fleet import run_fleet
from trip import FAULTS

SAMPLE = (
    ("site notebook", "kernel killed"),
    ("export", "disk full"),
    ("pooled fit", "folder read-only"),
    ("rename", "runner killed"),
    ("validate", "second run"),
    ("disclosure audit", "Ctrl-C"),
)


def can_mount(folder: Path) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("chattr"):
        return False
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        return False
    subprocess.run(["umount", str(folder)], check=True)
    return True


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    if not can_mount(folder):
        pytest.skip("a small disk can only be mounted by an administrator of a Linux machine")
    with Bench(folder) as found:
        yield found


def test_the_matrix_is_whole():
    assert len(matrix()) == len(STEPS) * len(FAULTS) == 11 * 9
    assert set(SAMPLE) <= set(matrix())


def test_readers_see_the_old_version_or_the_new_one_and_the_run_goes_on(bench):
    wrong = {case: bench.try_fault(*case).wrong for case in SAMPLE}
    assert not {case: told for case, told in wrong.items() if told}


def test_a_kill_at_a_random_moment_leaves_nothing_half_done(bench):
    seconds = bench.seconds_of_a_run()
    wrong = {moment: bench.kill_after(moment).wrong for moment in kill_times(2, seconds)}
    assert not {moment: told for moment, told in wrong.items() if told}


def test_three_poisoned_sites_cost_three_reports_and_resume_touches_no_other(tmp_path):
    found = run_fleet(tmp_path, sites=8)
    assert (found.published, found.cards, found.exit_codes) == (5, 3, (1, 0))
    assert found.touched == ["site-s3", "site-s5", "site-s7"]
    assert found.same
    causes = list(found.causes.values())
    assert "sites/s3/practitioners.csv" in causes[0]
    assert "UTF-8" in causes[0]
    assert "killed" in causes[1] or "ended" in causes[1]
    assert "time" in causes[2] or "seconds" in causes[2]
