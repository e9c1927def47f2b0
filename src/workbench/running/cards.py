"""Status cards of sites without a report, written where the report would be."""

from __future__ import annotations

from workbench.reporting.status_card import BY_FAULT, StatusCard, render_status_card
from workbench.results import Results
from workbench.running.failed_deliveries import failed_deliveries

NEXT = (
    "Mend the cause and run 'workbench resume'. It makes the reports that are missing and no other."
)
EFFECT = (
    "None. The site's rows are part of the network's numbers, which were worked out before any "
    "site's report."
)


def write_cards(results: Results, missing: dict[str, str]) -> None:
    """Write a card for every site whose report could not be made.

    Parameters
    ----------
    results
        Results of the run.
    missing
        Why, by site.
    """
    by_data = failed_deliveries(results)
    sites = {site["site_id"]: site for site in results.table("sites").to_dict("records")}
    for site, why in missing.items():
        path = results.folder / "sites" / f"{sites[site]['slug']}.html"
        page = render_status_card(
            by_data[site].card if site in by_data else StatusCard(BY_FAULT, why, NEXT, EFFECT),
            str(sites[site]["site_name"]),
            results.about["network"],
            str(results.quarter),
            results.study.folder,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending in (".unfinished", ".xlsx"):
            path.with_suffix(ending).unlink(missing_ok=True)
        path.write_text(page, encoding="utf-8")
