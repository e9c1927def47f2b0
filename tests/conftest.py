"""What holds for every test: property tests are repeatable, and never fail for being slow."""

import sys
from pathlib import Path

from hypothesis import settings

# What tests share stands beside them.
sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("workbench", deadline=None, derandomize=True)
settings.load_profile("workbench")
