"""Kernels for automated runs: private sockets instead of open ports, and a life bound to the run's.

A kernel that listens on TCP can be spoken to by any user of the machine and prints a warning at
every start. Unix sockets close both. Each kernel gets a folder of its own, because kernels started
in one working folder would otherwise share their sockets' names and answer one another.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from workbench.running.kernel_process import MEMORY_VARIABLE
from workbench.running.limits import Limits
from workbench.running.warm_kernels import PROVISIONER, Template

_ASK_AGAIN = 1.0
"""Seconds after which a kernel that gave no answer is asked again: a request can get lost."""


SHORT = Path("/tmp")
LONGEST_SOCKET = 100
"""Letters of a socket's path that every system takes; Linux takes 107, macOS 103."""
BELOW = "wb-12345678/tmp12345678/socket-5"
"""What stands below the folder for temporary files in the longest of ours."""


def folder_for_sockets() -> Path:
    """Make a private folder whose sockets' paths are not too long, whatever ``TMPDIR`` says."""
    usual = Path(tempfile.gettempdir())
    fits = len(str(usual / BELOW)) <= LONGEST_SOCKET or not SHORT.is_dir()
    return Path(tempfile.mkdtemp(prefix="wb-", dir=usual if fits else SHORT))


class KernelStartError(RuntimeError):
    """A kernel did not start, or gave no answer in time."""


class KernelOrder:
    """What a run wants of the kernel of one notebook, and what it hears about it.

    Parameters
    ----------
    folder
        Private folder of this kernel alone: its sockets and IPython's files.
    limits
        What the notebook may take.
    template
        Process that forks the kernel; None for a new Python.

    Attributes
    ----------
    out_of_time
        Whether the kernel was killed because the time was up.
    exit_code
        How the kernel ended, negative for a signal; None if unknown or it was told to.
    peak_memory
        Bytes that the kernel held at most; None where the system doesn't tell.
    """

    def __init__(self, folder: Path, limits: Limits, template: Template | None) -> None:
        self.folder = folder
        self.template = template
        self.start_seconds = limits.start_seconds
        self.out_of_time = False
        self.exit_code: int | None = None
        self.peak_memory: int | None = None
        self._memory = limits.memory
        self._manager: RunKernelManager | None = None
        self._alarm = threading.Timer(limits.seconds, self._time_is_up)
        self._alarm.daemon = True

    @property
    def spec(self) -> KernelSpec:
        """Kernelspec of this kernel, which no other program of this machine sees."""
        metadata = {"kernel_provisioner": {"provisioner_name": PROVISIONER}}
        command = [sys.executable, "-m", "workbench.running.kernel_process"]
        return KernelSpec(
            argv=[*command, "-f", "{connection_file}"],
            language="python",
            display_name="Python 3 (ipykernel)",
            metadata=metadata if self.template else {},
            env={
                "IPYTHONDIR": str(self.folder),
                MEMORY_VARIABLE: str(self._memory),
                # Our matrices are small: threads that wait for one another take longer than one.
                "OMP_NUM_THREADS": "1",
            },
        )

    def start_clock(self, manager: RunKernelManager) -> None:
        """Count the time of the whole notebook from now."""
        self._manager = manager
        self._alarm.start()

    def stop_clock(self) -> None:
        """Let the time go; the notebook is done."""
        self._alarm.cancel()

    def _time_is_up(self) -> None:
        self.out_of_time = True
        if self._manager is not None:
            self._manager.kill_at_once()


class _PrivateSpecs(KernelSpecManager):
    """Knows the one kernelspec of a run."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Give the run's own, whatever the name."""
        return self._spec


class _PromptClient(AsyncKernelClient):
    """Waits for a kernel by its answers, not by the clock."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered on both channels.

        Jupyter's own waits a fifth of a second for silence; here the kernel's ``idle`` ends it.
        """
        until = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < until:
            asked = self.kernel_info()
            with suppress(Empty):
                await self._answer(self.shell_channel, asked, "kernel_info_reply")
                await self._answer(self.iopub_channel, asked, "status", "idle")
                return
            if not await self.is_alive():
                raise KernelStartError("Kernel died before it answered.")
        raise KernelStartError(f"Kernel gave no answer in {timeout:g} seconds.")

    async def _answer(self, channel: Any, asked: str, kind: str, state: str = "") -> None:
        until = time.monotonic() + _ASK_AGAIN
        while True:
            message = await channel.get_msg(timeout=max(until - time.monotonic(), 0))
            mine = message["parent_header"].get("msg_id") == asked
            stated = message["content"].get("execution_state", "")
            if mine and message["msg_type"] == kind and state in ("", stated):
                return


class RunKernelManager(AsyncKernelManager):
    """Starts the kernel of an order, in the order's folder, which only this user can open."""

    order: KernelOrder

    def __init__(self, **options: Any) -> None:
        options["kernel_spec_manager"] = _PrivateSpecs(self.order.spec)
        if sys.platform != "win32":  # Windows has no Unix sockets for kernels.
            folder = self.order.folder
            options.update(
                transport="ipc",
                connection_file=str(folder / "kernel.json"),
                ip=str(folder / "socket"),
            )
        super().__init__(**options)
        self.client_factory = _PromptClient

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        try:
            await super()._async_launch_kernel(kernel_cmd, **options)
        except (RuntimeError, OSError) as error:
            raise KernelStartError(str(error)) from error
        self.order.start_clock(self)

    _launch_kernel = _async_launch_kernel

    async def _async_shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        self.order.peak_memory = _peak_memory(getattr(self.provisioner, "pid", None))
        warm = getattr(self.provisioner, "kernel", None)
        await super()._async_shutdown_kernel(now=now, restart=restart)
        if warm is not None:
            self.order.peak_memory = warm.peak_memory

    shutdown_kernel = _async_shutdown_kernel

    async def _async_is_alive(self) -> bool:
        alive = await super()._async_is_alive()
        if not alive and self.has_kernel and not self.shutting_down:
            assert self.provisioner is not None
            self.order.exit_code = await self.provisioner.poll()
        return alive

    is_alive = _async_is_alive

    def kill_at_once(self) -> None:
        """Kill the kernel from another thread; the run hears that it is dead."""
        process = getattr(self.provisioner, "kernel", None)
        if process is not None:
            process.signal(9)
            return
        process = getattr(self.provisioner, "process", None)
        if process is not None:
            process.kill()


def manager_class_for(order: KernelOrder) -> type[RunKernelManager]:
    """Make the manager's class of one order: Jupyter takes a class, and makes the manager itself.

    It must not be given a manager: it would leave the kernel of one that it did not make.
    """
    return type("OrderedKernelManager", (RunKernelManager,), {"order": order})


def _peak_memory(process: int | None) -> int | None:
    """Bytes that a living process held at most, as Linux tells it; None elsewhere."""
    path = Path(f"/proc/{process}/status")
    if process is None or os.name != "posix" or not path.exists():
        return None
    with suppress(OSError):
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None
