"""What the frame around a tab says: the status line, the sidebar's entries, the banner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.widgets.one_line import Piece
from ticrypt_tui.widgets.sidebar import Entry

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.enclave import Enclave

NAME = "ticrypt-tui"


@dataclass
class GoTo(Message):
    """Somebody wants to see another tab, and there a row, or to run an action that is on none."""

    tab: str
    row_id: str = ""
    operation: str = ""


@dataclass
class GoBack(Message):
    """Somebody wants to go back to where he was; on the first tab that may mean to quit."""

    may_quit: bool = True


def status(console: Console) -> tuple[list[Piece], list[Piece]]:
    """The line at the top: where this is, who is here, and how things stand."""
    name = Piece(NAME, "bold $accent")
    if console.enclave is None:
        return [name, Piece(f"   {console.opening}", "$text-muted")], []
    return [name, _realms(console.enclave)], [*_standing(console.enclave), *_console(console)]


def _realms(enclave: Enclave) -> Piece:
    names = enclave.status.realms
    noun = "realm" if len(names) == 1 else "realms"
    return Piece(f"   {noun} {', '.join(names)}" if names else "   no realm", "", 3)


def _standing(enclave: Enclave) -> list[Piece]:
    caller, now = enclave.caller, enclave.status
    all_up = now.hosts_up == now.hosts_all
    hosts = f"hosts {now.hosts_up}/{now.hosts_all} up"
    alarmed = bool(now.audit_fault or now.proof.alarm)
    return [
        Piece(f"  {caller.login} as {caller.role}", "$text-muted", 4),
        Piece(f"   {hosts}", "" if all_up else "bold $warning", 1),
        *([Piece("   audit alarm", "bold $error", 1)] if now.proof.alarm else []),
        Piece(f"   {now.chain}", "bold $error" if alarmed else "$text-muted", 2),
    ]


def _console(console: Console) -> list[Piece]:
    running, unread = len(console.runs), console.messages.unread
    pieces = [Piece(f"   {running} running", "bold $accent", 1)] if running else []
    if unread:
        noun = "message" if unread == 1 else "messages"
        pieces.append(Piece(f"   {unread} {noun}", "bold $warning", 1))
    return pieces


def entries(console: Console) -> list[Entry]:
    """The tabs for the sidebar, with the counts that are known."""
    return [
        Entry(tab.name, tab.short or tab.title, tab.group, console.counts.get(tab.name))
        for tab in TABS
    ]


def banner(console: Console) -> tuple[str, bool]:
    """What must be known on every screen, and whether it is a fault; '' where all is well."""
    if console.enclave is None:
        return "", False
    if fault := console.enclave.status.audit_fault:
        return f"Nothing can be changed: the audit log cannot be written. {fault}", True
    if alarm := console.enclave.status.proof.alarm:
        return alarm, True
    if console.enclave.caller.read_only:
        return "This console is read-only: nothing can be changed ([session] read_only).", False
    return "", False
