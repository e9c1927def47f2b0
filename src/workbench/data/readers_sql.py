"""Reading a table or one query of a database; values become plain text.

The database's URL comes from the environment and is never shown. Rows are read in a declared order,
so that a row has the same number each time, and nothing can be written.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data.plain_text import plain_text
from workbench.data.source_files import Source
from workbench.data.table_bodies import body_of_rows, text_table
from workbench.data.text_tables import Layout, TextTable, refused
from workbench.errors import DataProblems

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection

EXTRA = "pip install 'implementation-workbench[sql]'"
ROWS_AT_ONCE = 10_000
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETER = re.compile(r"(?<![:\w\x5c]):[\w$]+(?![:\w$])")
_WRITES = re.compile(r"\b(insert|update|delete|merge|into|drop|alter|truncate|create)\b", re.I)


def read_sql(source: Source, layout: Layout) -> TextTable:
    """Read what a source file asks of a database; the first row of the result is row 2.

    Parameters
    ----------
    source
        Names ``url_from`` and a ``table`` or a ``query``; ``order_by`` where neither a primary key
        nor the query gives an order.
    layout
        What may be missing.

    Raises
    ------
    DataProblems
        If the variable, the package or the driver is missing, the database can't be reached, the
        query is not one SELECT, the rows have no order, or a column holds binary data. Messages
        never hold the URL.
    """
    what = f"table {source.table}" if source.table else "query"
    name = f"{source.source}, {what} of the database in {source.url_from}"
    try:
        import sqlalchemy
        from sqlalchemy import exc
    except ModuleNotFoundError:
        raise _missing("SQLAlchemy", name) from None
    url = _url(source, name)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, hide_parameters=True)
    except (exc.NoSuchModuleError, ModuleNotFoundError):
        raise _missing(f"driver for '{url.drivername}'", name) from None
    connected = False
    try:
        with engine.connect() as connection:
            connected = True
            connection = _read_only(connection)
            query = _query(source, connection, name)
            header, rows = _rows(connection, query)
            connection.rollback()
    except DataProblems:
        raise
    except Exception as error:
        # What a driver says may hold the URL, a password or a value; only its kind is passed on.
        raise _failed(error, connected, name) from None
    if len(set(header)) < len(header) or "" in header:
        raise refused("repeated_column", name, "The result names a column twice or not at all.",
                      "Give every column of the query a name: 'SELECT ... AS name'.")  # fmt: skip
    numbered = ((row, cells) for row, cells in enumerate(rows, 2))
    body = body_of_rows(numbered, len(header))
    return text_table(header, body, name, layout, _digest(header, rows))


def _url(source: Source, name: str) -> URL:
    from sqlalchemy import make_url

    text = os.environ.get(source.url_from, "").strip()
    if not text:
        raise refused(
            "no_url",
            name,
            f"The environment has no variable {source.url_from}.",
            "Set it to the database's SQLAlchemy URL, such as "
            "postgresql+pg8000://user:password@host/database, before the run.",
        )
    try:
        url = make_url(text)
    except Exception:
        raise refused(
            "no_url",
            name,
            f"What {source.url_from} holds is no SQLAlchemy URL.",
            "Write it as dialect://user:password@host/database; signs such as @ in a password as "
            "%40.",
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+pg8000")
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        raise refused(
            "database_not_reached",
            name,
            "There is no SQLite file where the URL says.",
            f"Mend the path in {source.url_from}; an absolute one has four slashes.",
        )
    return url


def _read_only(connection: Connection) -> Connection:
    kind = connection.dialect.name
    if kind == "postgresql":
        return connection.execution_options(postgresql_readonly=True)
    if kind == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif kind in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
    return connection


def _query(source: Source, connection: Connection, name: str) -> str:
    import sqlalchemy

    quote = connection.dialect.identifier_preparer.quote
    if source.query:
        query = source.query.strip().rstrip(";").strip()
        _check_query(query, name)
        if not source.order_by:
            if re.search(r"\border\s+by\b", _QUOTED.sub(" ", query), re.IGNORECASE):
                return query
            raise _ask_for_order(name, "add ORDER BY with the key's columns to the query")
        query = f"SELECT * FROM ({query}\n) AS result"
    else:
        schema, _, table = source.table.rpartition(".")
        query = "SELECT * FROM " + ".".join(quote(one) for one in (schema, table) if one)
    order = source.order_by
    if not order and source.table:
        inspector = sqlalchemy.inspect(connection)
        key = inspector.get_pk_constraint(table, schema=schema or None)
        order = tuple(key["constrained_columns"] or ())
    if not order:
        raise _ask_for_order(name, "write 'order_by: [column, ...]' with the key's columns")
    return f"{query} ORDER BY {', '.join(quote(one) for one in order)}"


def _ask_for_order(name: str, remedy: str) -> DataProblems:
    return refused(
        "no_order",
        name,
        "The rows have no order that is the same each time, so no row could be named.",
        f"In its source file, {remedy}.",
    )


def _check_query(query: str, name: str) -> None:
    bare = _QUOTED.sub(" ", query)
    starts = re.match(r"\s*\(?\s*(select|with)\b", bare, re.IGNORECASE)
    if not starts or ";" in bare or _WRITES.search(bare):
        raise refused(
            "not_one_select",
            name,
            "The query is not a single SELECT that only reads.",
            "Write one SELECT without semicolons in it; make a view for anything longer.",
        )


def _rows(connection: Connection, query: str) -> tuple[list[str], list[list[str]]]:
    import sqlalchemy

    # A name after a colon would be read as that of a parameter.
    result = connection.execute(sqlalchemy.text(_PARAMETER.sub(r"\\\g<0>", query)))
    header = [str(column).strip() for column in result.keys()]  # noqa: SIM118 (no dictionary)
    rows: list[list[str]] = []
    for part in result.partitions(ROWS_AT_ONCE):
        rows.extend([_text(value) for value in row] for row in part)
    return header, rows


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        raise refused("binary_column", "the database", "A column holds binary data.",
                      "Leave it out: write a query that names the columns to read.")  # fmt: skip
    return plain_text(value)


def _digest(header: list[str], rows: list[list[str]]) -> str:
    """SHA-256 of the result as a csv text in UTF-8 with line ends of one sign."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return hashlib.sha256(text.getvalue().encode("utf-8")).hexdigest()


def _missing(what: str, name: str) -> DataProblems:
    return refused(
        "missing_package",
        name,
        f"Reading a database needs a package that is not installed: {what}.",
        f"Install the extra for SQLite and PostgreSQL: {EXTRA}. For another database install its "
        "own SQLAlchemy driver too.",
    )


def _failed(error: Exception, connected: bool, name: str) -> DataProblems:
    kind = type(error).__name__
    if connected:
        return refused(
            "query_failed",
            name,
            f"The database did not carry out the query ({kind}).",
            "Check the names of table and columns, and that the user may read them, in the "
            "database's own tool.",
        )
    return refused(
        "database_not_reached",
        name,
        f"The database could not be reached or did not answer ({kind}).",
        "Check address, port, user and password in the environment, and that the server runs.",
    )
