"""The key map of `design.md` 5 as data, and its remapping by the configuration's `[keys]`.

An action is named as in `[keys]`; one that is an operation bears the operation's name. Keys are
named as Textual names them (`slash`, `K`, `ctrl+p`); several are separated by commas.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.key_names import face, key_name
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Key:
    """The default keys of an action, what it does in a few words, and where it works.

    `places` are names of tabs, `tables` for each of them that has rows, `audit` for the audit tail,
    `log` for other lines that are read, or `guest` for a VM's screen and console; none means every
    screen.
    """

    action: str
    keys: str
    says: str
    places: tuple[str, ...] = ()

    def meets(self, other: Key) -> bool:
        """Whether there is a place where both work, so that they cannot share a key."""
        one, two = {*self.places}, {*other.places}
        if "guest" in one | two:
            return one == two  # there, all other keys are the guest's
        if "tables" in one | two:
            return not one or not two or bool(one - LINES and two - LINES)
        return not one or not two or bool(one & two)


LINES = frozenset({"audit", "log"})
"""Places that have lines and no rows."""


KEYS = (
    Key("up", "up,k", "one row up"),
    Key("down", "down,j", "one row down"),
    Key("page_up", "pageup", "one page up"),
    Key("page_down", "pagedown", "one page down"),
    Key("first", "home,g", "the first row"),
    Key("last", "end,G", "the last row"),
    Key("detail", "enter,i", "details of the row"),
    Key("go", "colon", "go to a tab by name"),
    Key("filter", "slash", "filter this table: words, column:word, !word"),
    Key("palette", "ctrl+p", "every tab, action and object"),
    Key("help", "question_mark", "the keys that work here"),
    Key("mark", "space", "mark the row; actions then run on all marked", ("tables",)),
    Key("back", "escape", "close, clear the filter, clear the marks, back"),
    Key("audit", "a", "open or close the audit tail"),
    Key("refresh", "r", "refresh now"),
    Key("sort_previous", "less_than_sign", "sort by the column before", ("tables",)),
    Key("sort_next", "greater_than_sign", "sort by the column after", ("tables",)),
    Key("sort_turn", "minus", "turn the sorting round", ("tables",)),
    Key("copy_id", "y", "copy the row's ID", ("tables",)),
    Key("new", "n", "new", ("tables",)),
    Key("edit", "e", "edit", ("tables",)),
    Key("delete", "d", "delete", ("tables",)),
    Key("clone", "c", "clone", ("images", "setups")),
    Key("export", "x", "save what is shown: a table as CSV, lines as they are"),
    Key("messages", "M", "every message with its full text"),
    Key("next_pane", "tab", "next pane"),
    Key("audit_focus", "A", "into the audit tail and back"),
    Key("quit", "q", "leave the screen; on the first screen, quit"),
    Key("quit_now", "ctrl+q", "quit"),
    Key("host.change_state", "s", "change state", ("hosts",)),
    Key("host.utilization", "u", "check utilization", ("hosts",)),
    Key("host.view_xml", "w", "libvirt's XML", ("hosts",)),
    Key("pool.view_xml", "w", "libvirt's XML", ("pools",)),
    Key("volume.state_os", "s", "state its operating system", ("volumes",)),
    Key("volume.view_xml", "w", "libvirt's XML", ("volumes",)),
    Key("setup.simulate", "m", "simulate allocation", ("setups",)),
    Key("config.start", "s", "start", ("configs",)),
    Key("vm.shutdown", "K", "shut down", ("running",)),
    Key("vm.logs", "l", "logs", ("running", "past")),
    Key("vm.open_vnc", "v", "VNC", ("running",)),
    Key("vm.open_console", "b", "serial console", ("running",)),
    Key("vm.set_project", "p", "set project", ("running",)),
    Key("service_vm.power_up", "s", "power up", ("service",)),
    Key("service_vm.shutdown", "K", "shut down", ("service",)),
    Key("service_vm.logs", "l", "logs", ("service",)),
    Key("service_vm.open_vnc", "v", "VNC", ("service",)),
    Key("service_vm.open_console", "b", "serial console", ("service",)),
    Key("service_vm.restart_controller", "R", "restart controller", ("service",)),
    Key("drive.share", "s", "share", ("drives",)),
    Key("drive.unshare", "S", "unshare", ("drives",)),
    Key("drive.transfer", "t", "transfer ownership", ("drives",)),
    Key("drive.set_project", "p", "set project", ("drives",)),
    Key("drive.open_project", "o", "open project", ("drives",)),
    Key("charts", "c", "charts of what is shown", ("drives",)),
    Key("realm.fix_vms", "f", "Fix VMs", ("realms",)),
    Key("realm.fix_drives", "F", "Fix drives", ("realms",)),
    Key("realm.view_config", "w", "view configuration", ("realms",)),
    Key("unit.logs", "l", "logs", ("services",)),
    Key("unit.restart", "R", "restart", ("services",)),
    Key("license.resync", "R", "re-sync", ("licensing",)),
    Key("audit.hold", "z", "hold the tail, losing nothing; or follow it again", ("audit", "log")),
    Key("audit.severity", "s", "only what is this severe, or more", ("audit",)),
    Key("audit.search", "f", "search for a text", ("audit",)),
    Key("audit.jump", "o", "open the object of the line", ("audit",)),
    Key("audit.copy", "c", "copy the line as JSON", ("audit",)),
    Key("audit.verify", "V", "verify the chain", ("audit",)),
    Key("audit.selftest", "T", "self-test", ("audit",)),
    Key("audit.follow", "l", "the next log file beside the audit tail", ("audit", "log")),
    Key("log.find", "f", "search the whole log file", ("log",)),
    Key("log.earlier", "left_square_bracket", "earlier lines of the file", ("log",)),
    Key("log.later", "right_square_bracket", "later lines of the file", ("log",)),
    Key("log.filter", "ampersand", "show matching lines only", ("log",)),
    Key("log.next", "n", "the next line that was searched for", ("audit", "log")),
    Key("log.previous", "N", "the line before that was searched for", ("audit", "log")),
    Key("log.wrap", "w", "wrap long lines, or not", ("audit", "log")),
    Key("log.left", "left", "further to the left of long lines", ("audit", "log")),
    Key("log.right", "right", "further to the right of long lines", ("audit", "log")),
    Key("guest.leave", "ctrl+right_square_bracket", "leave or command the VM", ("guest",)),
)  # fmt: skip

DEFAULTS: Mapping[str, str] = {key.action: key.keys for key in KEYS}
FIXED = frozenset({"back", "quit_now"})
"""Actions that keep their keys, so that there is always a way out."""

# Keys that a terminal sends for another one, or that belong to the terminal or to Textual.
RESERVED = frozenset(
    {"ctrl+c", "ctrl+z", "ctrl+m", "ctrl+i", "ctrl+j", "ctrl+h", "ctrl+left_square_bracket"}
)
_COMMON = {
    "create": "new",
    "edit": "edit",
    "delete": "delete",
    "deactivate": "delete",
    "clone": "clone",
    "export": "export",
}


def action_of(operation: str) -> str:
    """The action whose key an operation has: its own name, or `new`, `edit`, `delete`, `clone`."""
    if operation in DEFAULTS:
        return operation
    return _COMMON.get(operation.rpartition(".")[2], operation)


def remapped(keys: Mapping[str, str]) -> dict[str, str]:
    """The keys of every action after remapping; raises `ConfigurationError` for an unknown action,
    a key that is none, a reserved key, or two actions of one place on the same key."""
    chosen = {**DEFAULTS, **{action: _chosen(action, said) for action, said in keys.items()}}
    for one, other in _clashes(chosen):
        shared = {*chosen[one].split(",")} & {*chosen[other].split(",")}
        raise ConfigurationError(
            f'keys."{one}" and keys."{other}" are both on {face(min(shared))}; expected a key each.'
        )
    return chosen


def _clashes(chosen: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of actions on the same key in the same place, the remapped ones first."""
    order = sorted(KEYS, key=lambda key: chosen[key.action] == key.keys)
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            together = {*chosen[one.action].split(",")} & {*chosen[other.action].split(",")}
            if together and one.meets(other):
                yield one.action, other.action


def _chosen(action: str, said: str) -> str:
    path = f'keys."{shown(action)}"'
    if action not in DEFAULTS:
        raise ConfigurationError(
            f"{path} is not an action; expected one that ? shows.{_meant(action)}"
        )
    if action in FIXED:
        raise ConfigurationError(
            f"{path} cannot be remapped: it is always {face(DEFAULTS[action])}."
        )
    return ",".join(_key(path, word.strip()) for word in _words(said))


def _words(said: str) -> list[str]:
    return [said] if said == "," else said.split(",")


def _key(path: str, word: str) -> str:
    try:
        key = key_name(word)
    except ValueError as error:
        raise ConfigurationError(f'{path} is "{shown(word)}"; {error}') from error
    if key in RESERVED or key in (DEFAULTS[action] for action in FIXED):
        raise ConfigurationError(f"{path} is {face(key)}, which is reserved; expected another key.")
    return key


def _meant(action: str) -> str:
    meant = difflib.get_close_matches(action, DEFAULTS, n=1)
    return f" Did you mean {meant[0]}?" if meant else ""
