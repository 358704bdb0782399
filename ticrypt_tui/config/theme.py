"""The looks of the console: a dark one, a light one, and the terminal's own sixteen colours.

Every colour carries a role, and never a meaning alone: a word or a symbol goes with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from textual.theme import Theme

from ticrypt_tui.config.colours import COLOURS


def _projects(tones: str) -> dict[str, str]:
    """What the colours of projects look like, in the order of their words."""
    names = (f"project-{word}" for word in COLOURS)
    return dict(zip(names, tones.split(), strict=True))


NIGHT = Theme(
    name="night",
    primary="#6ea8dc",
    secondary="#8fa3b8",
    accent="#6fc3b0",
    success="#86c28f",
    warning="#dfb566",
    error="#e8746c",
    foreground="#cdd5dd",
    background="#10151b",
    surface="#161d25",
    panel="#1f2933",
    dark=True,
    variables={
        "text-muted": "#8494a5",
        "foreground-muted": "#8494a5",
        "text-disabled": "#5d6b79",
        "border-blurred": "#2b3743",
        "block-cursor-background": "#274059",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#222d38",
        "block-cursor-blurred-foreground": "#ffffff",
        "input-selection-background": "#34587c",
        "scrollbar": "#2b3743",
        "scrollbar-hover": "#3b4a59",
        "scrollbar-active": "#4a5d70",
        "scrollbar-background": "#10151b",
        "scrollbar-background-hover": "#10151b",
        "scrollbar-background-active": "#10151b",
        "scrollbar-corner-color": "#10151b",
        **_projects("#e8746c #e39a5b #d9c35f #86c28f #6fc3b0 #6ea8dc #b39ddb #e08fb8 #8494a5"),
    },
)

DAY = Theme(
    name="day",
    primary="#1c6cae",
    secondary="#53677a",
    accent="#0d766c",
    success="#22743a",
    warning="#8a5a00",
    error="#b22f2b",
    foreground="#1f262d",
    background="#fcfcfa",
    surface="#f3f4f1",
    panel="#e6e9e8",
    dark=False,
    variables={
        "text-muted": "#5b6772",
        "foreground-muted": "#5b6772",
        "text-disabled": "#87919a",
        "border-blurred": "#cfd5d8",
        "block-cursor-background": "#cfe2f3",
        "block-cursor-foreground": "#0b1218",
        "block-cursor-blurred-background": "#e2e8ec",
        "block-cursor-blurred-foreground": "#0b1218",
        "input-selection-background": "#a9cdec",
        "scrollbar": "#cfd5d8",
        "scrollbar-hover": "#b5bec4",
        "scrollbar-active": "#98a4ac",
        "scrollbar-background": "#fcfcfa",
        "scrollbar-background-hover": "#fcfcfa",
        "scrollbar-background-active": "#fcfcfa",
        "scrollbar-corner-color": "#fcfcfa",
        **_projects("#b22f2b #a04a00 #7a6200 #22743a #0d766c #1c6cae #6b46a8 #a8326f #5b6772"),
    },
)

ANSI = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border-blurred": "ansi_bright_black",
        "text-muted": "ansi_bright_black",
        "foreground-muted": "ansi_bright_black",
        "text-disabled": "ansi_bright_black",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-blurred-background": "ansi_bright_black",
        "block-cursor-blurred-foreground": "ansi_bright_white",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
        **_projects(
            "ansi_red ansi_bright_yellow ansi_yellow ansi_green ansi_cyan "
            "ansi_blue ansi_magenta ansi_bright_magenta ansi_bright_black"
        ),
    },
)

THEMES = (NIGHT, DAY, ANSI)


def fitting(environment: Mapping[str, str] = os.environ) -> str:
    """The name of the theme for this terminal: its own sixteen colours where it has no more."""
    term, depth = environment.get("TERM", ""), environment.get("COLORTERM", "")
    many = depth in ("truecolor", "24bit") or "256" in term or "kitty" in term or "direct" in term
    return NIGHT.name if many else ANSI.name
