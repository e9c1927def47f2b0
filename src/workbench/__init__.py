"""Is practice strengthening or drifting, what is being reinforced, and what should be done next?"""

__version__ = "0.1.0"
