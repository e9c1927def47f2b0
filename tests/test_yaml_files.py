"""YAML is read so that text stays text, and every problem is told with its file."""

import pytest
from pydantic import BaseModel, ConfigDict

from workbench.errors import SettingsError
from workbench.yaml_files import read_model, read_yaml


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 0
    wanted: bool = False


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "thing.yml"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    "text", ["007", "NO", "yes", "1.10", "12:30", "1E5", "2026-03-31", "0x1F", "NA", "Null", "0o7"]
)
def test_every_value_stays_text(written, text):
    assert read_yaml(written(f"value: {text}\nlist: [{text}]\n")) == {
        "value": text,
        "list": [text],
    }


@pytest.mark.parametrize("text", ["", "null", "~"])
def test_only_nothing_is_nothing(written, text):
    assert read_yaml(written(f"value: {text}\n")) == {"value": None}


def test_the_typed_object_says_what_is_a_number(written):
    thing = read_model(written("name: 007\nsize: 12\nwanted: yes\n"), Thing)
    assert thing == Thing(name="007", size=12, wanted=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [("name: a\nsize: 1\nname: b\n", 1), ("name: a\nparts:\n  left: 1\n  left: 2\n", 3)],
)
def test_a_name_that_stands_twice_is_refused_with_file_and_line(written, text, line):
    with pytest.raises(SettingsError, match=rf"thing\.yml, line {line}: '\w+' stands twice"):
        read_yaml(written(text))


def test_broken_yaml_is_refused_with_file_and_line(written):
    with pytest.raises(SettingsError, match=r"thing\.yml, line 2"):
        read_yaml(written('name: "open\nsize: 1'))


def test_a_missing_file_and_another_encoding_are_named(written, tmp_path):
    with pytest.raises(SettingsError, match=r"no file .*absent\.yml"):
        read_yaml(tmp_path / "absent.yml")
    with pytest.raises(SettingsError, match=r"thing\.yml is not UTF-8"):
        read_yaml(written("name: Peña\n", "latin-1"))


def test_every_problem_of_a_file_is_told_at_once(written):
    with pytest.raises(SettingsError) as refused:
        read_model(written("size: many\nwanted: maybe\ncolour: red\n"), Thing)
    message = str(refused.value)
    assert "thing.yml" in message
    assert all(entry in message for entry in ("name:", "size:", "wanted:", "colour:"))


@pytest.mark.parametrize("text", ["- a\n- b\n", "only text\n", ""])
def test_a_file_without_names_is_refused(written, text):
    with pytest.raises(SettingsError, match="names with values"):
        read_model(written(text), Thing)
