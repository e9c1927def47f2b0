"""The recipes for schedulers do what their page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workbench.cli import COMMANDS

PAGE = Path(__file__).parents[1] / "docs" / "scheduling.md"
STUB = """#!/bin/sh
echo "$@" >> "{calls}"
echo "said by $1"
case $1 in run) exit {run} ;; resume) exit {resume} ;; esac
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="the script is for a shell")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def study(folder: Path, run: int, resume: int) -> tuple[Path, dict[str, str]]:
    """A study with the page's script and a command that only ends with these codes."""
    script, stub = folder / "quarter.sh", folder / "workbench"
    script.write_text(blocks("sh")[0], encoding="utf-8")
    text = STUB.format(calls=folder / "calls", run=run, resume=resume)
    stub.write_text(text, encoding="utf-8")
    for path in (script, stub):
        path.chmod(0o700)
    return script, {"STUDY": str(folder), "WORKBENCH": str(stub), "PATH": "/usr/bin:/bin"}


@posix
@pytest.mark.parametrize(
    ("run", "resume", "code", "called", "said"),
    [
        (0, 9, 0, ["run", "summary"], "said by summary"),
        (1, 9, 1, ["run", "summary"], "Some sites have no report"),
        (2, 9, 2, ["run"], "need attention"),
        (3, 0, 0, ["run", "resume", "summary"], "said by summary"),
        (3, 1, 1, ["run", "resume", "summary"], "Some sites have no report"),
        (3, 2, 3, ["run", "resume"], "the machine or the workbench failed"),
        (137, 3, 137, ["run", "resume"], "the machine or the workbench failed"),
    ],
)
def test_the_script_ends_as_the_run_did_and_goes_on_once(tmp_path, run, resume, code, called, said):
    script, environment = study(tmp_path, run, resume)
    ran = subprocess.run([script, "2026Q3"], env=environment, capture_output=True, text=True)
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert ran.returncode == code, ran.stderr
    assert [call.split()[0] for call in calls] == called
    assert calls[0] == f"run --study {tmp_path} --quarter 2026Q3"
    assert said in ran.stdout
    (log,) = (tmp_path / "logs").iterdir()
    assert "said by run" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


@posix
@pytest.mark.skipif(not shutil.which("flock"), reason="flock is not installed")
def test_the_line_of_cron_is_a_command_that_runs(tmp_path):
    script, environment = study(tmp_path, 0, 0)
    line = next(one for one in blocks("text")[0].splitlines() if one.startswith("15 "))
    times, command = line.split()[:5], line.split(maxsplit=5)[5]
    assert times == ["15", "3", "15", "1,4,7,10", "*"]
    here = shlex.split(command.replace("/srv/study", str(tmp_path)))
    ran = subprocess.run(here, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "said by summary" in ran.stdout
    assert str(script) in here


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_finds_no_fault_in_its_units(tmp_path):
    service, timer = blocks("ini")
    script, _ = study(tmp_path, 0, 0)
    unit, clock = tmp_path / "workbench-quarter.service", tmp_path / "workbench-quarter.timer"
    here = service.replace("/srv/study/quarter.sh", str(script))
    unit.write_text(here.replace("User=workbench\n", ""), encoding="utf-8")
    clock.write_text(timer, encoding="utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", unit, clock], capture_output=True, text=True, check=False
    )
    about_ours = [line for line in ran.stderr.splitlines() if "workbench-quarter" in line]
    assert about_ours == []
    when = re.findall(r"^OnCalendar=(.*)$", timer, re.M)
    subprocess.run(["systemd-analyze", "calendar", *when], capture_output=True, check=True)


def test_actions_run_on_a_machine_of_ones_own_and_upload_nothing():
    (text,) = blocks("yaml")
    workflow = yaml.safe_load(text)
    job = workflow["jobs"]["quarter"]
    assert "self-hosted" in job["runs-on"]
    assert workflow["permissions"] == {}
    assert all(set(step) == {"run"} for step in job["steps"])
    assert workflow[True]["schedule"][0]["cron"] == " ".join(
        blocks("text")[0].splitlines()[1].split()[:5]
    )


def test_every_command_named_is_there():
    named = set(re.findall(r"workbench ([a-z]+) ?(?:--|`)", PAGE.read_text(encoding="utf-8")))
    names = {command.__name__.replace("_", "-") for command in COMMANDS}
    assert named <= names
    assert {"run", "resume", "log", "forget"} <= named
