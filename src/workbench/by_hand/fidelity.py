"""Fidelity by hand: from responses to a panel, and from the panel to directions."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.fidelity import fidelity_over_time
from workbench.analysis.fidelity_findings import fidelity_findings
from workbench.analysis.raters import rater_drift
from workbench.by_hand.answers import Answer
from workbench.by_hand.tables import Tables, instruments_of, quarter_of, settings_of, table_of
from workbench.data import panels, scoring
from workbench.data.panels import ObservationPanel
from workbench.settings import Study

QUESTION = "Is practice strengthening or drifting?"


def observation_panel(
    tables: Tables, quarter: str = "latest", study: Study | None = None
) -> ObservationPanel:
    """Score the observations by their instruments, and keep those up to a quarter.

    Self ratings are a series of their own and master codes test the raters; neither is pooled
    with what independent raters and supervisors saw.

    Parameters
    ----------
    tables
        Checked tables by name; ``fidelity_responses`` and ``practitioners`` are read.
    quarter
        Label such as ``2026Q3``; ``latest`` is the quarter of the last observation.
    study
        Study whose instruments and fiscal year hold; the workbench's own if None.

    Returns
    -------
    ObservationPanel
        ``by_observation`` has one row an observation that is used, with ``fidelity`` in percent of
        the maximum possible and ``quarters``, time in quarters since the series began;
        ``not_used`` the others, with ``why_not_used``; ``now`` is the end of the quarter on the
        scale of ``quarters``.

    Examples
    --------
    >>> import workbench as wb
    >>> panel = wb.observation_panel(wb.simulated_tables(sites=2, quarters=4))
    >>> str(panel.quarter)
    '2024Q3'
    >>> panel.by_observation["fidelity"].between(0, 100).all()
    np.True_
    """
    definitions = instruments_of(study)
    responses = table_of(tables, "fidelity_responses")
    valued = scoring.value_responses(responses, definitions)
    scored = scoring.score_observations(valued, definitions)
    people = table_of(tables, "practitioners")
    return panels.observation_panel(scored, people, quarter_of(tables, quarter, study))


def fidelity_growth(panel: ObservationPanel, study: Study | None = None) -> Answer:
    """Fit the growth model of fidelity, and name the direction of the network and of each site.

    One mixed model serves the network and all its sites, so that a site with few observations
    borrows strength from the rest. What the raters themselves moved is taken off where master
    codes show it.

    Parameters
    ----------
    panel
        Scored observations, from :func:`workbench.observation_panel`.
    study
        Study whose thresholds and privacy hold; the defaults if None.

    Returns
    -------
    Answer
        ``table`` is ``trajectories``: one row the network and one a site, with ``slope`` (points
        of fidelity a quarter) and ``level`` (percent), their 95% intervals, the probability of
        each direction and ``state``. ``details.fit`` is the fit with ``tidy()``, ``var_corr()``
        and ``diagnostics()``; None where these observations can't carry one, and
        ``details.why_no_fit`` says why.

    Notes
    -----
    The method is that of ``docs/methods/growth_model.md``. Components, and the tests that tell
    one kind of drift from another, are in the notebooks.

    Examples
    --------
    >>> import workbench as wb
    >>> panel = wb.observation_panel(wb.simulated_tables(sites=2, quarters=4))
    >>> growth = wb.fidelity_growth(panel)
    >>> growth.table["scope"].value_counts().to_dict()
    {'site': 2, 'network': 1}
    >>> growth.details.fit.tidy().columns[:2].to_list()
    ['term', 'estimate']
    >>> print(growth.summary().splitlines()[0])
    Is practice strengthening or drifting?
    """
    settings, seen = settings_of(study), panel.by_observation
    thresholds, label = settings.thresholds, str(panel.quarter)
    ruler = rater_drift(seen, panel.masters, thresholds, now=panel.now)
    over_time = fidelity_over_time(
        seen, pd.DataFrame(), label, panel.now, thresholds, ruler=ruler.ruler
    )
    found = fidelity_findings(
        over_time,
        str(panel.quarter.plus(-1)),
        thresholds.smallest_change_that_matters,
        anchored=ruler.common_drift is not None,
    )
    tables = {name: table for name, table in over_time.tables().items() if len(table.columns)}
    return Answer(QUESTION, tables, "trajectories", tuple(found), over_time, settings.privacy)
