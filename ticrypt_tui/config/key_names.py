"""Names of keys: as people write them (`/`, `ctrl+]`) and as Textual has them (`slash`)."""

from __future__ import annotations

import difflib
import re
import unicodedata

# Textual's own shorter names.
_SHORTER = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
    "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
_WORDS = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete",
    "backspace", "enter", "tab", "space", "escape",
)  # fmt: skip


def _named(character: str) -> str:
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return _SHORTER.get(name, name)


_NAMES = {character: _named(character) for character in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}
_FACES = {name: character for character, name in _NAMES.items()}
_KNOWN = (*_WORDS, *_FACES)
_KEY = re.compile(
    rf"((?:(?:ctrl|alt|shift)\+)*)({'|'.join(map(re.escape, (*_KNOWN, *_NAMES)))}"
    r"|[^\W_]|f(?:[1-9]|1\d|2[0-4]))"
)


def key_name(written: str) -> str:
    """Textual's name of a key, from that name or as people write it; raises `ValueError`."""
    found = _KEY.fullmatch(written)
    if found is None:
        meant = difflib.get_close_matches(written, _KNOWN, n=1)
        question = f" Did you mean {meant[0]}?" if meant else ""
        raise ValueError(f'expected a key such as "K", "slash", "ctrl+t" or "f5".{question}')
    return f"{found[1]}{_NAMES.get(found[2], found[2])}"


def face(key: str) -> str:
    """A key as people write it: `/` for `slash`, `ctrl+]` for `ctrl+right_square_bracket`."""
    modifiers, plus, name = key.rpartition("+")
    return f"{modifiers}{plus}{_FACES.get(name, name)}"
