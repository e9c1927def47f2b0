"""What the checks say, as findings for the network's report and each site's."""

from __future__ import annotations

from workbench.data.intake import Intake
from workbench.findings import Finding
from workbench.wording import count_of

QUESTION = "Can these data be trusted?"


def quality_findings(intake: Intake) -> list[Finding]:
    """How much of what was received could be used; one finding for the network."""
    accounting = intake.quality.accounting
    received, set_aside = int(accounting["received"].sum()), int(accounting["set_aside"].sum())
    commonest = intake.quality.reasons["reason"].value_counts()
    example = ""
    if len(commonest):
        said = commonest.index[0].removeprefix("Fails: ")
        example = f' The commonest reason: "{said}" ({count_of(int(commonest.iloc[0]), "row")}).'
    waived = len(intake.quality.waivers)
    was = "was" if waived == 1 else "were"
    waivers = f" {count_of(waived, 'rule')} failed and {was} waived in writing." if waived else ""
    return [
        Finding(
            id="quality.rows",
            question=QUESTION,
            statement=f"Of {count_of(received, 'row')} received, {set_aside:,} were set aside "
            f"({set_aside / received:.1%}) and {received - set_aside:,} accepted."
            f"{example}{waivers}",
            estimate=100 * (received - set_aside) / received,
            unit="percent of rows",
            n=received,
            n_of="rows",
            evidence="tables/row_accounting.parquet",
        )
    ]
