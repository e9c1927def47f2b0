"""Reading YAML so that text stays text.

The usual YAML reader turns ``007`` into 7, ``NO`` into false, ``1.10`` into 1.1 and ``12:30`` into
a number. Here every value is read as text, and the typed object that it goes into says what is a
number or a yes or no.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from workbench.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)


class _TextLoader(yaml.SafeLoader):
    """SafeLoader that reads every value as text, and refuses a name that stands twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(
                None, None, f"'{repeated[0]}' stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


_TextLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]
)


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    SettingsError
        If the file is missing or is not YAML; the message names file and line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except FileNotFoundError:
        raise SettingsError(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it can't be read as YAML"
        raise SettingsError(f"{path}{where}: {what}.") from None


def read_model(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a typed object, telling every problem at once.

    Raises
    ------
    SettingsError
        Naming the file and, for each problem, the entry and what is wrong with it.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SettingsError(f"{path} should hold names with values, as in 'network: Our network'.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc']) or 'file'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise SettingsError(f"{path} needs mending:\n" + "\n".join(lines)) from None
