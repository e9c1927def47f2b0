"""A database gives the same tables as the csv files of the same rows, and nothing is told of it."""

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench.data.conform import conform
from workbench.data.extracts import Extract, read_extracts
from workbench.data.schemas import load_schemas
from workbench.data.source_files import Source
from workbench.data.sources import map_table, read_source
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.errors import DataProblems
from workbench.settings import SETTINGS_FILE, open_study

pytest.importorskip("sqlalchemy")
URL = "WORKBENCH_TEST_URL"
TABLES = ("sites", "practitioners", "fidelity_responses")
SECRET = "very-secret-word"


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A small SQLite database, its URL in the environment."""
    path = tmp_path / "visits.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE visits (id TEXT PRIMARY KEY, score REAL, note TEXT, seen INTEGER);"
            "INSERT INTO visits VALUES ('007', 3.0, 'a:b', 1), ('002', 3.5, ' x ', NULL);"
            'CREATE TABLE "no key" (id TEXT, n TEXT);'
            "INSERT INTO \"no key\" VALUES ('b', '1'), ('a', '2');"
            "CREATE TABLE empty (id TEXT PRIMARY KEY);"
            "CREATE TABLE pictures (id TEXT PRIMARY KEY, picture BLOB);"
            "INSERT INTO pictures VALUES ('a', x'00ff');"
        )
    monkeypatch.setenv(URL, f"sqlite:///{path}")
    return path


def source(**about):
    entries = {"source": "visits", "title": "Visits", "reader": "sql", "url_from": URL}
    tables = {"sites": {"columns": {"site_id": {"from": "id"}}}}
    return Source.model_validate({**entries, "tables": tables, **about})


def problem_of(tmp_path, **about):
    with pytest.raises(DataProblems) as refused:
        read_source(source(**about), tmp_path)
    (problem,) = refused.value.problems
    assert len(str(problem).split()) <= 60
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return problem


def test_a_table_is_read_as_text_in_the_order_of_its_key(database, tmp_path):
    text = read_source(source(table="visits"), tmp_path)
    assert text.frame.index.tolist() == [2, 3]
    assert text.frame["id"].tolist() == ["002", "007"]
    assert text.frame["score"].tolist() == ["3.5", "3"]
    assert text.frame["note"].tolist() == ["x", "a:b"]
    assert text.frame["seen"].isna().tolist() == [True, False]
    assert text.source == f"visits, table visits of the database in {URL}"
    assert text.fingerprint == read_source(source(table="visits"), tmp_path).fingerprint
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE visits SET score = 4 WHERE id = '002'")
    assert text.fingerprint != read_source(source(table="visits"), tmp_path).fingerprint


@pytest.mark.parametrize(
    ("about", "ids"),
    [
        ({"query": "SELECT id FROM visits WHERE note = 'a:b' ORDER BY id"}, ["007"]),
        ({"query": "SELECT id FROM visits WHERE note LIKE '%:b' ORDER BY id;"}, ["007"]),
        ({"query": "SELECT id, '; DELETE' AS x FROM visits", "order_by": ["id"]}, ["002", "007"]),
        ({"query": "WITH v AS (SELECT id FROM visits) SELECT id FROM v ORDER BY 1"},
         ["002", "007"]),
        ({"table": "no key", "order_by": ["id"]}, ["a", "b"]),
        ({"table": "main.visits"}, ["002", "007"]),
    ],
)  # fmt: skip
def test_one_select_is_read_as_it_stands(database, tmp_path, about, ids):
    assert read_source(source(**about), tmp_path).frame["id"].tolist() == ids


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"table": "no key"}, "no_order"),
        ({"query": "SELECT id FROM visits"}, "no_order"),
        ({"query": "DELETE FROM visits"}, "not_one_select"),
        ({"query": "SELECT 1; DROP TABLE visits"}, "not_one_select"),
        ({"query": "WITH x AS (DELETE FROM visits RETURNING id) SELECT id FROM x ORDER BY 1"},
         "not_one_select"),
        ({"query": "SELECT id INTO other FROM visits ORDER BY id"}, "not_one_select"),
        ({"query": "SELECT id, id FROM visits ORDER BY id"}, "repeated_column"),
        ({"query": "SELECT gone FROM visits ORDER BY id"}, "query_failed"),
        ({"table": "gone", "order_by": ["id"]}, "query_failed"),
        ({"table": "empty"}, "no_rows"),
        ({"table": "visits", "rows_expected": 3}, "rows_expected"),
        ({"table": "pictures"}, "binary_column"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(database, tmp_path, about, reason):
    assert problem_of(tmp_path, **about).reason == reason


def test_no_rows_are_allowed_where_that_is_declared(database, tmp_path):
    text = read_source(source(table="empty", no_rows=True), tmp_path)
    assert text.frame.columns.tolist() == ["id"]
    assert text.frame.empty


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "no_url"),
        (f"not a url with {SECRET}", "no_url"),
        (f"oracle+nothing://me:{SECRET}@host/db", "missing_package"),
        (f"mysql+pymysql://me:{SECRET}@host/db", "missing_package"),
        (f"sqlite:////nowhere/{SECRET}.db", "database_not_reached"),
        (f"postgresql://me:{SECRET}@127.0.0.1:9/db", "database_not_reached"),
    ],
)
def test_a_message_never_holds_the_url(monkeypatch, tmp_path, url, reason):
    monkeypatch.setenv(URL, url)
    problem = problem_of(tmp_path, table="visits")
    assert problem.reason == reason
    assert SECRET not in repr(problem)
    if reason == "missing_package":
        assert "[sql]" in problem.action


def test_a_url_does_not_belong_in_a_source_file():
    with pytest.raises(ValueError, match="environment variable") as refused:
        source(table="visits", url_from=f"sqlite:///{SECRET}")
    assert "never what it holds" in str(refused.value.errors()[0]["msg"])
    assert SECRET not in str(refused.value.errors()[0]["msg"])


# --- the same tables as the csv route ---


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    (folder / SETTINGS_FILE).write_text("network: Example\n")
    study = open_study(folder)
    write_example(folder, NetworkParameters(sites=4, quarters=4, planted_sites=()))
    for path in study.raw.glob("*.csv"):
        if path.stem not in TABLES:
            path.unlink()
    responses = study.raw / "fidelity_responses.csv"
    responses.write_text("".join(responses.read_text("utf-8").splitlines(keepends=True)[:401]))
    return study


def assert_same_tables(example, url, tmp_path):
    schemas = load_schemas()
    by_csv = {one.table: one for one in read_extracts(example, schemas)}
    for table in TABLES:
        columns = {name: {"from": name} for name in by_csv[table].frame.columns}
        about = {"table": table, "order_by": ["row"], "tables": {table: {"columns": columns}}}
        one = source(**about)
        text = read_source(one, tmp_path)
        frame, _ = map_table(text, table, one.tables[table])
        # The column that names the file is another by its nature.
        by_sql = Extract(table, frame, by_csv[table].source, text.fingerprint, text.uneven)
        ours, theirs = conform(by_sql, schemas[table]), conform(by_csv[table], schemas[table])
        assert_frame_equal(by_sql.frame, by_csv[table].frame)
        assert ours.equals(theirs)
        assert ours.dtypes.equals(theirs.dtypes)
        assert len(ours)


def fill(engine, example, typed_dates):
    """Write the rows as a database holds them: numbers as numbers and dates as dates."""
    from sqlalchemy import Date, Integer, Text

    for table in TABLES:
        frame = pd.read_csv(example.raw / f"{table}.csv", dtype="str", keep_default_na=False)
        frame = frame.map(lambda cell: cell.strip() or None).astype("object")
        frame.insert(0, "row", range(len(frame)))
        kinds = {name: Text() for name in frame.columns} | {"row": Integer()}
        for name in frame.columns:
            filled = frame[name].dropna()
            dates = pd.to_datetime(filled.astype(str), format="%Y-%m-%d", errors="coerce")
            if typed_dates and name.endswith("_on") and dates.notna().all() and len(filled):
                frame[name] = [one and pd.Timestamp(one).date() for one in frame[name]]
                kinds[name] = Date()
        frame.to_sql(table, engine, index=False, dtype=kinds, chunksize=500)


def test_sqlite_gives_the_same_typed_tables_as_csv(example, tmp_path, monkeypatch):
    from sqlalchemy import create_engine

    url = f"sqlite:///{tmp_path / 'example.db'}"
    engine = create_engine(url)
    fill(engine, example, typed_dates=False)
    engine.dispose()
    monkeypatch.setenv(URL, url)
    assert_same_tables(example, url, tmp_path)


def program(name):
    found = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), shutil.which(name)]
    return next((str(path) for path in reversed(found[:-1]) if path), found[-1])


@pytest.fixture(scope="module")
def postgresql():
    """A server of this test's own; its URL."""
    initdb, server = program("initdb"), program("postgres")
    if not initdb or not server:
        pytest.skip("PostgreSQL's programs are not installed")
    pytest.importorskip("pg8000")
    user = None
    if os.geteuid() == 0:
        known = {one.pw_name for one in pwd.getpwall()}
        user = next((name for name in ("postgres", "nobody") if name in known), None)
        if user is None:
            pytest.skip("PostgreSQL does not start as root, and there is no other user")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="workbench_pg_"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    (folder / "password").write_text(SECRET)
    data = folder / "data"
    how = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    try:
        made = subprocess.run(
            [initdb, "-D", data, "-U", "reader", "--auth=scram-sha-256", "-E", "UTF8",
             "--locale=C", "--no-sync", f"--pwfile={folder / 'password'}"], **how, check=False,
        )  # fmt: skip
        if made.returncode:
            pytest.skip(f"initdb failed: {made.stderr.decode()[-200:]}")
        running = subprocess.Popen(
            [server, "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1",
             "-c", "fsync=off"], **{**how, "stderr": subprocess.DEVNULL},
        )  # fmt: skip
        try:
            wait_for(port, running)
            yield f"postgresql://reader:{SECRET}@127.0.0.1:{port}/postgres"
        finally:
            running.terminate()
            running.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port, running):
    from sqlalchemy import NullPool, create_engine, exc

    url = f"postgresql+pg8000://reader:{SECRET}@127.0.0.1:{port}/postgres"
    engine = create_engine(url, poolclass=NullPool)
    for _ in range(200):
        if running.poll() is not None:
            pytest.skip("the PostgreSQL server did not start")
        try:
            engine.connect().close()
            return
        except (exc.SQLAlchemyError, OSError):
            running_for = 0.1
            try:
                running.wait(running_for)
            except subprocess.TimeoutExpired:
                continue
    pytest.skip("the PostgreSQL server did not answer")


def test_postgresql_gives_the_same_typed_tables_as_csv(postgresql, example, tmp_path, monkeypatch):
    from sqlalchemy import create_engine

    engine = create_engine(postgresql.replace("postgresql:", "postgresql+pg8000:"))
    fill(engine, example, typed_dates=True)
    engine.dispose()
    monkeypatch.setenv(URL, postgresql)
    assert_same_tables(example, postgresql, tmp_path)


def test_values_of_postgresql_become_plain_text(postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv(URL, postgresql)
    query = (
        "SELECT 7::bigint AS a, 3.50::numeric AS b, 3::numeric(5,2) AS c, true AS d, "
        "date '2026-03-31' AS e, timestamp '2026-03-31 14:30' AS f, NULL::text AS g, "
        "'12:30' AS h, 100 % 7 AS i ORDER BY 1"
    )
    row = read_source(source(query=query), tmp_path).frame.loc[2]
    assert row.dropna().tolist() == [
        "7", "3.50", "3", "yes", "2026-03-31", "2026-03-31 14:30:00", "12:30", "2",
    ]  # fmt: skip


def test_nothing_can_be_written_and_a_wrong_password_is_not_told(postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv(URL, postgresql)
    problem = problem_of(tmp_path, query="SELECT setval('x', nextval('x')) ORDER BY 1")
    assert problem.reason == "query_failed"
    monkeypatch.setenv(URL, postgresql.replace(SECRET, f"{SECRET}er"))
    problem = problem_of(tmp_path, query="SELECT 1 AS a ORDER BY 1")
    assert problem.reason == "database_not_reached"
    assert SECRET not in repr(problem)
