"""Small boxes to choose a site, a quarter and a component from; what they set is always seen.

A box writes into the variables of the notebook, says which value it changed, and gives the lines
to put into the parameters cell, so that the next reader sees what was chosen. Without ipywidgets,
and in automated runs, the same lines and choices stand there as text.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from workbench import terms
from workbench.errors import ParameterError
from workbench.progress import in_open_notebook
from workbench.reporting.start_page import newest_results
from workbench.results import Results, open_results
from workbench.settings import Study
from workbench.shown import clean, html_table, short

LABELS = {"site_id": "Site", "quarter": "Quarter", "component": "Component"}
NO_WIDGETS = (
    "Boxes to choose from need ipywidgets: pip install 'implementation-workbench[widgets]'. "
    "Until then write the values into the parameters cell; these are known:"
)
THEN = "Then choose Run, Run Selected Cell and All Below, from the cell under this one."
KEEP = "To keep the choice, put these lines into the parameters cell:"


@dataclass(frozen=True)
class Boxes:
    """Values that may be chosen, and the variables that they are chosen for.

    Attributes
    ----------
    variables
        The notebook's own variables, as ``globals()`` gives them.
    choices
        For each parameter, the label of each value that it may have.
    """

    variables: MutableMapping[str, Any]
    choices: Mapping[str, Mapping[str, str]]

    def choose(self, **values: str) -> str:
        """Set parameters, and say which changed from what.

        Raises
        ------
        ParameterError
            If a parameter or value is not among the choices; nothing is then set.
        """
        for name, value in values.items():
            self._require(name, value)
        changed = []
        for name, value in values.items():
            before = self.variables.get(name, "")
            if value != before:
                self.variables[name] = value
                changed.append(f"{name} is now {_quoted(value)}; it was {_quoted(before)}.")
        return " ".join(changed) or "Nothing was changed."

    def parameters_text(self) -> str:
        """Write the lines for the parameters cell."""
        values = {name: str(self.variables.get(name, "")) for name in self.choices}
        return "\n".join(f"{name}: str = {_quoted(value)}" for name, value in values.items())

    def __repr__(self) -> str:
        known = (f"{name}: {self._known(name)}" for name in self.choices)
        return "\n".join([self.parameters_text(), *known])

    def _repr_html_(self) -> str:
        rows = [
            (LABELS[name], _quoted(str(self.variables.get(name, ""))), self._known(name))
            for name in self.choices
        ]
        return html_table("Parameters", ("Parameter", "Now", "May be"), rows)

    def _ipython_display_(self) -> None:
        """Show boxes where somebody can choose; elsewhere the same as text."""
        from IPython.display import display

        widgets = _widgets() if in_open_notebook() else None
        if widgets is not None:
            display(_drawn(self, widgets))
            return
        if in_open_notebook():
            print(NO_WIDGETS)  # noqa: T201
        display({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)

    def _known(self, name: str) -> str:
        labels = self.choices[name]
        return "; ".join(f"{_quoted(value)} {clean(label)}" for value, label in labels.items())

    def _require(self, name: str, value: str) -> None:
        if name not in self.choices:
            known = ", ".join(self.choices)
            raise ParameterError(f"'{name}' can't be chosen here; there is {known}.")
        if value not in self.choices[name]:
            raise ParameterError(f"{name} can't be {_quoted(value)}. {self._known(name)}")


def offer(results: Results, variables: MutableMapping[str, Any], *names: str) -> Boxes:
    """Offer what a notebook's parameters may be.

    Parameters
    ----------
    results
        Results from which sites, quarters and components are known.
    variables
        The notebook's own, ``globals()``.
    names
        Among ``site_id``, ``quarter`` and ``component``; all that the notebook has if none is
        named.
    """
    unknown = [name for name in names if name not in LABELS]
    if unknown:
        known = ", ".join(LABELS)
        raise ParameterError(f"There is no box for {', '.join(unknown)}; there is {known}.")
    wanted = names or tuple(name for name in LABELS if name in variables)
    return Boxes(variables, {name: _choices(results, name) for name in wanted})


def results_to_read(study: Study, results_folder: str = "") -> Results:
    """Results that a recipe reads: those named, else the newest published, else those by hand."""
    newest = None if results_folder else newest_results(study)
    return newest or open_results(study, results_folder)


def site_to_begin_with(results: Results) -> str:
    """Choose a site: the first by name that drifts, or the first; empty if there is none."""
    sites, moves = results.table("sites"), results.table("trajectories")
    if sites.empty:
        return ""
    ordered = sites.sort_values("site_name", key=lambda names: names.str.casefold())
    drifting = set(moves.loc[moves["state"] == terms.DRIFTING, "site_id"]) if len(moves) else set()
    first = ordered[ordered["site_id"].isin(drifting)]
    return str((first if len(first) else ordered)["site_id"].iloc[0])


def _choices(results: Results, name: str) -> dict[str, str]:
    if name == "site_id":
        sites = results.table("sites")
        named = zip(sites["site_id"], sites["site_name"], strict=True) if len(sites) else ()
        return {"": "the network"} | {str(code): _label(title) for code, title in named}
    if name == "quarter":
        labels = [*results.study.published_quarters(), str(results.quarter)]
        return {"latest": "the last one observed"} | dict.fromkeys(labels, "")
    parts = results.table("components_by_quarter")
    if parts.empty:
        return {"": "all"}
    named = zip(parts["component"], parts["component_title"], strict=True)
    return {"": "all"} | {str(code): _label(title) for code, title in named}


def _label(title: object) -> str:
    return short(str(title), 60)


def _quoted(value: object) -> str:
    """Write a value as the parameters cell has it."""
    return json.dumps(clean(str(value)), ensure_ascii=False)


def _widgets() -> Any:
    """Load ipywidgets; None where it is not installed."""
    try:
        return importlib.import_module("ipywidgets")
    except ImportError:
        return None


def _drawn(chosen: Boxes, widgets: Any) -> Any:
    """Draw the boxes, the lines for the parameters cell, and what was changed last."""
    lines = widgets.Textarea(chosen.parameters_text(), rows=len(chosen.choices))
    lines.layout.width = "30em"
    told = widgets.Label("")

    def pick(name: str) -> Any:
        options = [
            (f"{label} ({value})" if label and value else label or value, value)
            for value, label in chosen.choices[name].items()
        ]
        now = chosen.variables.get(name, "")
        known = now in chosen.choices[name]
        box = widgets.Dropdown(
            options=options, value=now if known else None, description=LABELS[name]
        )

        def changed(change: Any) -> None:
            told.value = f"{chosen.choose(**{name: change['new']})} {THEN}"
            lines.value = chosen.parameters_text()

        box.observe(changed, names="value")
        return box

    return widgets.VBox([*map(pick, chosen.choices), told, widgets.Label(KEEP), lines])
