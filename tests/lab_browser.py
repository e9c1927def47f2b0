"""JupyterLab as `workbench lab` starts it, driven by a browser that no person looks at."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WIDTH, HEIGHT = 1280, 900
SECONDS_TO_START, SECONDS_TO_RUN, SECONDS_QUIET = 90, 600, 2.0
JOINED_AND_IDLE = ".jp-Notebook-ExecutionIndicator[data-status='idle']"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes
    ----------
    study
        Folder of the study.
    port, token
        Where it answers, and to whom.
    """

    study: Path
    port: int
    token: str

    def address(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={self.token}&reset"

    def asked(self, what: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{what}",
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def busy(self, notebook: str) -> bool | None:
        """Whether a notebook's kernel works; None if it has none."""
        for session in self.asked("sessions"):
            if session["path"] == notebook:
                return session["kernel"]["execution_state"] != "idle"
        return None


@contextmanager
def open_lab(study: Path) -> Iterator[Lab]:
    """Start JupyterLab for a study, and end it, its kernels included."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "workbench", "lab", "--study", str(study)]
    with tempfile.TemporaryDirectory() as settings:
        # The tests of a container run as root, which Jupyter refuses unless it is told.
        (Path(settings) / "jupyter_server_config.json").write_text(
            '{"ServerApp": {"allow_root": true}}'
        )
        yield from _running(
            Lab(study, port, token), [*command, "--no-browser", "--port", str(port)], settings
        )


def _running(lab: Lab, command: list[str], settings: str) -> Iterator[Lab]:
    log = (Path(settings) / "log.txt").open("w+b")
    process = subprocess.Popen(
        command,
        env={**os.environ, "JUPYTER_TOKEN": lab.token, "JUPYTER_CONFIG_PATH": settings},
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait_until_it_answers(lab, process, Path(log.name))
        yield lab
    finally:
        log.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_it_answers(lab: Lab, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            lab.asked("status")
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("JupyterLab did not answer.")


@contextmanager
def open_browser(lab: Lab) -> Iterator[Any]:
    """A page of a browser that speaks to this machine alone; what it asks elsewhere is kept."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.asked_elsewhere = []
        own = f"127.0.0.1:{lab.port}"
        page.on("request", lambda one: _note(page.asked_elsewhere, one.url, own))
        yield page
        browser.close()


def _note(found: list[str], url: str, own: str) -> None:
    if url.startswith(("http", "ws")) and own not in url:
        found.append(url)


def run_all(lab: Lab, page: Any, notebook: str) -> list[dict[str, Any]]:
    """Open a notebook, choose Run All Cells, save it, and give its code cells as they were left."""
    page.goto(lab.address(notebook))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=SECONDS_TO_START * 1000)
    # The server's kernel idles before the page is joined to it, and then the menu does nothing.
    page.wait_for_selector(JOINED_AND_IDLE, state="attached", timeout=SECONDS_TO_START * 1000)
    _wait(lambda: lab.busy(notebook) is False, SECONDS_TO_START, "no kernel came")
    cells: list[dict[str, Any]] = []
    end = time.monotonic() + SECONDS_TO_RUN
    while not _ended(cells) and time.monotonic() < end:
        if not any(cell["execution_count"] for cell in cells):
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        _wait_until_quiet(lab, notebook)
        cells = _saved(page, lab.study / notebook)
    return cells


def _ended(cells: list[dict[str, Any]]) -> bool:
    """Whether each cell was run, or one failed and kept the others from it.

    On a busy machine a kernel may look idle before its first cell has reached it.
    """
    failed = any(output["output_type"] == "error" for cell in cells for output in cell["outputs"])
    return failed or (bool(cells) and all(cell["execution_count"] for cell in cells))


def _saved(page: Any, path: Path) -> list[dict[str, Any]]:
    """Save the notebook that is open, and give its code cells."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    _wait(lambda: path.stat().st_mtime_ns != before and _cells(path), 60, "it was not saved")
    return [cell for cell in _cells(path) if cell["cell_type"] == "code"]


def _cells(path: Path) -> list[dict[str, Any]]:
    """Cells of a notebook; none while it is being written."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["cells"]
    except ValueError:
        return []


def show_place(page: Any, down: int = 0) -> None:
    """Bring a place of the notebook into view, so many pixels below its beginning."""
    page.evaluate(
        "down => { document.querySelector('.jp-WindowedPanel-outer').scrollTop = down }", down
    )
    page.wait_for_timeout(800)


def _wait_until_quiet(lab: Lab, notebook: str) -> None:
    """Wait until the kernel has done nothing for a while."""
    end, quiet_since = time.monotonic() + SECONDS_TO_RUN, time.monotonic()
    while time.monotonic() - quiet_since < SECONDS_QUIET:
        assert time.monotonic() < end, f"{notebook} did not end."
        if lab.busy(notebook):
            quiet_since = time.monotonic()
        time.sleep(0.1)


def _wait(done: Any, seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


def what_is_wrong(cells: list[dict[str, Any]]) -> list[str]:
    """Errors, warnings and cells that were not run."""
    found = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["execution_count"] is None:
            found.append(f"not run: {source}")
        for output in cell["outputs"]:
            text = json.dumps(output)
            warned = "Warning" in "".join(output.get("text", ""))
            if warned or output["output_type"] == "error" or output.get("name") == "stderr":
                found.append(text)
    return found
