"""`ticrypt-tui audit`: follow, check or export the audit log."""

from __future__ import annotations

from contextlib import aclosing

import click

from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.commands.printing import print_json, print_lines
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.text import shown

FORMATS = ("jsonl", "csv", "ocsf", "cef")


@click.group("audit")
@configured
def group(choices: Choices) -> None:
    """Follow, check or export the audit log."""


@group.command("tail")
@configured
@click.option("--last", default=20, show_default=True, help="How many records to begin with.")
@click.option("--once", is_flag=True, help="Print those and end.")
@click.option("--json", "as_json", is_flag=True, help="Print each record as a line of JSON.")
def tail(choices: Choices, last: int, once: bool, as_json: bool) -> None:
    """Print the records as they are written."""
    finished(_followed(choices, last, once, as_json))


@group.command("verify")
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(choices: Choices, as_json: bool) -> None:
    """Check the chain, and the file against the table."""
    finished(_verified(choices, as_json))


@group.command("export")
@configured
@click.option("--from", "first", default="", help="The first day or moment, in ISO 8601.")
@click.option("--to", "last", default="", help="The first day or moment that is left out.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl")
def export(choices: Choices, first: str, last: str, form: str) -> None:
    """Print the records of a period."""
    finished(_exported(choices, {"from": first, "to": last, "format": form}))


async def _followed(choices: Choices, last: int, once: bool, as_json: bool) -> None:
    async with opened(choices) as enclave, aclosing(enclave.follow_records(last)) as batches:
        async for records in batches:
            for record in records:
                click.echo(record.line if as_json else line(record))
            if once:
                return


async def _verified(choices: Choices, as_json: bool) -> None:
    async with opened(choices) as enclave:
        verdict = await enclave.run("audit.verify", {})
    if as_json:
        print_json(verdict)
    else:
        print_lines(verdict.sentence)


async def _exported(choices: Choices, arguments: dict[str, str]) -> None:
    async with opened(choices) as enclave:
        async for text in await enclave.run("audit.export", arguments):
            click.echo(text)


def line(record: AuditRecord) -> str:
    """A record on one line, safe to print."""
    at = f"{record.at:%Y-%m-%d %H:%M:%S}.{record.at.microsecond // 1000:03}Z"
    said = record.reason or " ".join(f"{key}={value}" for key, value in record.detail.items())
    words = (
        at,
        str(record.seq),
        record.operation,
        record.outcome,
        record.login,
        record.target_name,
    )
    return shown("  ".join((*words, said))).rstrip()
