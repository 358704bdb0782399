"""The looks of the console."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from ticrypt_tui.config.colours import COLOURS
from ticrypt_tui.config.theme import ANSI, DAY, NIGHT, THEMES, fitting

READABLE = 4.5
"""The contrast that WCAG 2 asks of text."""


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"TERM": "xterm-256color"}, NIGHT.name),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, NIGHT.name),
        ({"TERM": "linux"}, ANSI.name),
        ({}, ANSI.name),
    ],
)
def test_a_terminal_of_sixteen_colours_keeps_its_own(
    environment: dict[str, str], name: str
) -> None:
    assert fitting(environment) == name


def test_every_theme_has_a_name_of_its_own() -> None:
    assert len({theme.name for theme in THEMES}) == len(THEMES)


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=["night", "day"])
@pytest.mark.parametrize("role", ["foreground", "accent", "success", "warning", "error"])
def test_every_text_can_be_read_on_the_background(theme: object, role: str) -> None:
    text, ground = Color.parse(getattr(theme, role)), Color.parse(theme.background)  # type: ignore[attr-defined]
    assert contrast(text, ground) >= READABLE


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=["night", "day"])
@pytest.mark.parametrize("word", COLOURS)
def test_every_project_can_be_read_in_its_colour(theme: Theme, word: str) -> None:
    text = Color.parse(theme.variables[f"project-{word}"])
    assert theme.background is not None
    assert contrast(text, Color.parse(theme.background)) >= READABLE


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    """The relative luminance of WCAG 2.1."""
    parts = [part / 255 for part in (color.r, color.g, color.b)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
