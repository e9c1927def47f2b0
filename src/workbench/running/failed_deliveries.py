"""Sites whose delivery was set aside: their rows are in no number, and a card says why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.reporting.status_card import BY_DATA, StatusCard
from workbench.results import Results
from workbench.running.foundations import what_differs
from workbench.running.manifest import read_manifest
from workbench.running.staged_run import hash_of
from workbench.settings import Study

TABLE = "site_deliveries"
SET_ASIDE = "set aside"
THEN = "Then run 'workbench resume': it makes the quarter again with the site's rows."
EFFECT = (
    "None of what the site delivered is part of the network's numbers. Reports of other sites are "
    "made without its rows."
)


@dataclass(frozen=True)
class FailedDelivery:
    """Why all that a site delivered was set aside.

    Attributes
    ----------
    cause
        File and what is wrong with it.
    what_to_do
        How it is mended.
    """

    cause: str
    what_to_do: str

    def __str__(self) -> str:
        return f"{self.cause} {self.what_to_do}".strip()

    @property
    def card(self) -> StatusCard:
        """The card that stands in the place of the site's report."""
        return StatusCard(BY_DATA, self.cause, f"{self.what_to_do} {THEN}".strip(), EFFECT)


def failed_deliveries(results: Results) -> dict[str, FailedDelivery]:
    """Deliveries that were set aside, by site; none where tables come for the whole network."""
    table = results.table(TABLE)
    if table.empty:
        return {}
    failed = table[(table["status"] == SET_ASIDE) & (table["problem"] != "")]
    return {
        str(site): FailedDelivery(
            " ".join(f"In {one}" for one in dict.fromkeys(rows["problem"])),
            " ".join(dict.fromkeys(rows["what_to_do"])),
        )
        for site, rows in failed.groupby("site_id")
    }


def is_mended(study: Study, folder: Path, now: dict[str, str]) -> bool:
    """Whether files of failed deliveries changed since a version, and no other that it was made of.

    Parameters
    ----------
    study
        The study.
    folder
        Folder of the version.
    now
        What a run would rest on now.
    """
    manifest = read_manifest(folder)
    then = manifest["foundations"]
    if not what_differs(then, now) or what_differs({**then, "inputs": now["inputs"]}, now):
        return False
    data = manifest["parameters"]["data_folder"]
    received = study.folder / data if data else study.raw
    failed = failed_deliveries(Results(folder, study))
    table = Results(folder, study).table(TABLE)
    may_differ = set(table.loc[table["site_id"].isin(failed), "file"]) if failed else set()
    files = {one["source"]: one["sha256"] for one in manifest["inputs"]}
    return bool(failed) and all(
        hash_of(received / name) == digest
        for name, digest in files.items()
        if name not in may_differ and (received / name).is_file()
    )
