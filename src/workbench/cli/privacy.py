"""Commands about persons: tables under pseudonyms, and deleting what is kept of someone."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.exit_codes import SITES_MISSING
from workbench.cli.options import AsOfOption, DataOption, StudyOption, absolute
from workbench.wording import english_count

if TYPE_CHECKING:
    from workbench.running.forgetting import Forgotten
    from workbench.running.mentions import Mention


def new_key(
    file: Annotated[Path, typer.Argument(help="File to make, away from data and backups.")],
) -> None:
    """Make a key for pseudonyms, which only you can read."""
    from workbench.data.pseudonyms import new_key as make

    make(file)
    out.print(f"A new key is in {escape(str(file))}. Whoever has it can undo the pseudonyms made")
    out.print("with it. If it is lost, the same pseudonyms can't be made again.")


def pseudonymise(
    purpose: Annotated[str, typer.Option("--purpose", help="What the tables are for, in words.")],
    folder: Annotated[Path, typer.Option("--out", help="New folder for the tables.")],
    study: StudyOption = Path(),
    key: Annotated[
        Path | None, typer.Option("--key", help="File of the key, or WORKBENCH_PSEUDONYM_KEY.")
    ] = None,
    hide_places: Annotated[
        bool, typer.Option("--hide-places", help="Replace sites, regions and teams too.")
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="Column of text to keep, such as outcomes.measure."),
    ] = None,
    crosswalk: Annotated[
        bool, typer.Option("--crosswalk", help="Write who is who beside the key.")
    ] = False,
    data: DataOption = "",
    as_of: AsOfOption = "",
) -> None:
    """Write the accepted tables with pseudonyms for people and plans, without names and text."""
    from workbench.data.intake import receive
    from workbench.data.pseudonymising import pseudonymise as make
    from workbench.data.pseudonymising import write_pseudonymised
    from workbench.data.pseudonyms import KeyRefused, Pseudonyms, key_file, read_key, write_private
    from workbench.data.safe_csv import csv_text
    from workbench.settings import open_study

    opened = open_study(study)
    if folder.resolve().is_relative_to(opened.folder):
        raise KeyRefused(f"{folder} lies in the study, beside the names. Choose another folder.")
    place = key_file(key)
    codes = Pseudonyms(read_key(place, (opened.folder, folder)), purpose)
    intake = receive(opened, as_of, absolute(data))
    made = make(intake.quality.accepted, intake.schemas, codes, hide_places, tuple(keep or ()))
    write_pseudonymised(made, codes, folder)
    out.print(f"{english_count(len(made.tables), 'table')} written to {escape(str(folder))}.")
    out.print(f"Replaced: {escape(', '.join(made.replaced))}")
    out.print(f"Left out, as names or free text: {escape(', '.join(made.dropped) or 'nothing')}")
    out.print(f"As they were: {escape(', '.join(made.in_clear) or 'nothing')}")
    out.print(f"Key {codes.key_id}, for: {escape(codes.purpose)}. These are still personal data.")
    if crosswalk:
        beside = place.with_name(f"{place.stem}.crosswalk-{codes.key_id}.csv")
        write_private(beside, csv_text(["kind", "identifier", "pseudonym"], codes.crosswalk()))
        out.print(f"Who is who, for your eyes only: {escape(str(beside))}")


def forget(
    study: StudyOption = Path(),
    practitioner: Annotated[
        str, typer.Option("--practitioner", help="Code of a member of staff, in any part.")
    ] = "",
    respondent: Annotated[
        str, typer.Option("--respondent", help="Code of someone who answered.")
    ] = "",
    plan: Annotated[str, typer.Option("--plan", help="Code of a plan.")] = "",
    before: Annotated[
        str, typer.Option("--before", help="First quarter to keep, such as 2022Q1.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who deletes, for the record.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Delete what reports/ keeps of a person, or of quarters long past, and record it."""
    from workbench.errors import ParameterError
    from workbench.running import forgetting, mentions
    from workbench.running.lock import one_writer
    from workbench.settings import open_study

    if sum(map(bool, (practitioner, respondent, plan, before))) != 1:
        raise ParameterError("Name one of --practitioner, --respondent, --plan or --before.")
    opened, who = open_study(study), by or getpass.getuser()
    if before:
        with one_writer(opened):
            changed = forgetting.forget_before(opened, before, who, dry_run)
        _tell_changes(changed, dry_run)
        return
    person = mentions.plan(plan) if plan else mentions.practitioner(practitioner or respondent)
    with one_writer(opened):
        found = forgetting.forget_person(opened, person, who, dry_run)
    _tell_changes(found, dry_run)
    _tell_yours(found.yours)
    if dry_run:
        return
    out.print(f"Receipt: {found.receipt}")
    out.print("Only with it can the record be tied to this person. It is kept nowhere.")
    if found.left:
        out.print("The same signs still stand in files that are kept. Look whether they mean the")
        out.print(f"person: {escape(', '.join(found.left))}")
        raise typer.Exit(SITES_MISSING)
    out.print("A search afterwards found the identifier in no file under reports.")


def _tell_changes(found: Forgotten, dry_run: bool) -> None:
    changes = found.changes
    for each in changes:
        rows, cells = english_count(each.rows, "row"), english_count(each.cells, "cell")
        what = f"{rows} and {cells}" if each.rows or each.cells else "whole"
        out.print(escape(f"  {each.file}: {what}"))
    would = "would be taken out of" if dry_run else "was taken out of"
    out.print(f"What is listed {would} {english_count(len(changes), 'file')}.")


def _tell_yours(yours: tuple[Mention, ...]) -> None:
    from workbench.errors import describe_rows

    if not yours:
        out.print("No file of yours in the study's folder names the person.")
        return
    out.print(
        "\nYour own files name the person, and are left as they are. The next run reads them:"
    )
    for each in yours:
        sheet = f", sheet {each.sheet}" if each.sheet else ""
        rows = f", {describe_rows(each.rows, most=20)}" if each.rows else ""
        look = "" if each.searched else ": can't be searched; look into it yourself"
        out.print(escape(f"  {each.file}{sheet}{rows}{look}"))
