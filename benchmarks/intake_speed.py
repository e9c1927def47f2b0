"""Time and memory of the intake of fidelity responses, beside plain pandas doing the same checks.

    python benchmarks/intake_speed.py                     10,000, 100,000 and 1,000,000 rows
    python benchmarks/intake_speed.py --rows 50000

Read, conform, check and score, each size and each way in a process of its own on one core. The
clock counts the processor's seconds, after everything is imported; what importing takes is told
apart. Memory is the peak of the whole process. Great Expectations' share is the time inside its
runner. Plain pandas reads text, types the dates, asks for what the workbench's suite of fidelity
responses asks for, and scores; it gives yes or no for a rule, and no row, reason or message.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

SIZES = (10_000, 100_000, 1_000_000)
SITES, PEOPLE_A_SITE, RATERS = 40, 30, 60
DAYS = 1000
TODAY = dt.date(2026, 10, 1)
TABLES = ("sites", "practitioners", "fidelity_responses")


def write_tables(folder: Path, rows: int) -> None:
    """Sites, practitioners and so many responses, all in order, as csv files."""
    from workbench.data.instruments import load_instruments

    random = np.random.default_rng(20261001)
    items = np.array(list(load_instruments()["practice_fidelity", "1"].items))
    sites = [f"S{number:03d}" for number in range(SITES)]
    people = pd.DataFrame({"site_id": np.repeat(sites, PEOPLE_A_SITE)})
    people.insert(0, "practitioner_id", [f"P{number:05d}" for number in range(len(people))])
    people["hired_on"], people["trained_on"] = "2020-01-01", "2020-03-01"
    people["supervisor_id"] = "V" + people["site_id"].str[1:]
    seen = -(-rows // len(items))
    who = random.integers(0, len(people), seen)
    days = pd.Timestamp("2023-10-01") + pd.to_timedelta(random.integers(0, DAYS, seen), unit="D")
    level = random.normal(2.2, 0.9, seen)
    header = pd.DataFrame(
        {
            "observation_id": [f"O{number:07d}" for number in range(seen)],
            "instrument_id": "practice_fidelity",
            "instrument_version": "1",
            "practitioner_id": people["practitioner_id"].to_numpy()[who],
            "site_id": people["site_id"].to_numpy()[who],
            "observed_on": days.strftime("%Y-%m-%d"),
            "rated_on": (days + pd.Timedelta(days=3)).strftime("%Y-%m-%d"),
            "rater_id": [f"R{number:02d}" for number in random.integers(0, RATERS, seen)],
            "rater_role": "independent",
        }
    )
    responses = header.loc[header.index.repeat(len(items))].reset_index(drop=True)
    responses.insert(1, "item_id", np.tile(items, seen))
    drawn = np.repeat(level, len(items)) + random.normal(0, 0.7, len(responses))
    responses["response"] = drawn.round().clip(0, 4).astype(int)
    pd.DataFrame({"site_id": sites, "site_name": sites}).to_csv(folder / "sites.csv", index=False)
    people.to_csv(folder / "practitioners.csv", index=False)
    responses.iloc[:rows].to_csv(folder / "fidelity_responses.csv", index=False)


def by_the_workbench(folder: Path) -> dict[str, float]:
    """Read, check and score as a run does."""
    import great_expectations  # noqa: F401 (so that its import is not counted)

    from workbench.data import quality
    from workbench.data.extracts import read_extracts
    from workbench.data.instruments import load_instruments
    from workbench.data.schemas import load_schemas
    from workbench.data.scoring import score_observations, value_responses
    from workbench.settings import SETTINGS_FILE, open_study

    spent = {"great_expectations": 0.0}

    class Timed(quality.SuiteRunner):  # type: ignore[name-defined, misc]
        """The runner, with a clock."""

        def run(self, frame: pd.DataFrame, suite: dict) -> list:
            """Run a suite and add the time that it took."""
            begun = time.process_time()
            found = super().run(frame, suite)
            spent["great_expectations"] += time.process_time() - begun
            return found

    quality.SuiteRunner = Timed  # type: ignore[misc, assignment]
    (folder / SETTINGS_FILE).write_text("network: Speed\n", encoding="utf-8")
    study, instruments = open_study(folder), load_instruments()
    schemas = {name: one for name, one in load_schemas().items() if name in TABLES}
    begun = time.process_time()
    extracts = read_extracts(study, schemas, folder)
    spent["read"] = time.process_time() - begun
    report = quality.check(extracts, schemas, instruments, TODAY)
    spent["check"] = time.process_time() - begun - spent["read"]
    responses = report.accepted["fidelity_responses"]
    scored = score_observations(value_responses(responses, instruments), instruments)
    spent["total"] = time.process_time() - begun
    return spent | {"scored": float(scored["fidelity"].mean()), "rows": len(responses)}


def by_pandas(folder: Path) -> dict[str, float]:
    """Read, check and score with nothing but pandas."""
    from workbench.data.instruments import load_instruments

    instrument = load_instruments()["practice_fidelity", "1"]
    items, today = instrument.item_table(), pd.Timestamp(TODAY)
    begun = time.process_time()
    sites, people, rows = (pd.read_csv(folder / f"{one}.csv", dtype="str") for one in TABLES)
    for frame, name in ((people, "hired_on"), (rows, "observed_on"), (rows, "rated_on")):
        frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d")
    numbers = pd.to_numeric(rows["response"].mask(rows["response"] == "na"))
    hired = rows["practitioner_id"].map(people.set_index("practitioner_id")["hired_on"])
    home = rows["practitioner_id"].map(people.set_index("practitioner_id")["site_id"])
    seen = rows.drop_duplicates("observation_id")
    same = ["practitioner_id", "rater_id", "rater_role", "observed_on", "instrument_version"]
    of_rater = seen.sort_values(["rater_id", "observed_on"]).groupby("rater_id")["observed_on"]
    of_person = seen.sort_values(["practitioner_id", "observed_on"])
    gaps = of_person.groupby("practitioner_id")["observed_on"].diff().dt.days
    wide = rows.assign(number=numbers).pivot_table(
        index="observation_id", columns="item_id", values="number", aggfunc="first"
    )
    ties = [wide[name].corr(wide.drop(columns=name).mean(axis=1)) for name in wide.columns]
    held = [
        len(rows) > 0,
        rows["instrument_id"].eq("practice_fidelity") & rows["instrument_version"].eq("1"),
        ~rows.duplicated(),
        ~rows.duplicated(["observation_id", "item_id"]),
        rows["item_id"].isin(items["item_id"]),
        rows["practitioner_id"].isin(people["practitioner_id"]),
        numbers.isin(instrument.scale.values) | rows["response"].eq("na"),
        rows["rater_role"].isin(instrument.respondents),
        rows.groupby("observation_id")[same].nunique().eq(1).all(axis=1),
        rows["site_id"].isin(sites["site_id"]),
        rows["observed_on"] <= today,
        rows["rated_on"] <= today,
        rows["observed_on"] <= rows["rated_on"],
        rows["rater_role"].eq("self") == rows["rater_id"].eq(rows["practitioner_id"]),
        rows["observed_on"] >= hired,
        rows["response"].notna(),
        of_rater.diff().dt.days.fillna(0) <= 366,
        seen.groupby(["rater_id", "observed_on"])["site_id"].nunique() <= 1,  # noqa: PD101
        gaps.fillna(0) <= 366,
        seen.groupby(["practitioner_id", "observed_on"])["site_id"].nunique() <= 1,  # noqa: PD101
        rows["site_id"] == home,
        rows.groupby("instrument_id")["instrument_version"].nunique() == 1,  # noqa: PD101
        pd.Series(ties) >= 0,
        wide.notna().mean(axis=1) >= instrument.smallest_share_answered,
        (rows["rated_on"] - rows["observed_on"]).dt.days <= 30,
        rows["rated_on"].notna(),
    ]
    verdicts = [bool(np.all(one)) for one in held]
    checked = time.process_time() - begun
    turned = rows["item_id"].isin(items.loc[items["reversed"], "item_id"])
    highest = instrument.scale.highest
    percent = numbers.where(~turned, highest - numbers) / highest * 100
    weight = rows["item_id"].map(items.set_index("item_id")["weight"]).where(numbers.notna())
    sums = (percent * weight).groupby(rows["observation_id"]).sum()
    scored = sums / weight.groupby(rows["observation_id"]).sum()
    total = time.process_time() - begun
    return {"check": checked, "total": total, "scored": float(scored.mean()), "held": sum(verdicts)}


WAYS = {"workbench": by_the_workbench, "pandas": by_pandas}


def measure(way: str, folder: Path) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    one_core = {"OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **one_core}
    )
    return json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    if chosen.way:
        found = WAYS[chosen.way](chosen.folder)
        found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    print("| rows | pandas | workbench | times | read | check | of which GX | MB, pandas | MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for rows in chosen.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_tables(folder, rows)
            plain, ours = (measure(way, folder) for way in ("pandas", "workbench"))
        print(
            f"| {rows:,} | {plain['total']:.2f} s | {ours['total']:.2f} s "
            f"| {ours['total'] / plain['total']:.2f} | {ours['read']:.2f} s "
            f"| {ours['check']:.2f} s | {ours['great_expectations']:.2f} s "
            f"| {plain['megabytes']:,.0f} | {ours['megabytes']:,.0f} |",
            flush=True,
        )
        assert abs(plain["scored"] - ours["scored"]) < 1e-6, "both score alike"


if __name__ == "__main__":
    main()
