"""Run the start page and all six notebooks through JupyterLab, and take pictures of them.

    python docs/make_lab_pictures.py STUDY

STUDY is a copy of a study with a published quarter, such as the example's: its notebooks are run
and saved in it. It takes some minutes, and Chromium. It ends with an error if a cell of a notebook
did, printed a warning, or asked another machine for something.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from lab_browser import Lab, open_browser, open_lab, run_all, show_place, what_is_wrong  # noqa: E402

NOTEBOOKS = {
    "start": "lab_start",
    "01_data_quality": "",
    "02_fidelity_over_time": "lab_notebook",
    "03_reinforcement": "",
    "04_driver_readiness": "",
    "05_plan_traction": "",
    "06_quarterly_report": "",
    "explore/why_did_this_site_fall": "lab_boxes",
    "explore/compare_two_instruments": "",
    "explore/recut_by_cohort": "",
}
"""What is run, and the picture that is kept of it."""
PLACE = {"02_fidelity_over_time": 3300}
MOST_BYTES = 200_000


def main(study: Path) -> int:
    """Run every notebook, and say what was wrong in any."""
    wrong = 0
    with open_lab(study.resolve()) as lab, open_browser(lab) as page:
        for name, picture in NOTEBOOKS.items():
            wrong += _one(lab, page, name, picture)
        print(f"Asked of other machines: {page.asked_elsewhere or 'nothing'}")  # noqa: T201
        wrong += len(page.asked_elsewhere)
    return min(wrong, 1)


def _one(lab: Lab, page: Any, name: str, picture: str) -> int:
    began = time.monotonic()
    cells = run_all(lab, page, f"notebooks/{name}.ipynb")
    found = what_is_wrong(cells)
    print(f"{name}: {len(cells)} cells, {time.monotonic() - began:.0f} s, {found or 'clean'}")  # noqa: T201
    if picture:
        show_place(page, PLACE.get(name, 0))
        path = HERE / "pictures" / f"{picture}.png"
        page.screenshot(path=path)
        print(f"  {path.name}: {path.stat().st_size:,} bytes")  # noqa: T201
        assert path.stat().st_size < MOST_BYTES
    return len(found)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
