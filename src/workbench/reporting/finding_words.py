"""The number, interval and base of a finding, in words."""

from __future__ import annotations

from workbench.findings import Finding
from workbench.reporting import printed


def estimate_words(finding: Finding) -> str:
    """Write the number of a finding with its unit, or empty if it has none."""
    if finding.estimate is None:
        return ""
    return printed.number(finding.estimate, digits_for(finding), finding.unit)


def number_and_unit(finding: Finding) -> tuple[str, str]:
    """Write the number of a finding apart from its unit; a percent sign stays with the number."""
    unit = finding.unit
    if unit.startswith("percent"):
        number = printed.number(finding.estimate, digits_for(finding), "percent")
        return number, unit.removeprefix("percent").strip()
    signed = unit.startswith(("points a", "points b", "points s"))
    return printed.number(finding.estimate, digits_for(finding), signed=signed), unit


def interval_words(finding: Finding) -> str:
    """Write the interval of a finding, or empty if it has none."""
    if finding.conf_low is None or finding.conf_high is None:
        return ""
    percent = "percent" if finding.unit.startswith("percent") else ""
    return printed.interval(finding.conf_low, finding.conf_high, digits_for(finding), percent)


def is_count(finding: Finding) -> bool:
    """Whether the number of a finding counts something, so that it needs no interval."""
    has_number, has_interval = finding.estimate is not None, finding.conf_low is not None
    return has_number and not has_interval and float(finding.estimate or 0).is_integer()


def digits_for(finding: Finding) -> int:
    """Digits after the point that a number deserves: none for percents and counts."""
    if finding.unit.startswith(("intraclass", "Cronbach", "r*wg")):
        return 2
    return 0 if is_count(finding) or finding.unit.startswith("percent") else 1


def base_words(finding: Finding) -> str:
    """Write what stands behind a finding: ``214 observations of 38 practitioners``."""
    if not finding.n:
        return ""
    counted = printed.counted(finding.n, finding.n_of)
    if finding.n_practitioners is None or finding.n_of != "observations":
        return counted
    return f"{counted} of {printed.counted(finding.n_practitioners, 'practitioners')}"
