"""The card that stands where a site's report could not be made: cause and next step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.language import mark, say
from workbench.reporting.pages import environment_of

BY_DATA, BY_FAULT = mark("Not published (data)"), mark("Not published (fault)")


@dataclass(frozen=True)
class StatusCard:
    """Why a site has no report, and what comes next.

    Attributes
    ----------
    status
        ``BY_DATA`` or ``BY_FAULT``.
    cause
        What happened, in plain words.
    next_step
        What to do.
    effect
        Whether the site's data are part of the network's numbers all the same.
    """

    status: str
    cause: str
    next_step: str
    effect: str


def render_status_card(
    card: StatusCard, site_name: str, network: str, quarter: str, study_folder: Path | None = None
) -> str:
    """Write the page of a card, in the place of the site's page."""
    template = environment_of(study_folder).get_template("card.html.j2")
    return template.render(
        title=site_name,
        kind=say("Site without a report"),
        network=network,
        quarter=quarter,
        card=card,
    )
