"""The reference pages say what the program does now."""

from __future__ import annotations

import pytest

from ticrypt_tui.config.keymap import KEYS
from tools import documentation


@pytest.mark.parametrize("name", documentation.PAGES)
def test_a_reference_page_is_as_make_docs_writes_it(name: str) -> None:
    written = (documentation.DOCS / name).read_text(encoding="utf-8")
    assert written == documentation.PAGES[name](), "run `make docs`"


def test_every_action_of_the_key_map_has_its_row() -> None:
    page = documentation.keys_page()
    assert all(f"`{key.action}` |" in page for key in KEYS)


def test_every_operation_has_its_row_and_says_who_may_run_it() -> None:
    page = documentation.operations_page()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(documentation.load_operations())
    assert not [row for row in rows if row.endswith("| nobody |")]


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert documentation.table(["a"], [["b|c"]]) == "| a |\n| --- |\n| b\\|c |\n"
