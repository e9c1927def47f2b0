"""Kernels for automated runs: private sockets instead of open ports.

A kernel that listens on TCP can be spoken to by any user of the machine and prints a warning at
every start. Unix sockets close both. Each kernel gets a folder of its own, because kernels started
in one working folder would otherwise share their sockets' names and answer one another.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager


class PrivateKernelManager(AsyncKernelManager):
    """Starts a kernel on Unix sockets in a folder that only this user can open."""

    def __init__(self, **options: Any) -> None:
        self._folder = tempfile.mkdtemp(prefix="wb-")
        folder = Path(self._folder)
        options.update(
            transport="ipc", connection_file=str(folder / "kernel.json"), ip=str(folder / "socket")
        )
        super().__init__(**options)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


def kernel_manager_class() -> type[AsyncKernelManager]:
    """Choose the manager for this system; Windows has no Unix sockets for kernels."""
    return AsyncKernelManager if sys.platform == "win32" else PrivateKernelManager
