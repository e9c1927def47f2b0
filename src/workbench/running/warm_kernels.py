"""Warm kernels as a run sees them: the template that forks them, and Jupyter's way to start them.

Jupyter finds :class:`WarmProvisioner` by its entry point, and only kernels of a run ask for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

PROVISIONER = "workbench-warm"
"""Name of the entry point, as the project's metadata and the kernelspec have it."""
INLINE = "module://matplotlib_inline.backend_inline"
KERNEL_ARGUMENTS = 3
"""A kernel's command begins with Python, ``-m`` and the module; a fork needs only the rest."""
_QUIETLY = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Arrow's own memory is tidied by a thread, and set apart by the gigabyte.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # A kernel's debugger would otherwise warn of how this Python was started.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""Libraries start no threads when they are imported, and say nothing."""
_LOOK_AGAIN = 0.02
_PATIENCE = 5.0
"""Seconds that a process which was told to end may take."""


def can_be_warm() -> bool:
    """Whether this system can fork kernels and Jupyter knows how; Windows can't."""
    known = entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER)
    return hasattr(os, "fork") and hasattr(socket, "send_fds") and bool(known)


class WarmKernel:
    """One forked kernel, known by the line on which the template tells of it.

    Attributes
    ----------
    pid
        Its process, which leads a group of its own.
    peak_memory
        Bytes that it held at most; None until it ended.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._unread = b""
        self._ready = False
        self._exit_code: int | None = None
        self.peak_memory: int | None = None
        self.pid = 0

    def wait_until_ready(self, until: float) -> None:
        """Wait until its sockets are open; raises TimeoutError or RuntimeError if they won't be."""
        # The template and the kernel speak in any order.
        while not (self._ready and self.pid):
            self._listen(until - time.monotonic())
            if self._exit_code is not None:
                raise RuntimeError("Kernel died before it was ready.")

    def poll(self) -> int | None:
        """Exit code, negative for a signal; None while it lives."""
        if self._exit_code is None:
            with contextlib.suppress(OSError):  # Nothing was said.
                self._listen(0.0)
        return self._exit_code

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, so long at most."""
        until = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while self._exit_code is None:
                self._listen(max(until - time.monotonic(), 0.001))
        return self._exit_code

    def signal(self, number: int) -> None:
        """Send a signal to it and whatever it started."""
        if self.poll() is None and self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def close(self) -> None:
        """Stop listening."""
        self._line.close()

    def _listen(self, seconds: float) -> None:
        """Take in what the template says next; raises TimeoutError if it says nothing in time."""
        self._line.settimeout(max(seconds, 0.0))
        heard = self._line.recv(4096)
        if not heard:  # The template is gone, and its kernels with it.
            self._exit_code = -int(signal.SIGKILL)
            return
        *lines, self._unread = (self._unread + heard).split(b"\n")
        for told in map(json.loads, lines):
            self.pid = told.get("pid", self.pid)
            self._ready = told.get("ready", self._ready)
            self._exit_code = told.get("ended", self._exit_code)
            self.peak_memory = told.get("peak_memory", self.peak_memory)


class Template:
    """The process that has the imports done; started when first used, and again if it died.

    Parameters
    ----------
    folder
        Private folder of the run, which the template removes at its end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Its process; None if it is not running."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start it if it isn't running; nobody waits for its imports here."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        if self.pid is not None:
            return
        self._close()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "workbench.running.warm_template",
                    str(theirs.fileno()),
                    str(self._folder),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_QUIETLY, "MPLBACKEND": INLINE},
                start_new_session=True,
            )

    def fork(self, request: dict[str, Any], seconds: float) -> WarmKernel:
        """Fork a kernel and wait until its sockets are open.

        Raises
        ------
        RuntimeError
            If it is not ready in time.
        """
        until = time.monotonic() + seconds
        mine, theirs = socket.socketpair()
        kernel = WarmKernel(mine)
        try:
            self._ask(request, mine, theirs, seconds)
            kernel.wait_until_ready(until)
        except BaseException as error:
            kernel.signal(signal.SIGKILL)
            kernel.close()
            if isinstance(error, OSError):
                raise RuntimeError("Kernel could not be forked.") from error
            raise
        return kernel

    def rehearse(self, about: dict[str, str], seconds: float) -> None:
        """Let it go through a report, and wait; whether that went well is the report's to tell."""
        mine, theirs = socket.socketpair()
        with mine, contextlib.suppress(OSError):
            self._ask({"rehearse": about}, mine, theirs, seconds)
            mine.recv(1)

    def _ask(
        self, request: dict[str, Any], mine: socket.socket, theirs: socket.socket, seconds: float
    ) -> None:
        """Send a request, with the other end of the line on which it is answered."""
        with theirs, self._lock:
            self._start()
            assert self._socket is not None
            socket.send_fds(self._socket, [b"k"], [theirs.fileno()])
        mine.settimeout(seconds)
        mine.sendall(json.dumps(request).encode() + b"\n")

    def close(self) -> None:
        """End it and its kernels."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by a fork of the run's template, instead of a new Python."""

    kernel: WarmKernel | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """Fork the kernel; its manager knows the template."""
        order = getattr(self.parent, "order", None)
        if order is None or order.template is None:
            raise RuntimeError("Warm kernels are started by a run of the workbench only.")
        request = {
            "arguments": cmd[KERNEL_ARGUMENTS:],
            "environment": {"MPLBACKEND": INLINE, **options["env"]},
            "working_folder": str(options.get("cwd") or Path.cwd()),
        }
        self.kernel = order.template.fork(request, order.start_seconds)
        self.pid = self.pgid = self.kernel.pid
        return self.connection_info

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel that hasn't been cleared away."""
        return self.kernel is not None

    async def poll(self) -> int | None:
        """Exit code; None while the kernel lives."""
        return self.kernel.poll() if self.kernel else 0

    async def wait(self) -> int | None:
        """Wait for the kernel's end and clear it away."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(_LOOK_AGAIN)
        self._forget()
        return code

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and whatever it started."""
        if self.kernel:
            self.kernel.signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel; it is gone when this comes back."""
        if self.kernel:
            self.kernel.signal(signal.SIGKILL)
            self.kernel.wait(_PATIENCE)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of a kernel that ended by itself."""
        await super().cleanup(restart=restart)
        self._forget()

    def _forget(self) -> None:
        if self.kernel:
            self.kernel.close()
            self.kernel = None
