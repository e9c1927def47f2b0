"""The number, interval and base of a finding, in words."""

from __future__ import annotations

from workbench import wording
from workbench.findings import Finding
from workbench.language import noun, say
from workbench.reporting import printed


def estimate_words(finding: Finding) -> str:
    """Write the number of a finding with its unit, or empty if it has none."""
    if finding.estimate is None:
        return ""
    return printed.number(finding.estimate, digits_for(finding), finding.unit)


def number_and_unit(finding: Finding) -> tuple[str, str]:
    """Write the number of a finding apart from its unit; a percent sign stays with the number."""
    unit = finding.unit
    said = printed.unit_words(unit).strip()
    if printed.is_percent(unit):
        return printed.number(finding.estimate, digits_for(finding), printed.PERCENT), said
    signed = unit.startswith(("points a", "points b", "points s", say("points since")))
    return printed.number(finding.estimate, digits_for(finding), signed=signed), said


def interval_words(finding: Finding) -> str:
    """Write the interval of a finding, or empty if it has none."""
    if finding.conf_low is None or finding.conf_high is None:
        return ""
    percent = printed.PERCENT if printed.is_percent(finding.unit) else ""
    return printed.interval(finding.conf_low, finding.conf_high, digits_for(finding), percent)


def is_count(finding: Finding) -> bool:
    """Whether the number of a finding counts something, so that it needs no interval."""
    has_number, has_interval = finding.estimate is not None, finding.conf_low is not None
    return has_number and not has_interval and float(finding.estimate or 0).is_integer()


def digits_for(finding: Finding) -> int:
    """Digits after the point that a number deserves: none for percents and counts.

    A number whose interval excludes zero gets as many as it takes not to be written as zero.
    """
    usual = _usual_digits(finding)
    if finding.estimate is None or finding.conf_low is None or finding.conf_high is None:
        return usual
    ends = finding.conf_low, finding.conf_high
    return wording.digits_beyond_zero(finding.estimate, *ends, usual)


def _usual_digits(finding: Finding) -> int:
    if finding.unit.startswith(("intraclass", "Cronbach", "r*wg")):
        return 2
    return 0 if is_count(finding) or printed.is_percent(finding.unit) else 1


def base_words(finding: Finding) -> str:
    """Write what stands behind a finding: ``214 observations of 38 practitioners``."""
    if not finding.n:
        return ""
    counted = printed.counted(finding.n, finding.n_of)
    if finding.n_practitioners is None or finding.n_of != "observations":
        return counted
    return printed.observations_of(finding.n, finding.n_practitioners)


def nouns(count: int) -> tuple[str, ...]:
    """Name what findings rest on (``n_of``), written out so that a catalogue holds each noun."""
    return (
        noun(count, "observation", "observations"),
        noun(count, "observations after a booster", "observations after a booster"),
        noun(count, "practitioner", "practitioners"),
        noun(count, "practitioners who left", "practitioners who left"),
        noun(count, "practitioners in post", "practitioners in post"),
        noun(count, "practitioners employed", "practitioners employed"),
        noun(
            count,
            "practitioners seen within the last year",
            "practitioners seen within the last year",
        ),
        noun(count, "respondent", "respondents"),
        noun(count, "site", "sites"),
        noun(count, "sites assessed before", "sites assessed before"),
        noun(count, "sites and quarter", "sites and quarters"),
        noun(count, "row", "rows"),
        noun(count, "double-coded session", "double-coded sessions"),
        noun(count, "kinds of drift that could be tested", "kinds of drift that could be tested"),
        noun(count, "items raised", "items raised"),
        noun(count, "action", "actions"),
        noun(count, "changed action", "changed actions"),
        noun(count, "open actions with a day set", "open actions with a day set"),
        noun(count, "open goal", "open goals"),
        noun(count, "plans in order", "plans in order"),
        noun(count, "plans with less support", "plans with less support"),
        noun(count, "periods of plan", "periods of plans"),
        noun(count, "scores of a driver at a site", "scores of a driver at a site"),
        noun(count, "assessments of a site", "assessments of a site"),
        noun(count, "quarters of a site", "quarters of a site"),
        noun(count, "decisions in word", "decisions in words"),
        noun(count, "meeting", "meetings"),
        noun(count, "measurement", "measurements"),
        noun(count, "adaptation", "adaptations"),
        noun(count, "rating", "ratings"),
        noun(count, "ratings by the person", "ratings by the person"),
        noun(count, "pairs of rating", "pairs of ratings"),
        noun(count, "low observation", "low observations"),
        noun(count, "low observations with a next one", "low observations with a next one"),
        noun(count, "acts due by the plan", "acts due by the plan"),
    )
