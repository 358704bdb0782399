"""The filter language of tables, logs and the command line.

`word` anywhere, `column:word` in one column, `!word` not, `"two words"` with a space or a colon in
them; all must hold. Case does not matter. The start of a column's name is enough where it is
unique.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ticrypt_tui.backend.errors import WrongUse

SEPARATOR = "\x1f"
_TERM = re.compile(
    r'(?P<no>!?)(?:(?P<column>[^\W\d][\w-]*):)?(?:"(?P<quoted>[^"]*)"|(?P<word>\S*))'
)
_PLAIN_TERM = re.compile(r'(?P<no>!?)(?P<column>)(?:"(?P<quoted>[^"]*)"|(?P<word>\S*))')


class Term(NamedTuple):
    """One condition: `word` is in the column (`None`: in any), or, negated, is not."""

    word: str
    column: int | None = None
    negated: bool = False

    def holds(self, haystack: str) -> bool:
        text = haystack if self.column is None else haystack.split(SEPARATOR)[self.column]
        found = self.word in text if self.word else not text
        return found is not self.negated


class OneOf(NamedTuple):
    """One condition that nobody types: a column says one of these words, and nothing else."""

    words: frozenset[str]
    column: int

    def holds(self, haystack: str) -> bool:
        return haystack.split(SEPARATOR)[self.column] in self.words


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that can be asked of any number of rows."""

    text: str = ""
    terms: tuple[Term | OneOf, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def holds(self, haystack: str) -> bool:
        """Whether every term holds for a row's `haystack`."""
        return all(term.holds(haystack) for term in self.terms)


def haystack(cells: Sequence[str]) -> str:
    """What a row's cells are searched in: folded, and apart from each other."""
    return SEPARATOR.join(cells).casefold()


def parsed(text: str, columns: Mapping[str, str] | None = None) -> Query:
    """The query that `text` says; `columns` are their titles by key, in the order of the cells.

    Without columns a colon is an ordinary character. Raises WrongUse, with a sentence, for an
    unknown column, an open quote or an empty condition.
    """
    if text.count('"') % 2:
        raise WrongUse("A quote is not closed.", 'End it with ".')
    known = {key.casefold(): title.casefold() for key, title in (columns or {}).items()}
    return Query(text, tuple(_terms(text, known)))


def _terms(text: str, columns: Mapping[str, str]) -> list[Term]:
    pattern = _TERM if columns else _PLAIN_TERM
    terms, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = pattern.match(text, at)
        assert match is not None  # every part of the pattern may be empty
        terms.append(_term(match, columns))
        at = match.end()
    return terms


def _term(match: re.Match[str], columns: Mapping[str, str]) -> Term:
    name, quoted = match["column"], match["quoted"]
    word = match["word"] if quoted is None else quoted
    column = _column(name, columns) if name else None
    if not word and (quoted is None or column is None):
        raise WrongUse(f"Nothing follows {match[0]}.", "Write a word after it.")
    return Term(word.casefold(), column, bool(match["no"]))


def _column(name: str, columns: Mapping[str, str]) -> int:
    """The place of the column that `name` says or starts."""
    wanted = name.casefold()
    keys = list(columns)
    exact = [key for key in keys if wanted in (key, columns[key])]
    starts = [key for key in keys if key.startswith(wanted) or columns[key].startswith(wanted)]
    found = exact or starts
    if len(found) == 1:
        return keys.index(found[0])
    if found:
        raise WrongUse(f"{name}: could mean {' or '.join(found)}.", "Write more of its name.")
    raise WrongUse(
        f"There is no column {name}.",
        f"Choose from {', '.join(keys)}, or put a word that has a colon in quotes.",
    )
