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


def digits_for(finding: Finding) -> int:
    """Digits after the point that a number deserves: none for percents and counts."""
    if finding.unit.startswith(("intraclass", "Cronbach", "r*wg")):
        return 2
    is_count = finding.conf_low is None and float(finding.estimate or 0).is_integer()
    return 0 if is_count or finding.unit.startswith("percent") else 1


def base_words(finding: Finding) -> str:
    """Write what stands behind a finding: ``214 observations of 38 practitioners``."""
    if not finding.n:
        return ""
    counted = printed.counted(finding.n, finding.n_of)
    if finding.n_practitioners is None or finding.n_of != "observations":
        return counted
    return f"{counted} of {printed.counted(finding.n_practitioners, 'practitioners')}"
