"""Sufficient statistics on disk: one ``.npz`` file of plain arrays and a text of names.

Nothing in the file is code. What formulaic learnt of the covariates is written as a few template
rows and the numbers of its transforms (knots, centres), and learnt again on reading.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.models.formulas import parse_formula
from workbench.models.roles import Roles
from workbench.models.rows import ModelColumns, learn_from_template
from workbench.models.sufficient_statistics import SufficientStatistics

VERSION = 1
ARRAYS = (
    "shift",
    "cell_inner",
    "cell_outer",
    "products",
    "pair_cell",
    "pair_crossed",
    "pair_sums",
    "cell_rows",
    "lowest",
    "highest",
)
NUMBERS = ("log_weights", "at_lowest", "at_highest", "dropped")


def save(statistics: SufficientStatistics, path: Path) -> None:
    """Write statistics to a file."""
    s, columns = statistics, statistics.columns
    specs = [columns.fixed_spec, *(block.spec for block in columns.blocks)]
    text = {
        "version": VERSION,
        "formula": str(columns.formula),
        "weights": columns.weights,
        "needed": columns.needed,
        "roles": [s.roles.inner, s.roles.outer, s.roles.crossed],
        "names": s.names,
        "template": _template_text(columns.template),
        "transforms": [_plain(dict(spec.transform_state)) for spec in specs],
        "dropped_by_column": s.dropped_by_column,
        **{name: getattr(s, name) for name in NUMBERS},
    }
    arrays: dict[str, Any] = {name: getattr(s, name) for name in ARRAYS}
    arrays |= {f"levels {g}": np.array(labels, dtype=str) for g, labels in s.levels.items()}
    with path.open("wb") as file:
        np.savez_compressed(file, text=np.array(json.dumps(text)), **arrays)


def load(path: Path) -> SufficientStatistics:
    """Read statistics from a file.

    Raises
    ------
    ParameterError
        When the file is not one that `save` wrote.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files}
        text = json.loads(str(content["text"]))
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError(f"{path.name} does not hold saved statistics.") from error
    if text["version"] != VERSION:
        raise ParameterError(f"{path.name} was saved by another version; sum the rows up again.")
    prefix = "levels "
    return SufficientStatistics(
        columns=_columns(text),
        roles=Roles(*text["roles"]),
        names=tuple(text["names"]),
        levels={
            name.removeprefix(prefix): pd.Index(values.astype(object), dtype="str")
            for name, values in content.items()
            if name.startswith(prefix)
        },
        dropped_by_column=text["dropped_by_column"],
        **{name: content[name] for name in ARRAYS},
        **{name: text[name] for name in NUMBERS},
    )


def _columns(text: dict[str, Any]) -> ModelColumns:
    """Learn the columns again from the template, and give the transforms their numbers back."""
    return learn_from_template(
        parse_formula(text["formula"]),
        text["weights"],
        tuple(text["needed"]),
        _template(text["template"]),
        [_unplain(state) for state in text["transforms"]],
    )


def _template_text(template: pd.DataFrame) -> dict[str, Any]:
    """Values of each template column, and its categories where it has some."""
    answer = {"": {"values": list(range(len(template))), "categories": None}}
    for name in template.columns:
        column = template[name]
        known = isinstance(column.dtype, pd.CategoricalDtype)
        categories = column.cat.categories.tolist() if known else None
        answer[name] = {"values": column.tolist(), "categories": categories}
    return answer


def _template(text: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(index=pd.Index(text[""]["values"]))
    for name, column in text.items():
        values: Any = column["values"]
        if column["categories"] is not None:
            values = pd.Categorical(values, categories=column["categories"])
        if name:
            frame[name] = values
    return frame


def _plain(value: Any) -> Any:
    """Numbers, text and lists only; dictionaries as pairs, since their keys may be numbers."""
    if isinstance(value, dict):
        return {"pairs": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_unplain(key): _unplain(item) for key, item in value["pairs"]}
    return [_unplain(item) for item in value] if isinstance(value, list) else value
