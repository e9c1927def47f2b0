"""Making the chain from every finding to its files: written once a run, before any page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.reporting.provenance import Link, Provenance, row_ranges
from workbench.resources import resource_folder
from workbench.results import Results
from workbench.running.staged_run import hash_of
from workbench.versions import versions

LOCK = "requirements.lock"
FIT = "tables/growth_terms.parquet"


def keep_provenance(
    results: Results, notebooks: Mapping[str, Path], foundations: Mapping[str, str]
) -> None:
    """Write the chain of a run into its results.

    Parameters
    ----------
    results
        Results of the run, analyses done.
    notebooks
        Numbered notebooks by name.
    foundations
        Hashes of what the run rests on.
    """
    accepted = _accepted(results)
    lock = resource_folder() / LOCK
    told = {
        **foundations,
        "lock": hash_of(lock) if lock.is_file() else "",
        "workbench": str(versions().get("workbench", "")),
    }
    links = tuple(_links(results, notebooks, set(accepted)))
    Provenance(links, accepted, told, _cohort(results)).write(results.folder)


def tables_named(notebook: Path, tables: set[str]) -> tuple[str, ...]:
    """Find the accepted tables that a notebook reads: their names stand in its code as texts.

    One that reads none, such as the first, rests on all that was received.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    reads = re.search(r"\.accepted\([^)]", code)
    named = set(re.findall(r"[\"'](\w+)[\"']", code)) if reads else tables
    return tuple(sorted(named & tables))


def _links(results: Results, notebooks: Mapping[str, Path], tables: set[str]) -> list[Link]:
    found, hashes = [], dict[str, str]()
    for path in sorted((results.folder / "findings").glob("*.json")):
        name = path.stem if path.stem in notebooks else _first_with(path.stem, notebooks)
        reads = tables_named(notebooks[name], tables) if name in notebooks else ()
        for one in json.loads(path.read_text(encoding="utf-8")):
            evidence = one["evidence"]
            hashes.setdefault(evidence, _hash_of(results.folder / evidence))
            found.append(
                Link(
                    one["id"], one["site_id"], one["question"], f"findings/{path.name}", name,
                    evidence, hashes[evidence], reads,
                )
            )  # fmt: skip
    return found


def _first_with(stem: str, notebooks: Mapping[str, Path]) -> str:
    """Notebook of the same number, such as 01_data_quality of 01_revisions."""
    return next((name for name in notebooks if name[:3] == stem[:3]), stem)


def _accepted(results: Results) -> dict[str, dict[str, Any]]:
    inputs = results.table("inputs")
    hashes = {
        (str(one["table"]), str(one["source"])): str(one["sha256"])
        for one in inputs.to_dict("records")
    }
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((results.folder / "accepted").glob("*.parquet")):
        frame = results.accepted(path.stem)
        if len(frame):
            found[path.stem] = {
                "file": f"accepted/{path.name}",
                "sha256": hash_of(path),
                "rows": len(frame),
                "made_from": _files(frame, path.stem, hashes),
            }
    return found


def _files(
    frame: pd.DataFrame, table: str, hashes: Mapping[tuple[str, str], str]
) -> list[dict[str, str]]:
    if "source_file" not in frame.columns:
        return []
    return [
        {
            "file": str(file),
            "sha256": hashes.get((table, str(file)), ""),
            "rows": row_ranges(rows),
        }
        for file, rows in frame.groupby("source_file")["source_row"]
    ]


def _cohort(results: Results) -> dict[str, Any]:
    """Tell what the network's fit was made from; every page reads this fit and makes no other."""
    glance, by_quarter = results.table("growth_glance"), results.table("fidelity_by_quarter")
    if glance.empty:
        return {}
    groups = re.findall(r"(\w+): ([0-9]+)", str(glance["n_groups"].iloc[0]))
    counts = {name: int(count) for name, count in groups}
    words = {"site_id": "sites", "practitioner_id": "practitioners", "rater_id": "raters"}
    quarters = sorted(by_quarter["quarter"].unique()) if len(by_quarter) else []
    return {
        **{word: counts[name] for name, word in words.items() if name in counts},
        "observations": int(glance["n_obs"].iloc[0]),
        "quarters": len(quarters),
        "first_quarter": next(iter(quarters), ""),
        "last_quarter": next(reversed(quarters), ""),
        "as_of": results.about["as_of"],
        "fit_sha256": _hash_of(results.folder / FIT),
    }


def _hash_of(path: Path) -> str:
    return hash_of(path) if path.is_file() else ""
