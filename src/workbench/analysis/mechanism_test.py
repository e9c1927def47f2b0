"""What an analysis of one kind of drift found, in a form in which the kinds can be set together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.language import mark
from workbench.shown import Shown


@dataclass(frozen=True)
class MechanismTest(Shown):
    """The evidence for one kind of drift in the network.

    Attributes
    ----------
    mechanism
        One of ``terms.MECHANISMS``.
    estimate, conf_low, conf_high
        Its size with a 95% interval, in ``unit``; NaN where it could not be tested.
    unit
        Unit of the estimate, such as ``points a quarter``.
    p_value
        Of the test that there is none, two-sided; NaN where it could not be tested.
    in_its_direction
        Whether the estimate points the way that this mechanism goes.
    n, n_of, n_practitioners
        What the evidence rests on.
    detail
        What in particular, such as the component that goes first; empty if there is no such thing.
    reason
        Why it could not be tested; empty if it was.
    identifiable
        Whether data of this shape can tell it apart from other kinds, however many there are.
        False, with a reason, where for instance nobody's scores stay fixed.
    """

    mechanism: str
    estimate: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    unit: str = ""
    p_value: float = np.nan
    in_its_direction: bool = False
    n: int = 0
    n_of: str = mark("observations")
    n_practitioners: int = 0
    detail: str = ""
    reason: str = ""
    identifiable: bool = True
