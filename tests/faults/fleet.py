"""Many sites, three of them poisoned: what is published, what it costs, what resume touches.

    python tests/faults/fleet.py [--sites 200] [--write docs/methods/fleet.md]

The notebooks are quick stand-ins that read what each site delivered as a run does. One site's file
holds bytes that are no text, one site's report kills its kernel, one never ends. All runs are the
commands of a user.
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

from stand_in import LONGEST, make_study, write_notebook
from trip import POISONS

from workbench.settings import MANIFEST, Study, open_study

HERE = Path(__file__).parent
LABEL = "2026Q3"
KINDS = ("kernel kills itself", "infinite loop")
CHECK = """
from workbench.data.extracts import read_extracts
from workbench.data.schemas import load_schemas
from workbench.data.site_deliveries import delivery_table
extracts = read_extracts(study, load_schemas(study.folder))
used = [one for one in extracts if not one.problems]
people = pd.concat([one.frame for one in used if one.table == "practitioners"], ignore_index=True)
sites = next(one.frame["site_id"] for one in used if one.table == "sites")
with_version = len(study.versions_of("2026Q3"))
with_quarter = "2026Q3" if with_version else ""
inputs = [{"source": one.source, "sha256": one.fingerprint} for one in extracts]
results.start({"quarter": "2026Q3", "network": "A", "inputs": inputs, "note": "", "versions": {}})
results.write_accepted({"practitioners": people})
results.write_tables({
    "sites": pd.DataFrame({"site_id": sites, "site_name": sites, "slug": "site-" + sites}),
    "site_deliveries": delivery_table(extracts),
    "row_accounting": pd.DataFrame({"table": ["practitioners"], "received": [len(people)],
                                    "accepted": [len(people)], "set_aside": [0]}),
    "publication": pd.DataFrame([["2026Q3", with_version + 1, with_quarter, with_version]],
        columns=["quarter", "version", "compared_with", "compared_version"]),
    "revisions": pd.DataFrame(),
})
"""
"""What stands in for the first notebook: what each site delivered is read as by the real one."""


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
        Site pages that are others after the resumed run.
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
    """Run a fleet clean, then poisoned, then resume it once the poison is taken away."""
    study = make_fleet(folder / "study", sites)
    no_poison, poisons = folder / "none.json", folder / "poisons.json"
    undecodable, *others = [f"s{1 + step * sites // 4}" for step in (1, 2, 3)]
    names = (undecodable, *others)
    poisons.write_text(json.dumps(dict(zip(others, KINDS, strict=True))))
    no_poison.write_text("{}")
    _, clean_seconds = _run(study, "run", no_poison, workers)
    clean = _pages(open_study(study), "v1")
    shutil.rmtree(study / "reports")
    was = spoil(study, undecodable)
    code, poisoned_seconds = _run(study, "run", poisons, workers)
    opened = open_study(study)
    poisoned = _pages(opened, "v1")
    manifest = json.loads((study / "reports" / LABEL / "v1" / MANIFEST).read_text())
    file_of(study, undecodable).write_bytes(was)
    again, resume_seconds = _run(study, "resume", no_poison, workers)
    resumed = _pages(opened, "v2")
    well = [name for name in clean if name.removeprefix("site-") not in names]
    return Fleet(
        sites,
        clean_seconds,
        poisoned_seconds,
        resume_seconds,
        (code, again),
        len(manifest["reports"]),
        len(manifest["sites_missing"]),
        sorted(name for name in resumed if resumed[name] != poisoned[name]),
        all(clean[name] == poisoned[name] == resumed[name] for name in well) and resumed == clean,
        manifest["sites_missing"],
    )


def make_fleet(folder: Path, sites: int) -> Path:
    """Make a study that gets one file a site, and the table that says which sites there are."""
    study = make_study(folder)
    write_notebook(study, "01_data_quality", CHECK)
    raw = study / "data" / "raw"
    for site in range(1, sites + 1):
        rows = [f"p{site}-{person},s{site},{50 + site + person}" for person in range(4)]
        path = file_of(study, f"s{site}")
        path.parent.mkdir(parents=True)
        path.write_text("practitioner_id,site_id,score\n" + "\n".join(rows) + "\n")
    names = "\n".join(f"s{site}" for site in range(1, sites + 1))
    (raw / "sites.csv").write_text(f"site_id\n{names}\n")
    return study


def file_of(study: Path, site: str) -> Path:
    """File that a site delivered."""
    return study / "data" / "raw" / "sites" / site / "practitioners.csv"


def spoil(study: Path, site: str) -> bytes:
    """Put bytes that are no text into a site's file; gives what it held."""
    was = file_of(study, site).read_bytes()
    file_of(study, site).write_bytes(was.replace(b"p", b"\xf1", 3))
    return was


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
        "site pages that are others after it": len(found.touched),
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
{" ".join(__doc__.splitlines()[4:7])} The time limit of a notebook is {LONGEST} seconds here.

| | |
|---|---|
{table}

Resume works the network's numbers out again, since they rest on more than they did: it takes the
time of a whole run. Had no file been mended, it would make the two reports whose kernels failed.

What the cards say:

{causes}
"""


if __name__ == "__main__":
    main()
