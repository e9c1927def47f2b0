"""A REDCap project gives the same rows by its raw export and by its API."""

import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from pandas.testing import assert_frame_equal

from workbench.data.source_files import Source
from workbench.data.sources import map_table, read_source
from workbench.errors import DataProblems

# ruff: noqa: E501 (lines of an export)

DICTIONARY = """Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number
record_id,person,,text,Record ID,,,
practitioner,person,,text,Practitioner,,,
visited_on,visit,,text,Day of the visit,,,date_ymd
role,visit,,radio,Who scored,"1, Independent | 2, Supervisor",,
topics,visit,,checkbox,Topics,"a, Hopes, and fears | -1, None",,
kept,visit,,yesno,Plan kept,,,
"""
RAW = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,practitioner,person_complete,visited_on,role,topics___a,topics____1,kept,visit_complete
1,base_arm_1,,,W-007,2,,,,,,
1,base_arm_1,visit,1,,,2026-07-01,1,1,1,1,2
1,base_arm_1,visit,2,,,2026-07-09,2,0,0,0,2
2,base_arm_1,,,W-008,2,,,,,,
2,base_arm_1,visit,1,,,2026-07-20,1,1,0,,0
2,later_arm_1,visit,1,,,2026-09-20,1,1,0,1,2
"""
VISITS = {"form": "visit", "event": "base_arm_1", "carry": ["practitioner"],
          "dictionary": "fields.csv", "dates_shifted": False}  # fmt: skip
COLUMNS = {"columns": {"practitioner_id": {"from": "practitioner"}}}
TOKEN = "0123456789ABCDEF0123456789ABCDEF"


def source(redcap, **about):
    entries = {"source": "visits", "title": "Visits", "reader": "redcap", "file": "visits.csv"}
    tables = {"practitioners": COLUMNS}
    return Source.model_validate({**entries, "tables": tables, "redcap": redcap, **about})


@pytest.fixture
def export(tmp_path):
    """Write an export and its dictionary, and read it."""

    def read(content=RAW, dictionary=DICTIONARY, **redcap):
        (tmp_path / "visits.csv").write_text(content, encoding="utf-8")
        (tmp_path / "fields.csv").write_text(dictionary, encoding="utf-8")
        return read_source(source({**VISITS, **redcap}), tmp_path)

    return read


def problem_of(read, *args, **how):
    with pytest.raises(DataProblems) as refused:
        read(*args, **how)
    (problem,) = refused.value.problems
    assert len(str(problem).split()) <= 60
    return problem


def test_rows_of_one_form_and_event_are_read_and_the_others_counted(export):
    text = export()
    assert text.frame.index.tolist() == [3, 4, 6]
    assert text.frame["practitioner"].tolist() == ["W-007", "W-007", "W-008"]
    assert text.frame["visited_on"].tolist() == ["2026-07-01", "2026-07-09", "2026-07-20"]
    assert text.notes == (
        "visits.csv: 2 rows of other forms than 'visit' were left out.",
        "visits.csv: 1 rows of other events were left out.",
    )


def test_the_rows_of_the_record_itself_are_read_by_a_form_that_does_not_repeat(export):
    text = export(form="person")
    assert text.frame["practitioner"].tolist() == ["W-007", "W-008"]


def test_forms_and_events_are_asked_for(export):
    problem = problem_of(export, form="")
    assert problem.reason == "several_forms"
    assert "visit (4), not repeated (2)" in problem.message
    assert "redcap: {form: visit}" in problem.action
    problem = problem_of(export, event=[])
    assert (problem.reason, problem.column) == ("several_events", "redcap_event_name")
    assert "event: [base_arm_1, later_arm_1]" in problem.action


def test_events_are_named_as_declared(export):
    text = export(event={"base_arm_1": "start", "later_arm_1": "autumn"})
    assert text.frame["redcap_event_name"].tolist() == ["start", "start", "start", "autumn"]


def test_what_the_project_does_not_have_is_refused(export):
    assert problem_of(export, form="visits").reason == "no_such_form"
    assert problem_of(export, event="gone").reason == "no_such_event"
    assert problem_of(export, carry=["gone"]).reason == "missing_column"
    assert problem_of(export, checkboxes={"role": "long"}).reason == "no_checkbox"


@pytest.mark.parametrize(("named", "reason"), [("", "no_dictionary"), ("gone.csv", "missing_file")])
def test_the_data_dictionary_is_needed(tmp_path, named, reason):
    (tmp_path / "visits.csv").write_text(RAW)
    problem = problem_of(read_source, source({**VISITS, "dictionary": named}), tmp_path)
    assert problem.reason == reason


def test_a_value_that_differs_within_a_record_is_not_carried(export):
    twice = RAW.replace("1,base_arm_1,visit,2,,", "1,base_arm_1,visit,2,W-009,")
    problem = problem_of(export, twice)
    assert (problem.reason, problem.rows) == ("carried_value_differs", (2, 4))


def test_a_file_that_is_no_dictionary_is_refused(tmp_path):
    (tmp_path / "visits.csv").write_text(RAW)
    (tmp_path / "fields.csv").write_text(RAW)
    with pytest.raises(DataProblems, match="no data dictionary"):
        read_source(source(VISITS), tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ("visited_on,role", "visited_on,Who scored", ""),
        ("redcap_event_name", "Event Name", ""),
        ("2026-07-01,1,", "2026-07-01,Independent,", "role"),
        ("2026-07-01,1,1,", "2026-07-01,1,Checked,", "topics___a"),
        ("0,0,0,2", "0,0,No,2", "kept"),
        ("W-007,2", "W-007,Complete", "person_complete"),
        ("base_arm_1,visit,1", "base_arm_1,Visit,1", "redcap_repeat_instrument"),
    ],
)
def test_an_export_of_labels_is_refused(export, before, after, column):
    problem = problem_of(export, RAW.replace(before, after, 1))
    assert (problem.reason, problem.column) == ("labelled_export", column)
    assert "raw data" in problem.action


def test_shifted_dates_are_refused_and_otherwise_asked_about(export):
    for declared in (True, None):
        problem = problem_of(export, dates_shifted=declared)
        assert (problem.reason, problem.column) == ("dates_shifted", "visited_on")
    assert "dates_shifted: false" in problem.action


def test_checkboxes_are_yes_and_no_where_declared(export):
    text = export(checkboxes={"topics": "yes_no"})
    assert text.frame["topics___a"].tolist() == ["yes", "no", "yes"]
    assert text.frame["topics____1"].tolist() == ["yes", "no", "no"]
    assert export().frame["topics___a"].tolist() == ["1", "0", "1"]


def test_checkboxes_are_a_row_for_each_tick_where_declared(export):
    text = export(checkboxes={"topics": "long"})
    topics = text.frame["topics"].astype("object").where(text.frame["topics"].notna(), None)
    assert list(zip(text.frame.index, topics, strict=True)) == [
        (3, "a"), (3, "-1"), (4, None), (6, "a"),
    ]  # fmt: skip
    assert "3 rows became 4" in text.notes[-1]


# --- the API ---


class StandIn(BaseHTTPRequestHandler):
    """The part of REDCap's documented API that reads fields and records."""

    asked: list = []  # noqa: RUF012
    answer = "as documented"

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        asked = {
            key: values[0] for key, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        type(self).asked.append(asked)
        if self.answer == "html":
            return self.say(200, "<html>Sign in</html>", "text/html")
        if asked.get("token") != TOKEN:
            return self.error(403, "You do not have permissions to use the API", asked)
        if asked["content"] == "metadata":
            return self.table(self.metadata(), asked["format"])
        if asked["content"] == "record" and asked["type"] == "flat":
            wanted = {key: value for key, value in asked.items() if "Label" in key}
            assert wanted.get("rawOrLabel", "raw") == "raw"
            assert asked["eventName"] == "unique"
            assert wanted.get("exportCheckboxLabel", "False").lower() in ("false", "0")
            return self.table(RAW, asked["format"])
        return self.error(400, "The value of the parameter content is not valid", asked)

    @staticmethod
    def metadata():
        head, *lines = DICTIONARY.splitlines()
        names = {
            "Variable / Field Name": "field_name", "Form Name": "form_name",
            "Section Header": "section_header", "Field Type": "field_type",
            "Field Label": "field_label", "Field Note": "field_note",
            "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
            "Text Validation Type OR Show Slider Number":
                "text_validation_type_or_show_slider_number",
        }  # fmt: skip
        header = ",".join(names[one] for one in next(csv.reader([head])))
        return "\n".join([header, *lines, ""])

    def table(self, text, form):
        if form == "json":
            text = json.dumps(list(csv.DictReader(io.StringIO(text))))
        return self.say(200, text, "text/csv" if form == "csv" else "application/json")

    def error(self, status, text, asked):
        if asked.get("returnFormat", asked.get("format")) == "json":
            return self.say(status, json.dumps({"error": text}), "application/json")
        return self.say(status, f"ERROR: {text}", "text/csv")

    def say(self, status, text, kind):
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    pytest.importorskip("redcap")
    handler = type("Handler", (StandIn,), {"asked": [], "answer": "as documented"})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REDCAP_API", f"http://127.0.0.1:{running.server_port}/api/")
    monkeypatch.setenv("REDCAP_TOKEN", TOKEN)
    yield handler
    running.shutdown()
    running.server_close()
    thread.join()


def api_source(**redcap):
    about = {"reader": "redcap_api", "file": "", "api_from": "REDCAP_API",
             "token_from": "REDCAP_TOKEN"}  # fmt: skip
    choices = {"form": "visit", "event": "base_arm_1", "carry": ["practitioner"], **redcap}
    return source(choices, **about)


def test_the_api_gives_the_same_rows_as_the_raw_export(server, export, tmp_path):
    by_file, by_api = export(), read_source(api_source(), tmp_path)
    assert_frame_equal(by_api.frame, by_file.frame)
    assert by_api.fingerprint == by_file.fingerprint
    mapping = api_source().tables["practitioners"]
    ours, _ = map_table(by_api, "practitioners", mapping)
    theirs, _ = map_table(by_file, "practitioners", mapping)
    assert ours.equals(theirs)
    assert {asked["content"] for asked in server.asked} == {"metadata", "record"}
    assert by_api.source == "visits, REDCap project of REDCAP_TOKEN"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("REDCAP_TOKEN", "", "no_url"),
        ("REDCAP_TOKEN", "short-and-secret", "not_a_token"),
        ("REDCAP_TOKEN", "F" * 32, "api_refused"),
        ("REDCAP_API", "", "no_url"),
        ("REDCAP_API", "http://redcap.example.org/api/", "not_https"),
        ("REDCAP_API", "http://127.0.0.1:9/redcap/", "no_url"),
        ("REDCAP_API", "http://127.0.0.1:9/api/", "api_not_reached"),
    ],
)
def test_a_failing_api_is_told_without_token(
    server, monkeypatch, tmp_path, variable, value, reason
):
    monkeypatch.setenv(variable, value)
    problem = problem_of(read_source, api_source(), tmp_path)
    assert problem.reason == reason
    for secret in (TOKEN, value):
        assert not secret or secret not in repr(problem)


def test_an_answer_that_is_not_redcaps_is_refused(server, tmp_path):
    server.answer = "html"
    problem = problem_of(read_source, api_source(), tmp_path)
    assert problem.reason == "api_not_reached"


def test_a_token_is_never_an_entry_of_a_source_file():
    with pytest.raises(ValueError, match="environment variable"):
        source({}, reader="redcap_api", file="", api_from="REDCAP_API", token_from="0" + TOKEN)
    with pytest.raises(ValueError, match="needs both"):
        source({}, reader="redcap_api", file="", token_from="REDCAP_TOKEN")
