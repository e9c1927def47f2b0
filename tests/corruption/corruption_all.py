"""Every kind of damage, gathered: importing this module fills the register."""

from __future__ import annotations

import corruption_container
import corruption_layout
import corruption_redcap
import corruption_relations
import corruption_values
from corruption_clean import CONTROLS, control
from corruption_kinds import KINDS

__all__ = ["CONTROLS", "GROUPS", "KINDS", "control"]

GROUPS = {
    corruption_container.GROUP: 16,
    corruption_layout.GROUP: 18,
    corruption_values.GROUP: 22,
    corruption_relations.GROUP: 16,
    corruption_redcap.GROUP: 5,
}
"""Groups and how many kinds each has."""
