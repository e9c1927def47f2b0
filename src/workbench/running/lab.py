"""JupyterLab in a study's folder: at its start page, for this machine alone, asking no website."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ParameterError, RunFault
from workbench.resources import resource_files
from workbench.settings import Study

THIS_MACHINE = "127.0.0.1"
PORT = 8888
START_PAGE = "notebooks/start.ipynb"
FOLDERS = ("notebooks", "notebooks/explore")

QUIET_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/apputils-extension:sanitizer": {"allowCommandLinker": False},
}
"""Settings of JupyterLab's own pages; a person may still choose others in its menus."""
DISABLED = {
    "@jupyterlab/apputils-extension:announcements": True,
    "@jupyterlab/extensionmanager-extension": True,
}


@dataclass(frozen=True)
class LabStart:
    """How JupyterLab is started.

    Attributes
    ----------
    command
        Program and arguments.
    environment
        Variables of its process, besides those that are there.
    """

    command: tuple[str, ...]
    environment: dict[str, str]


def copy_missing_notebooks(study: Study) -> list[Path]:
    """Copy the notebooks that the study lacks; one that is there is never touched.

    Returns
    -------
    list of Path
        The copies, below the study's folder.
    """
    copies = []
    for folder in FOLDERS:
        for path in resource_files(folder, "*.ipynb"):
            copy = study.folder / folder / path.name
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                copies.append(Path(folder) / path.name)
    return copies


def lab_start(study: Study, settings: Path, port: int, browser: bool) -> LabStart:
    """Work out how JupyterLab is started for a study.

    What is given on the command line stands before what a person's own files of settings say, so
    that none of them opens the study to other machines.

    Parameters
    ----------
    study
        The study; its folder is all that the browser sees.
    settings
        Folder into which the settings of the pages are written.
    port
        Where it listens, on this machine only; 0 for 8888, or the next one that is free.
    browser
        Whether a browser is opened.
    """
    _write_settings(settings)
    options = {
        "ServerApp.ip": THIS_MACHINE,
        "ServerApp.port": port or PORT,
        "ServerApp.port_retries": 0 if port else 50,
        "ServerApp.allow_remote_access": False,
        "ServerApp.open_browser": browser,
        "ServerApp.root_dir": study.folder,
        "ServerApp.answer_yes": True,
        "LabApp.default_url": f"/lab/tree/{START_PAGE}",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    command = (sys.executable, "-m", "jupyterlab")
    given = (f"--{name}={value}" for name, value in options.items())
    before = os.environ.get("JUPYTER_CONFIG_PATH")
    environment = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(settings), *([before] if before else [])]),
        # The kernel is the Python that holds the workbench, whatever else the person has.
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    return LabStart((*command, *given), environment)


def run_lab(study: Study, port: int = 0, browser: bool = True) -> None:
    """Run JupyterLab until the person ends it.

    Raises
    ------
    RunFault
        If JupyterLab is not installed, or ended with an error.
    ParameterError
        If the port is taken.
    """
    require_jupyter()
    if port:
        require_free(port)
    with tempfile.TemporaryDirectory(prefix="workbench-lab-") as settings:
        start = lab_start(study, Path(settings), port, browser)
        code = _until_it_ends(start)
    if code > 0:
        raise RunFault(
            f"JupyterLab ended with code {code}; what it wrote above says why. If another one "
            "runs in this folder, use that one or close it."
        )


def require_jupyter() -> None:
    """Refuse where JupyterLab is not installed."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise RunFault(
            "JupyterLab is not installed in this Python. Install it with 'pip install jupyterlab', "
            "or set the workbench up again with 'make setup'."
        )


def require_free(port: int) -> None:
    """Refuse a port on which another program listens."""
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((THIS_MACHINE, port))
        except OSError:
            raise ParameterError(
                f"Port {port} is taken by another program, or may not be used. Choose another "
                "with --port, or leave the option out: then a free one is found."
            ) from None


def _until_it_ends(start: LabStart) -> int:
    """Wait for JupyterLab; Ctrl-C reaches it too, and it then ends by itself."""
    process = subprocess.Popen(start.command, env={**os.environ, **start.environment})
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _write_settings(folder: Path) -> None:
    """Write what JupyterLab reads of its pages: what is off, and what is never fetched."""
    labconfig = folder / "labconfig"
    labconfig.mkdir(parents=True, exist_ok=True)
    _write(labconfig / "page_config.json", {"disabledExtensions": DISABLED})
    _write(labconfig / "default_setting_overrides.json", QUIET_SETTINGS)


def _write(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
