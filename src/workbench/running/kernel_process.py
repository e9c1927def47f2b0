"""What a kernel of a run does before it serves: bind its life to its parent's, and its memory.

Run as a program it is an ordinary kernel; a forked one calls the same functions.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

MEMORY_VARIABLE = "WORKBENCH_KERNEL_MEMORY"
"""Names the bytes that a kernel may hold."""
_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux."""


def end_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent is gone, even in the middle of a sum.

    Only Linux can. Elsewhere the kernel's own watch does it, once a second.
    """
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # It went between the start and the line above.
        os._exit(1)


def limit_memory() -> None:
    """Let memory run out for this process before it runs out for the machine."""
    most = int(os.environ.get(MEMORY_VARIABLE, "0"))
    if not most or sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def prepare_kernel(arguments: Sequence[str], **options: Any) -> Any:
    """Make the kernel's application: its sockets are open when this comes back.

    Parameters
    ----------
    arguments
        As a kernel is given them: ``-f`` and the connection file, and more.
    options
        Settings of the application.
    """
    from ipykernel.kernelapp import IPKernelApp

    application = IPKernelApp.instance(**options)
    application.initialize(list(arguments))
    return application


def main() -> None:
    """Be a kernel until the run ends it."""
    # As Jupyter's own launcher does: what is imported never depends on the working folder.
    sys.path[:] = [folder for folder in sys.path if folder not in ("", os.getcwd())]  # noqa: PTH109
    if sys.platform != "win32":
        end_with_parent(int(os.environ["JPY_PARENT_PID"]))
    limit_memory()
    prepare_kernel(sys.argv[1:]).start()


if __name__ == "__main__":
    main()
