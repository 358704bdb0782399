"""Which tab a word means: a whole name, or any start that only one name has."""

from __future__ import annotations

from collections.abc import Iterable


def completions(word: str, names: Iterable[str]) -> list[str]:
    """The tabs that a word can mean; a whole name means itself alone."""
    wanted = word.strip().casefold()
    known = list(names)
    return [wanted] if wanted in known else [name for name in known if name.startswith(wanted)]


def meant(word: str, names: Iterable[str]) -> tuple[str, str]:
    """The one tab that a word means, or '' with a sentence that says why there is none."""
    known = list(names)
    found = completions(word, known)
    if len(found) == 1:
        return found[0], ""
    if not found:
        return "", f"There is no tab {word.strip()}. There are {', '.join(known)}."
    return "", f"{word.strip() or ':'} can mean {' or '.join(found)}."
