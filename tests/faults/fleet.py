"""Many sites, three of them poisoned: what is published, what it costs, what resume touches.

    python tests/faults/fleet.py [--sites 200] [--write docs/methods/fleet.md]

The notebooks are quick stand-ins; one site's report meets bytes that are no text, one kills its
kernel, one never ends. All three run the same command as a user would.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from stand_in import LONGEST, deliver, make_study
from trip import POISONS

from workbench.settings import MANIFEST, Study, open_study

HERE = Path(__file__).parent
LABEL = "2026Q3"
KINDS = ("undecodable", "kernel kills itself", "infinite loop")


@dataclass
class Fleet:
    """What the three runs did.

    Attributes
    ----------
    sites
        How many.
    clean_seconds, poisoned_seconds, resume_seconds
        Wall time of each run.
    exit_codes
        Of the poisoned run and of the resumed one.
    published, cards
        Reports and status cards of the poisoned run.
    touched
        Site pages that the resumed run made anew.
    same
        Whether every other site page is the same, byte by byte, in all three.
    causes
        Why each poisoned site has no report, as its card says.
    """

    sites: int
    clean_seconds: float
    poisoned_seconds: float
    resume_seconds: float
    exit_codes: tuple[int, int]
    published: int
    cards: int
    touched: list[str]
    same: bool
    causes: dict[str, str]


def run_fleet(folder: Path, sites: int, workers: int = 2) -> Fleet:
    """Run a fleet clean, then poisoned, then resume it."""
    study = make_study(folder / "study")
    deliver(study, 50, sites)
    no_poison, poisons = folder / "none.json", folder / "poisons.json"
    names = [f"s{1 + step * sites // 4}" for step in (1, 2, 3)]
    poisons.write_text(json.dumps(dict(zip(names, KINDS, strict=True))))
    no_poison.write_text("{}")
    _, clean_seconds = _run(study, "run", no_poison, workers)
    clean = _pages(open_study(study), "v1")
    shutil.rmtree(study / "reports")
    code, poisoned_seconds = _run(study, "run", poisons, workers)
    opened = open_study(study)
    poisoned = _pages(opened, "v1")
    manifest = json.loads((study / "reports" / LABEL / "v1" / MANIFEST).read_text())
    again, resume_seconds = _run(study, "resume", no_poison, workers)
    resumed = _pages(opened, "v2")
    others = [name for name in clean if name.removeprefix("site-") not in names]
    return Fleet(
        sites,
        clean_seconds,
        poisoned_seconds,
        resume_seconds,
        (code, again),
        len(manifest["reports"]),
        len(manifest["sites_missing"]),
        sorted(name for name in resumed if resumed[name] != poisoned[name]),
        all(clean[name] == poisoned[name] == resumed[name] for name in others) and resumed == clean,
        manifest["sites_missing"],
    )


def _run(study: Path, command: str, poisons: Path, workers: int) -> tuple[int, float]:
    environment = {**os.environ, POISONS: str(poisons), "OMP_NUM_THREADS": "1"}
    began = time.monotonic()
    partial = ["--allow-partial"] if command == "run" else []
    program = [sys.executable, str(HERE / "injected_run.py"), command, str(study)]
    ended = subprocess.run(
        [*program, *partial, "--workers", str(workers)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise RuntimeError(ended.stdout + ended.stderr)
    return ended.returncode, time.monotonic() - began


def _pages(study: Study, version: str) -> dict[str, str]:
    pages = (study.reports / LABEL / version / "sites").glob("*.html")
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in pages}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wb-fleet-") as folder:
        found = run_fleet(Path(folder), asked.sites)
    text = _page(found)
    sys.stdout.write(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


def _page(found: Fleet) -> str:
    rows = {
        "sites": found.sites,
        "reports published beside the poisoned ones": found.published,
        "status cards": found.cards,
        "exit code of the run": found.exit_codes[0],
        "exit code of `workbench resume` after the poison was taken away": found.exit_codes[1],
        "site pages that resume made anew": len(found.touched),
        "all other pages the same in all three runs": "yes" if found.same else "NO",
        "clean run, seconds": f"{found.clean_seconds:.1f}",
        "poisoned run, seconds": f"{found.poisoned_seconds:.1f} "
        f"({found.poisoned_seconds / found.clean_seconds:.2f} of the clean one)",
        "resume, seconds": f"{found.resume_seconds:.1f}",
    }
    table = "\n".join(f"| {what} | {told} |" for what, told in rows.items())
    causes = "\n".join(f"- {site}: {why}" for site, why in found.causes.items())
    return f"""# A fleet with three poisoned sites

Made by `python tests/faults/fleet.py --sites {found.sites}` on {dt.date.today():%d %B %Y}.
{" ".join(__doc__.splitlines()[4:6])} The time limit of a notebook is {LONGEST} seconds here.

| | |
|---|---|
{table}

What the cards say:

{causes}
"""


if __name__ == "__main__":
    main()
