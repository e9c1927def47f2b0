"""Tables that can be drawn out of the same export: sites, practitioners, measures by period."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_fields import LIKELY, Field
from workbench.data.inspection_keys import flag_pattern, repeats_another, share_of
from workbench.data.inspection_matching import match_columns
from workbench.data.inspection_tables import TableDraft
from workbench.data.schemas import TableSchema


def tables_beside(
    main: TableDraft,
    schemas: dict[str, TableSchema],
    given: frozenset[str],
    profiles: dict[str, Profile],
    frame: pd.DataFrame,
) -> list[TableDraft]:
    """Sites and practitioners that an export of something else names.

    Parameters
    ----------
    main
        The table that the export feeds.
    schemas
        Tables of the study.
    given
        Tables that come from elsewhere.
    profiles, frame
        Columns of the export, and the export.
    """
    site, person = main.fields.get("site_id"), main.fields.get("practitioner_id")
    found = []
    of_site = schemas["sites"].columns
    if site and site.mapping and not {main.table, *given} & {"sites"}:
        name = _name_of_site(site, schemas["sites"], profiles, frame)
        fields = {"site_id": site, "site_name": name}
        found.append(TableDraft("sites", {one: fields[one] for one in of_site if one in fields},
                                one_row_each=True))  # fmt: skip
    if person and site and person.mapping and site.mapping \
            and not {main.table, *given} & {"practitioners"}:  # fmt: skip
        fields = {"practitioner_id": person, "site_id": site}
        found.append(TableDraft("practitioners", fields, one_row_each=True))
    return (
        found if main.table in ("fidelity_responses", "driver_responses", "practitioners") else []
    )


def _name_of_site(
    site: Field, schema: TableSchema, profiles: dict[str, Profile], frame: pd.DataFrame
) -> Field:
    """Name of a site: a column of names, one a site, or the code itself."""
    found = match_columns(schema, profiles, frame)[0].get("site_name")
    name, code = (found.mapping.get("from") if found else None), site.mapping.get("from")
    if found and name and code and frame.groupby(code)[name].nunique().max() <= 1:
        return found
    if code and (labels := profiles[code].labels):
        mapping = {"from": code, "values": dict(labels)}
        return Field("site_name", mapping, LIKELY, "the labels of the data dictionary")
    return Field("site_name", site.mapping, LIKELY, "the code stands until a name is known")


def measures_beside(
    main: TableDraft,
    counts: tuple[str, str],
    frame: pd.DataFrame,
    profiles: dict[str, Profile],
    instrument: str,
) -> list[TableDraft]:
    """Outcomes out of the numbers that stand beside two counts of a site in a period."""
    site, date = main.fields.get("site_id"), main.fields.get("observed_on")
    if site is None or date is None or not site.mapping:
        return []
    used = {str(each.mapping.get("from", "")) for each in main.fields.values()} | set(counts)
    used |= {str(each["periods"]["column"]) for each in date.choices if "periods" in each}
    numbers = [name for name, each in profiles.items() if each.numeric and name not in used]
    flags = {name for name in numbers if flag_pattern({name: profiles[name]}, profiles)}
    names = [
        name for name in numbers
        if name not in flags and not share_of(frame, name, *counts)
    ]  # fmt: skip
    # Of two columns that say the same, the one with the longer name tells more.
    names = [name for name in names if not _said_better(frame, name, names)]
    if len(names) < 2:
        return []
    flag = flag_pattern({one: profiles[one] for one in flags}, names)
    question = date.question and "The same calendar as that of 'observed_on' above."
    fields = {
        "subject": Field("subject", {"constant": "site"}, LIKELY, "the rows are about sites"),
        "subject_id": Field("subject_id", site.mapping, site.sure, site.why),
        "period_start": Field("period_start", date.mapping, date.sure, date.why, question,
                              date.choices),
    }  # fmt: skip
    wide: dict[str, Any] = {"columns": "|".join(map(re.escape, names)), "name_to": "measure",
                            "value_to": "value"}  # fmt: skip
    if flag:
        wide["missing_flag"] = flag
    return [TableDraft("outcomes", fields, wide)]


def _said_better(frame: pd.DataFrame, name: str, names: list[str]) -> bool:
    others = [other for other in names if len(other) > len(name)]
    return bool(repeats_another(frame, name, others))
