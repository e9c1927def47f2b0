"""The command line: ``workbench --help`` lists its commands, `exit_codes` how they end."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from workbench.cli import individual, lab, pdf, privacy, quarters, studies, summary, trace
from workbench.cli.consoles import err
from workbench.cli.exit_codes import FAULT, REFUSED
from workbench.errors import WorkbenchError

app = typer.Typer(
    help="Is practice strengthening or drifting, what is reinforced, and what next?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    studies.demo, studies.new, studies.inspect, lab.lab, quarters.check, quarters.run,
    quarters.resume, quarters.log, summary.summary, pdf.pdf, trace.trace,
    privacy.new_key, privacy.pseudonymise, privacy.forget, individual.individual,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command line; an error is a sentence and an exit code, never a traceback."""
    from workbench.errors import RunFault

    try:
        app()
    except RunFault as error:
        err.print(f"[bold]Fault:[/bold] {escape(str(error))}")
        sys.exit(FAULT)
    except WorkbenchError as error:
        err.print(f"[bold]Refused.[/bold] {escape(str(error))}")
        if (folder := getattr(error, "folder", None)) is not None and (folder / "quality").is_dir():
            err.print(f"The rows set aside are in {escape(str(folder / 'quality'))}")
        sys.exit(REFUSED)
    except OSError as error:
        err.print(f"[bold]Fault:[/bold] {escape(str(error))}")
        sys.exit(FAULT)
    except MemoryError:
        err.print("[bold]Fault:[/bold] There is no memory left. Close other programs and go on.")
        sys.exit(FAULT)
