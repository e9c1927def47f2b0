"""The data of links.R as frames, and a small simulated network, for two tests."""

import json
from dataclasses import fields
from pathlib import Path

import links_study
import pandas as pd

REFERENCE = json.loads((Path(__file__).parent / "links.json").read_text(encoding="utf-8"))


def labels(numbers):
    """Quarter labels of counts of quarters."""
    return [f"{2024 + (n - 1) // 4}Q{(n - 1) % 4 + 1}" for n in numbers]


def reference_frame(name):
    """One of the script's tables, with codes as the analyses know them."""
    frame = pd.DataFrame(REFERENCE[name])
    return frame.assign(
        practitioner_id=[f"P{n:02d}" for n in frame["practitioner"]],
        site_id=[f"S{n:02d}" for n in frame["site"]],
        plan_id=[f"L{n:03d}" for n in frame["plan"]] if "plan" in frame else "",
        quarters=frame["quarter"].astype(float),
        quarter=labels(frame["quarter"]),
    )


def reference_observations():
    """The script's observations."""
    return reference_frame("observations").assign(rater_role="independent", weight=1.0)


def network(kind, seed, sites):
    """Frames of the first sites of a simulated network, by name."""
    made = links_study.simulate(seed, links_study.KINDS[kind])
    frames = {one.name: getattr(made, one.name) for one in fields(made)}
    first = sorted(made.by_plan["site_id"].unique())[:sites]
    return {
        name: frame[frame["site_id"].isin(first)] if "site_id" in frame else frame
        for name, frame in frames.items()
    }
