"""Reading a REDCap project through its API, as the raw export of the same project is read.

Address and token come from the environment and are never shown. Only reading calls are made.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from workbench.data.readers_csv import table_of_text
from workbench.data.readers_redcap import rows_of_project
from workbench.data.reading_fields import RedcapChoices
from workbench.data.redcap_dictionary import dictionary_of
from workbench.data.source_files import Source
from workbench.data.text_tables import Layout, TextTable, refused
from workbench.errors import DataProblems

EXTRA = "pip install 'implementation-workbench[redcap]'"
SECONDS = 120
_LOCAL = ("localhost", "127.0.0.1", "::1")


def read_redcap_api(source: Source, layout: Layout) -> TextTable:
    """Read all records of a project, raw, and those rows of them that the source file asks for.

    Raises
    ------
    DataProblems
        If a variable or the package is missing, the server can't be reached or refuses, or the
        records mix forms or events. Messages hold neither address nor token.
    """
    name = f"{source.source}, REDCap project of {source.token_from}"
    address, token = _setting(source.api_from, name, "address"), _token(source, name)
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise refused("not_https", name, "The address of the API does not begin with https://.",
                      "The token would travel in the open: use the https address.")  # fmt: skip
    metadata, records = _fetched(address, token, name)
    plain = Layout()
    fields = dictionary_of(table_of_text(metadata.encode(), f"{name}, fields", ",", "utf-8", plain))
    text = table_of_text(
        records.encode(), name, ",", "utf-8",
        Layout(ask=False, no_rows=layout.no_rows, rows_expected=layout.rows_expected),
        source.mojibake,
    )  # fmt: skip
    return rows_of_project(text, fields, source.redcap or RedcapChoices(), from_api=True)


def _setting(variable: str, name: str, what: str) -> str:
    text = os.environ.get(variable, "").strip()
    if not text:
        raise refused(
            "no_url",
            name,
            f"The environment has no variable {variable}.",
            f"Set it to the {what} of the project's API before the run.",
        )
    return text


def _token(source: Source, name: str) -> str:
    token = _setting(source.token_from, name, "token")
    # The client would name a token that it finds too short.
    if len(token) != 32 or not token.isalnum():
        raise refused(
            "not_a_token",
            name,
            f"What {source.token_from} holds is no token of a REDCap project: one has 32 letters "
            "and digits.",
            "Copy it from the project's page 'API'.",
        )
    return token


def _fetched(address: str, token: str, name: str) -> tuple[str, str]:
    """Fields and records of the project, as csv."""
    try:
        import requests
        from redcap import Project
    except ModuleNotFoundError:
        raise refused(
            "missing_package",
            name,
            "Reading REDCap's API needs a package that is not installed: PyCap.",
            f"Install the extra: {EXTRA}.",
        ) from None
    address = address if address.endswith("/") else f"{address}/"
    if not address.endswith("/api/"):
        raise refused("no_url", name, "The address of the API does not end with /api/.",
                      "Write it as https://redcap.example.org/api/.")  # fmt: skip
    try:
        project = Project(address, token, timeout=SECONDS, allow_redirects=False)
        metadata = project.export_metadata(format_type="csv")
        records = project.export_records(
            format_type="csv",
            raw_or_label="raw",
            raw_or_label_headers="raw",
            event_name="unique",
            export_checkbox_labels=False,
            export_survey_fields=False,
            export_data_access_groups=False,
        )
    except requests.Timeout:
        raise _unreached(name, f"The server did not answer within {SECONDS} seconds.") from None
    except requests.RequestException as error:
        # The client raises this class itself where REDCap answers that it refuses.
        if type(error) is requests.RequestException:
            raise refused(
                "api_refused",
                name,
                "REDCap refused: the token is not valid, or its user may not export by the API.",
                "Ask the project's administrator for the right 'API Export' and a new token.",
            ) from None
        why = f"The server could not be reached ({type(error).__name__})."
        raise _unreached(name, why) from None
    except Exception as error:
        raise _unreached(
            name, f"What the server answered is not REDCap's ({type(error).__name__})."
        ) from None
    return _csv(metadata, name), _csv(records, name)


def _csv(answer: Any, name: str) -> str:
    if not isinstance(answer, str) or answer.lstrip()[:1] in ("<", "{"):
        raise _unreached(name, "What the server answered is not REDCap's csv.")
    return answer


def _unreached(name: str, message: str) -> DataProblems:
    return refused(
        "api_not_reached",
        name,
        message,
        "Check the address in the environment and the network; or export the project as raw csv "
        "and use 'reader: redcap'.",
    )
