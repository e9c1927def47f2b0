"""Where the files that come with the workbench are: notebooks, schemas, expectations, templates.

In a clone they stand in the project's own folders; in an installed wheel, inside the package. A
study may add instruments and sources, or put its own version in place of one, in its own folders.
"""

from __future__ import annotations

from pathlib import Path

from workbench.errors import SettingsError

_PACKAGED = Path(__file__).parent / "resources"
_CLONE = Path(__file__).parents[2]


def resource_folder() -> Path:
    """Folder that holds notebooks/, data/schemas/, expectations/ and reports/templates/."""
    return _PACKAGED if _PACKAGED.is_dir() else _CLONE


def resource_files(relative: str, pattern: str, study_folder: Path | None = None) -> list[Path]:
    """Files of a resource folder, sorted by name; a study's own file stands before ours.

    Parameters
    ----------
    relative
        Folder from the project's root, such as ``data/schemas/instruments``.
    pattern
        Glob for the names, such as ``*.yml``.
    study_folder
        The study's folder, or None to look only at what comes with the workbench.
    """
    chosen = {path.name: path for path in (resource_folder() / relative).glob(pattern)}
    if study_folder is not None:
        chosen.update({path.name: path for path in (study_folder / relative).glob(pattern)})
    return [chosen[name] for name in sorted(chosen)]


def resource_file(relative: str, study_folder: Path | None = None) -> Path:
    """One resource file, the study's own where it has one.

    Raises
    ------
    SettingsError
        If neither the study nor the workbench has it.
    """
    for folder in (study_folder, resource_folder()):
        if folder is not None and (folder / relative).is_file():
            return folder / relative
    raise SettingsError(f"There is no {relative}, neither in the study nor in the workbench.")
