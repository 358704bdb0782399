import re

import pytest
from textual.keys import _character_to_key

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.key_names import face, key_name
from ticrypt_tui.config.keymap import DEFAULTS, KEYS, action_of, remapped


def test_the_defaults_share_no_key_in_one_place() -> None:
    assert remapped({}) == DEFAULTS


def test_every_action_is_said_in_words() -> None:
    assert all(key.says for key in KEYS)
    assert len({key.action for key in KEYS}) == len(KEYS)


def test_remapping_changes_one_action_and_leaves_the_others() -> None:
    assert remapped({"vm.shutdown": "f9"}) == {**DEFAULTS, "vm.shutdown": "f9"}


def test_an_action_may_have_several_keys_written_as_people_write_them() -> None:
    assert remapped({"filter": "/, ctrl+f"})["filter"] == "slash,ctrl+f"


def test_two_actions_of_different_tabs_may_share_a_key() -> None:
    assert remapped({"drive.transfer": "K"})["drive.transfer"] == "K"


def test_two_actions_may_change_places() -> None:
    swapped = remapped({"vm.logs": "v", "vm.open_vnc": "l"})

    assert (swapped["vm.logs"], swapped["vm.open_vnc"]) == ("v", "l")


@pytest.mark.parametrize("action", ["vm.logs", "filter"])
def test_a_key_that_another_action_of_the_place_has_is_refused(action: str) -> None:
    with pytest.raises(ConfigurationError, match="are both on"):
        remapped({"vm.shutdown": DEFAULTS[action]})


def test_lines_and_rows_never_share_a_place() -> None:
    assert remapped({"log.next": "e", "new": "ampersand"})["log.next"] == "e"


@pytest.mark.parametrize("action", ["log.wrap", "audit.hold", "export", "last"])
def test_among_lines_a_key_means_one_thing(action: str) -> None:
    with pytest.raises(ConfigurationError, match="are both on"):
        remapped({"log.next": DEFAULTS[action].split(",")[0]})


@pytest.mark.parametrize("action", ["host.change_state", "mark", "filter"])
def test_among_rows_a_key_means_one_thing(action: str) -> None:
    with pytest.raises(ConfigurationError, match="are both on"):
        remapped({"new": DEFAULTS[action]})


def test_in_a_guest_every_key_but_one_is_the_guests() -> None:
    assert remapped({"guest.leave": "f12", "filter": "ctrl+]"})["guest.leave"] == "f12"


def test_an_unknown_action_is_refused_with_what_may_have_been_meant() -> None:
    with pytest.raises(ConfigurationError, match=re.escape("Did you mean filter?")):
        remapped({"fliter": "f4"})


@pytest.mark.parametrize("key", ["slach", "ctrl-x", "", "f99", "meta+x", "kk", "\x1b"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="expected a key such as"):
        remapped({"filter": key})


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+m", "escape", "ctrl+q"])
def test_a_reserved_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="is reserved"):
        remapped({"filter": key})


def test_the_way_out_cannot_be_remapped() -> None:
    with pytest.raises(ConfigurationError, match="it is always escape"):
        remapped({"back": "f4"})


@pytest.mark.parametrize("character", list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"))
def test_punctuation_is_named_as_textual_names_it(character: str) -> None:
    assert key_name(character) == _character_to_key(character)
    assert face(key_name(character)) == character


@pytest.mark.parametrize(
    ("operation", "action"),
    [("vm.shutdown", "vm.shutdown"), ("host.create", "new"), ("user.edit", "edit"),
     ("image.clone", "clone"), ("license.export", "export")],
)  # fmt: skip
def test_an_operation_has_the_key_of_its_action(operation: str, action: str) -> None:
    assert action_of(operation) == action
