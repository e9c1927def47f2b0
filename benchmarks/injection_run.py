"""Run a whole quarter of a study full of hostile texts, kernels included, and count what lives.

Takes a minute or two: ``python benchmarks/injection_run.py``. The tests hold a quick version
without kernels (tests/test_security_outputs.py).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from payloads import (  # noqa: E402
    PAYLOADS,
    TERMINAL_ORDER,
    live_cells,
    live_nodes,
    live_outputs,
    make_hostile_study,
)


def main() -> int:
    """Print one line a kind of output; the exit code is 1 if anything lives."""
    with tempfile.TemporaryDirectory() as place:
        study = Path(place) / "study"
        cells = make_hostile_study(study)
        command = [sys.executable, "-m", "workbench", "run", "--study", str(study)]
        ran = subprocess.run([*command, "--as-of", "2026-09-30"], capture_output=True, text=True)
        if ran.returncode:
            print(ran.stderr)
            return 1
        found = _count(study / "reports", ran.stdout + ran.stderr)
        escaped = [
            path for path in Path(place).rglob("*") if not path.resolve().is_relative_to(study)
        ]
        print(f"{len(PAYLOADS)} payloads in {cells} cells and in settings and instruments")
        print(f"paths out of the study: {len(escaped)}")
        return int(bool(found or escaped))


def _count(reports: Path, said: str) -> int:
    total = 0
    for ending, live in (
        (".html", lambda path: live_nodes(path.read_text(encoding="utf-8"))),
        (".ipynb", live_outputs),
        (".xlsx", live_cells),
    ):
        files = sorted(reports.rglob(f"*{ending}"))
        found = [one for path in files for one in live(path)]
        total += len(found)
        print(f"{len(files)} {ending} files: {len(found)} live {found[:5] or ''}".rstrip())
    orders = TERMINAL_ORDER.findall(said)
    print(f"terminal: {len(orders)} orders")
    return total + len(orders)


if __name__ == "__main__":
    sys.exit(main())
