"""Foreign text made safe to show: every view and every printed line passes its data through."""

from __future__ import annotations

import re

_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 controls, DEL, C1 controls (U+009B alone opens an escape sequence)
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"  # format characters of scripts
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero-width, separators, bidirectional controls
    "\ufeff\ufff9-\ufffb\ufe00-\ufe0f"  # byte-order mark, interlinear marks, variation selectors
    "\U000e0000-\U000e0fff\ud800-\udfff]"  # tags, lone surrogates
)

_FORMULA = tuple("=+-@＝＋－＠")  # some spreadsheets take the wide ones, too


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{{{ord(match[0]):x}}}"


def shown(text: object) -> str:
    """Foreign text on one line; what a terminal or a reader could trip over is escaped.

    Controls, bidirectional overrides, zero-width characters and lone surrogates become a visible
    `\\u{..}`; a tab becomes one space. (CWE-150, CWE-117.)
    """
    return _DANGEROUS.sub(_escaped, str(text).replace("\t", " "))


def csv_cell(text: object) -> str:
    """A cell that no spreadsheet takes for a formula, and no terminal for a command."""
    safe = shown(text)
    return f"'{safe}" if safe.lstrip().startswith(_FORMULA) else safe


def shown_lines(text: object) -> list[str]:
    """Foreign text of several lines, each made safe by `shown`; tabs stop each eighth column."""
    whole = str(text).replace("\r\n", "\n")
    return [_DANGEROUS.sub(_escaped, line.expandtabs(8)) for line in whole.split("\n")]


def masked(line: str) -> str:
    """Foreign text of one line, as many characters as it has; `�` for what `shown` would escape."""
    return _DANGEROUS.sub(lambda match: match[0] if match[0] == "\t" else "�", line)


def decoded(data: bytes) -> str:
    """Foreign bytes as text: UTF-8, with what is not UTF-8 as visible `\\xNN` escapes."""
    return data.decode("utf-8", errors="backslashreplace")
