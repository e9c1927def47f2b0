"""Truth of a simulated network in plain numbers: what was asked for, and what chance made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import pandas as pd

from workbench.data.synthetic_effects import Effects
from workbench.data.synthetic_parameters import NetworkParameters


def plain(parameters: NetworkParameters) -> dict[str, Any]:
    """Parameters as dicts, lists and numbers, with the spread of the residual."""
    values = {name: _plain_value(value) for name, value in vars(parameters).items()}
    return {**values, "residual_sd": parameters.residual_sd}


def _plain_value(value: Any) -> Any:
    """Parameters within parameters as dicts, and rows of them as lists."""
    if isinstance(value, Mapping):
        return {name: _plain_value(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain_value(one) for one in value]
    if is_dataclass(value):
        return {name: _plain_value(inner) for name, inner in vars(value).items()}
    return value


def realised(effects: Effects, observations: pd.DataFrame) -> dict[str, float]:
    """Spreads of what was drawn: in one network they differ from the parameters by chance."""
    site, person, rater = effects.by_site, effects.by_practitioner, effects.by_rater
    used = rater["rater_role"] != "master"
    many = len(site) > 2
    return {
        "site_level_sd": float(site["level"].std()),
        "site_slope_sd": float(site["slope"].std()),
        "site_correlation": float(site["level"].corr(site["slope"])) if many else float("nan"),
        "practitioner_level_sd": float(person["level"].std()),
        "practitioner_slope_sd": float(person["slope"].std()),
        "rater_sd": float(rater.loc[used, "level"].std()),
        "mean_site_slope": float(site["total_slope"].mean()),
        "observations": float(len(observations)),
        "observations_limited": float(observations["limited"].sum()),
    }
