"""How a command ended, for schedulers."""

DONE = 0
SITES_MISSING = 1
"""Published, and some sites have no report."""
REFUSED = 2
"""The data or the command need attention; nothing was published."""
FAULT = 3
"""The machine or the workbench failed; nothing was published."""
