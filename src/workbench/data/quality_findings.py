"""What the checks say, as findings for the network's report and each site's."""

from __future__ import annotations

from workbench.data.intake import Intake
from workbench.data.quality import FAILS
from workbench.findings import Finding
from workbench.kept_sentences import say_kept
from workbench.language import mark, say
from workbench.wording import count_of

QUESTION = mark("Can these data be trusted?")
WAIVED_ONE = mark("{rules} failed and was waived in writing.")
WAIVED = mark("{rules} failed and were waived in writing.")


def quality_findings(intake: Intake) -> list[Finding]:
    """How much of what was received could be used; one finding for the network."""
    accounting = intake.quality.accounting
    received, set_aside = int(accounting["received"].sum()), int(accounting["set_aside"].sum())
    commonest = intake.quality.reasons["reason"].value_counts()
    example = ""
    if len(commonest):
        example = " " + say(
            'The commonest reason: "{reason}" ({rows}).',
            reason=say_kept(commonest.index[0].removeprefix(FAILS)),
            rows=count_of(int(commonest.iloc[0]), "row"),
        )
    waived = len(intake.quality.waivers)
    in_writing = say(WAIVED_ONE if waived == 1 else WAIVED, rules=count_of(waived, "rule"))
    waivers = f" {in_writing}" if waived else ""
    told = say(
        "Of {rows} received, {set_aside} were set aside ({share}) and {accepted} accepted.",
        rows=count_of(received, "row"),
        set_aside=f"{set_aside:,}",
        share=f"{set_aside / received:.1%}",
        accepted=f"{received - set_aside:,}",
    )
    return [
        Finding(
            id="quality.rows",
            question=say(QUESTION),
            statement=f"{told}{example}{waivers}",
            estimate=100 * (received - set_aside) / received,
            unit=mark("percent of rows"),
            n=received,
            n_of=mark("rows"),
            evidence="tables/row_accounting.parquet",
        )
    ]
