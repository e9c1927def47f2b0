"""The section about lapse: how long practice is seen to stay above the cut-off."""

from __future__ import annotations

from workbench.language import mark, say
from workbench.reporting.evidence import NETWORK, hidden_rows
from workbench.reporting.figures_lapse import lapse_course
from workbench.reporting.report import Section
from workbench.reporting.sections_evidence import Evidence
from workbench.reporting.tables_lapse import lapse_table

TITLE = mark("How long does practice stay above the cut-off?")
LEAD = mark(
    "The clock starts when a practitioner is first observed at or above the cut-off, and stops at "
    "the first later observation below it. One observation is noisy: a score below once is not a "
    "person’s level, so read this as a reason to look again."
)
NO_TIMES = mark("No times can be told: no observation could be set beside a cut-off.")
NOT_SHOWN = mark(
    "No time can be shown: too few practitioners were followed after they reached the cut-off."
)
NOT_OF_SITE = mark(
    "No share of this site can be shown: too few people stand behind each. So look at the network."
)


def lapse_section(evidence: Evidence) -> Section:
    """Draw the network's curve with its sites by name; on a site's page its row and the network's.

    A site has no curve: each of its steps would be one or two people.
    """
    summary, site_id = evidence.lapse_summary, evidence.site_id
    title, lead = say(TITLE), say(LEAD)
    if summary.empty:
        return Section(title, f"{lead} {say(NO_TIMES)}")
    of_network = summary[summary["scope"] == NETWORK]
    if (hidden_rows(of_network) & of_network["n_practitioners"].isna()).any():
        return Section(title, f"{lead} {say(NOT_SHOWN)}")
    shown = (lapse_table(summary, evidence.sites, site_id),)
    if not site_id:
        curve = lapse_course(summary, evidence.lapse_curve)
        return Section(title, lead, (curve,), shown)
    mine = summary[summary["site_id"] == site_id]
    told = mine[[name for name in mine.columns if name.startswith("above_")]].notna()
    if not told.any(axis=None):
        lead += f" {say(NOT_OF_SITE)}"
    return Section(title, lead, (), shown)
