"""The template: a process that has the imports done and forks a fresh kernel whenever asked.

Besides, it goes through one report if it is asked to. It starts no thread, because a fork copies
only the thread that calls it and every lock that another one holds would stay shut. It ends with
the run: when nobody holds the other end of its socket any more, it kills its kernels and leaves.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from workbench.running import kernel_process

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    # A kernel brings its debugger whether or not anybody debugs.
    "ipykernel.debugger",
    "IPython.core.interactiveshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.compute",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "PIL.PngImagePlugin",
    "seaborn",
    "workbench.results",
    "workbench.settings",
    "workbench.reporting.assembly",
    "workbench.reporting.notebook",
    "workbench.reporting.sections",
    "workbench.reporting.tables",
)
"""What the notebooks of reports import, by themselves or by what they call."""
WARM_UP = "workbench.reporting.figures_warm_up"
REHEARSAL = "workbench.reporting.rehearsal"
MOST_SECONDS = 60
"""Seconds after which a rehearsal ends this process; the run starts another."""
COLLECT_AFTER = (50_000, 20, 20)
"""Things made before a kernel looks for garbage: a report makes many at once, and ends soon."""


def main() -> None:
    """Import, then fork a kernel for each request until the run is over."""
    run = socket.socket(fileno=int(sys.argv[1]))
    folder = Path(sys.argv[2])
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]  # noqa: PTH109
    _preload()
    kernels: dict[int, socket.socket] = {}
    try:
        _serve(run, kernels)
    finally:
        for kernel in kernels:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(kernel, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _preload() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in PRELOADED:
            importlib.import_module(name)
        importlib.import_module(WARM_UP).warm_up()
    _keep_what_is_there()


def _rehearse(about: dict[str, str]) -> None:
    """Go through one report; what goes wrong in it the report itself will tell."""
    signal.alarm(MOST_SECONDS)
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(REHEARSAL).rehearse(**about)
    signal.alarm(0)
    _keep_what_is_there()


def _keep_what_is_there() -> None:
    # What is there now is never garbage: left alone, its pages stay shared with every kernel.
    gc.collect()
    gc.freeze()


def _serve(run: socket.socket, kernels: dict[int, socket.socket]) -> None:
    """Answer requests and tell of kernels that ended, until the run's end of the socket closes."""
    woken, wake = socket.socketpair()
    woken.setblocking(False)
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    with selectors.DefaultSelector() as selector:
        selector.register(run, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                _tell_of_the_ended(kernels)
            if run in ready and not _take_request(run, kernels, (run, woken, wake)):
                return


def _take_request(
    run: socket.socket, kernels: dict[int, socket.socket], own: tuple[socket.socket, ...]
) -> bool:
    """Fork one kernel, or rehearse; False when the run is over.

    A request is a line of its own, which brings the kernel's wishes and takes what becomes of it.
    """
    message, lines, _, _ = socket.recv_fds(run, 1, 1)
    if not message:
        return False
    line = socket.socket(fileno=lines[0])
    with line.makefile("rb") as reader:
        text = reader.readline()
    request = json.loads(text) if text else {}
    if "rehearse" in request:
        _rehearse(request["rehearse"])
        _say(line, ready=True)
    if not request or "rehearse" in request:
        line.close()
        return True
    template = os.getpid()
    kernel = os.fork()
    if kernel == 0:
        for other in (*own, *kernels.values()):
            other.close()
        _be_kernel(request, line, template)
    kernels[kernel] = line
    _say(line, pid=kernel)
    return True


def _tell_of_the_ended(kernels: dict[int, socket.socket]) -> None:
    """Say of every kernel that ended how, and how much memory it held at most, in bytes."""
    while kernels:
        kernel, status, usage = os.wait4(-1, os.WNOHANG)
        if not kernel:
            return
        unit = 1 if sys.platform == "darwin" else 1024
        line = kernels.pop(kernel)
        _say(line, ended=os.waitstatus_to_exitcode(status), peak_memory=usage.ru_maxrss * unit)
        line.close()


def _say(line: socket.socket, **what: Any) -> None:
    with contextlib.suppress(OSError):  # The run may have stopped listening.
        line.sendall(json.dumps(what).encode() + b"\n")


def _be_kernel(request: dict[str, Any], line: socket.socket, template: int) -> None:
    """Be the kernel of one notebook; never comes back."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        kernel_process.end_with_parent(template)
        _become_fresh(request)
        kernel_process.limit_memory()
        application = kernel_process.prepare_kernel(request["arguments"], parent_handle=template)
        _show_figures()
        # A run that no longer waits has no use for this kernel: it ends here, by the error.
        line.sendall(json.dumps({"ready": True}).encode() + b"\n")
        line.close()
        application.start()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _become_fresh(request: dict[str, Any]) -> None:
    """Take away what a fork shares and a process of its own would not."""
    import numpy as np

    gc.set_threshold(*COLLECT_AFTER)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["working_folder"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Python's own generator seeds itself anew in a fork; NumPy's old global one does not.
    np.random.seed(None)


def _show_figures() -> None:
    """Let figures show in the notebook: pyplot was imported before there was a shell to ask."""
    from matplotlib_inline import backend_inline

    backend_inline._enable_matplotlib_integration()


if __name__ == "__main__":
    main()
