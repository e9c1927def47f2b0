"""Every table's schema loads, refers to what exists, and comes after its parents."""

import datetime as dt
import json
from pathlib import Path

import pytest

from workbench.data.conform import conform
from workbench.data.extracts import Extract
from workbench.data.facts import add_facts
from workbench.data.instruments import load_instruments
from workbench.data.intake import CORE_TABLES
from workbench.data.schemas import TABLES_FOLDER, Column, TableSchema, load_schema, load_schemas
from workbench.data.synthetic import NetworkParameters, simulate_network
from workbench.errors import SettingsError

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / TABLES_FOLDER).glob("*.yml"))
SCHEMAS = load_schemas()


def test_every_file_is_a_schema_and_has_a_suite_of_rules():
    assert set(SCHEMAS) == {path.stem for path in FILES}
    assert set(SCHEMAS) == {path.stem for path in (ROOT / "expectations").glob("*.json")}
    assert set(CORE_TABLES) <= set(SCHEMAS)


@pytest.mark.parametrize("table", SCHEMAS)
def test_references_exist_and_parents_come_first(table):
    order = list(SCHEMAS)
    for column, target in SCHEMAS[table].references.items():
        parent, parent_column = target.split(".")
        assert parent_column in SCHEMAS[parent].columns
        assert parent_column in SCHEMAS[parent].key
        assert parent == table or order.index(parent) < order.index(table)
        assert SCHEMAS[table].columns[column].type == "identifier"


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_column_is_described_and_keys_are_filled(table):
    schema = SCHEMAS[table]
    assert schema.key
    assert schema.adds.endswith(".")
    one_of_several = {name for group in schema.one_of_required for name in group}
    for name in schema.key:
        assert schema.columns[name].required or name in one_of_several, name
        assert not schema.columns[name].empty_allowed, name
    for name, column in schema.columns.items():
        assert column.description.endswith("."), name
    for pair in schema.order_of_dates:
        assert {schema.columns[name].type for name in pair} == {"date"}


@pytest.fixture(scope="module")
def columns_and_facts():
    """What rules can look at in each table of an example: its columns, and the facts added."""
    instruments = load_instruments()
    network = simulate_network(NetworkParameters(sites=3, quarters=4))
    accepted, found = {}, {}
    for name, schema in SCHEMAS.items():
        typed = conform(Extract(name, network.tables[name], name, ""), schema)
        with_facts = add_facts(typed, schema, accepted, instruments, dt.date(2030, 1, 1))
        accepted[name] = typed
        found[name] = set(with_facts.columns) | set(schema.columns)
    return found


@pytest.mark.parametrize("table", SCHEMAS)
def test_rules_look_at_columns_or_facts_of_their_table(table, columns_and_facts):
    """A rule on a column that is never there would never be checked, and nobody would know."""
    suite = json.loads((ROOT / "expectations" / f"{table}.json").read_text(encoding="utf-8"))
    looked_at = {rule["kwargs"].get("column", "key_is_unique") for rule in suite["expectations"]}
    assert looked_at <= columns_and_facts[table]
    facts = columns_and_facts[table] - set(SCHEMAS[table].columns) - {"source_file", "source_row"}
    assert not facts - looked_at, "facts that no rule looks at"


def schema_text(**about):
    schema = {
        "table": "things",
        "one_row_is": "a thing",
        "adds": "It would show things.",
        "key": ["thing_id"],
        "columns": {"thing_id": {"type": "identifier", "description": "Code."}},
    }
    return {**schema, **about}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"key": ["id"]}, "id are not columns of things"),
        ({"references": {"site_id": "sites.site_id"}}, "site_id are not columns"),
        ({"order_of_dates": [["began_on", "ended_on"]]}, "began_on, ended_on are not columns"),
        ({"one_of_required": [["a", "b"]]}, "a, b are not columns"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_schema_that_names_what_is_not_there_is_refused(about, said):
    with pytest.raises(ValueError, match=said):
        TableSchema.model_validate(schema_text(**about))


def test_a_category_and_its_values_go_together():
    with pytest.raises(ValueError, match="category needs 'values'"):
        Column(type="category", description="Kind.")
    with pytest.raises(ValueError, match="only a category"):
        Column(type="text", description="Kind.", values=("a",))


@pytest.fixture
def write_schema(tmp_path):
    folder = tmp_path / TABLES_FOLDER
    folder.mkdir(parents=True)

    def write(name, table, parent):
        text = (
            f"table: {table}\none_row_is: a\nadds: b.\nkey: [{table}_id]\ncolumns:\n"
            f"  {table}_id: {{type: identifier, description: Code.}}\n"
            f"references: {{{table}_id: {parent}}}\n"
        )
        (folder / f"{name}.yml").write_text(text)
        return tmp_path

    return write


def test_a_study_may_add_a_table(write_schema):
    folder = write_schema("badges", "badges", "practitioners.practitioner_id")
    order = list(load_schemas(folder))
    assert order.index("practitioners") < order.index("badges")
    assert "badges" not in SCHEMAS


def test_tables_that_refer_to_one_another_in_a_ring_are_named(write_schema):
    write_schema("chickens", "chickens", "eggs.eggs_id")
    folder = write_schema("eggs", "eggs", "chickens.chickens_id")
    with pytest.raises(SettingsError, match=r"\['chickens', 'eggs'\]"):
        load_schemas(folder)


def test_a_file_about_another_table_is_refused(write_schema):
    folder = write_schema("badges", "medals", "practitioners.practitioner_id")
    with pytest.raises(SettingsError, match=r"badges\.yml is about 'medals'"):
        load_schema("badges", folder)
