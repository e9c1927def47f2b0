"""Responses on another scale than their instrument's: an export that counts from 0 and not from 1.

Also numbers off the scale that recur, which may be codes for a missing response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from workbench.data.extract import Extract
from workbench.data.instruments import Instrument
from workbench.data.missing_codes import notes_on
from workbench.data.value_counts import ValueCounts
from workbench.data.value_fields import NumberFields
from workbench.errors import DataProblems, Problem

_COLUMNS = ["instrument_id", "instrument_version", "response"]
_LEAST_SHARE_OFF = 0.01
"""Share of responses off the scale from which on a shift is asked about; fewer are slips."""


def ask_about_scales(
    extracts: list[Extract], instruments: Mapping[tuple[str, str], Instrument]
) -> list[Extract]:
    """Give extracts with notes on codes that recur off the scale.

    Raises
    ------
    DataProblems
        Where all responses to an instrument lie on its scale once 1 is added or taken away, and not
        as they stand.
    """
    problems, noted = [], []
    for each in extracts:
        notes: list[str] = []
        if set(_COLUMNS) <= set(each.frame.columns):
            for key, rows in each.frame.groupby(_COLUMNS[:2], observed=True):
                instrument = instruments.get((str(key[0]), str(key[1])))
                if instrument is None or not instrument.scale.values:  # noqa: PD011 (ours)
                    continue
                counts = ValueCounts.of(replace(each, frame=rows), "response")
                problem = _shift_problem(counts, instrument)
                problems += [problem] if problem else []
                numbers = counts.numbers()
                codes = [*instrument.scale.not_applicable]
                off = numbers[~numbers.isin(instrument.scale.values)]
                notes += notes_on(counts, off[~counts.texts[off.index].isin(codes)])
        noted.append(replace(each, notes=(*each.notes, *notes)) if notes else each)
    if problems:
        raise DataProblems(problems)
    return noted


def _shift_problem(counts: ValueCounts, instrument: Instrument) -> Problem | None:
    form = counts.extract.declared("response")
    if isinstance(form, NumberFields) and "add" in form.model_fields_set:
        return None
    numbers = counts.numbers()
    numbers = numbers[~counts.texts[numbers.index].isin(instrument.scale.not_applicable)]
    legal = instrument.scale.values  # noqa: PD011 (ours)
    off = numbers[~numbers.isin(legal)]
    if off.empty or counts.cells(off) < _LEAST_SHARE_OFF * counts.cells(numbers):
        return None
    for add in (1, -1):
        if (numbers + add).isin(legal).all() and counts.most(numbers):
            return _shifted(counts, instrument, numbers, off, add)
    return None


def _shifted(
    counts: ValueCounts, instrument: Instrument, numbers: pd.Series, off: pd.Series, add: int
) -> Problem:
    place = counts.extract.place_to_write
    return Problem(
        "scale_shifted",
        counts.extract.table,
        f"All responses lie between {numbers.min():g} and {numbers.max():g}, and the scale of "
        f"{instrument.instrument} runs from {instrument.scale.lowest:g} to "
        f"{instrument.scale.highest:g}.",
        f"If the export counts from {numbers.min():g}, write 'add: {add}' at 'response:' {place}; "
        "if not, 'add: 0'.",
        counts.extract.source,
        "response",
        counts.rows(off)[:3],
    )
