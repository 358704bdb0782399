"""`ticrypt-tui list TAB`: a tab's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ticrypt_tui.commands.printing import columns_of, print_json, print_table
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.query import haystack, parsed


@click.command("list")
@configured
@click.argument("tab")
@click.option(
    "--filter", "wanted", default="", help="As in the console: words, column:word, !word."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(choices: Choices, tab: str, wanted: str, as_json: bool) -> None:
    """Print a tab's rows."""
    finished(_listed(choices, tab, wanted, as_json))


async def _listed(choices: Choices, tab: str, wanted: str, as_json: bool) -> None:
    async with opened(choices) as enclave:
        listing = await enclave.listing(tab)
    columns = columns_of(tab, listing.rows)
    rows = chosen(listing.rows, columns, wanted)
    if as_json:
        said = {"tab": tab, "taken": listing.taken, "notices": listing.notices, "rows": rows}
        print_json(said)
        return
    cells = [[column.value(row) for column in columns] for row in rows]
    right = {at for at, column in enumerate(columns) if column.right}
    print_table([column.title for column in columns], cells, right)
    for notice in listing.notices:
        click.echo(shown(notice), err=True)


def chosen(rows: Sequence[Any], columns: Sequence[Column], wanted: str) -> list[Any]:
    """The rows that a filter lets through, as in the console; raises `WrongUse`."""
    query = parsed(wanted, {column.key: column.title for column in columns})
    return [row for row in rows if query.holds(haystack([each.value(row) for each in columns]))]
