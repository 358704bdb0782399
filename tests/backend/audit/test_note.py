"""Signed notes are those of C2SP's page, and whatever is not signed so is refused."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.audit.note import PrivateKey, PublicKey

# Key and note of Go's golang.org/x/mod/sumdb/note, note_test.go.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.new("lab/console 1")


def test_a_note_of_another_program_is_verified() -> None:
    assert PublicKey.read(PETER).text_of(NOTE).startswith("If you think cryptography")


def test_a_note_is_signed_as_another_program_signs_it() -> None:
    assert PrivateKey.read(PETERS).signed(NOTE.partition("\n\n")[0] + "\n") == NOTE


def test_a_key_is_written_as_it_was_read(key: PrivateKey) -> None:
    assert PublicKey.read(PETER).written == PETER
    assert PrivateKey.read(key.written + "\n") == key
    assert PublicKey.read(key.public.written) == key.public


def test_what_was_signed_is_read_back(key: PrivateKey) -> None:
    assert key.public.text_of(key.signed("lab\n7\nroot\n")) == "lab\n7\nroot\n"


@pytest.mark.parametrize(("before", "after"), [("7", "8"), ("— lab", "— lob"), ("\n\n", "\n")])
def test_a_changed_note_is_refused(key: PrivateKey, before: str, after: str) -> None:
    changed = key.signed("lab\n7\nroot\n").replace(before, after, 1)
    with pytest.raises(ValueError, match="not signed by lab/console-1"):
        key.public.text_of(changed)


def test_another_key_of_the_same_name_is_refused(key: PrivateKey) -> None:
    with pytest.raises(ValueError, match="not signed"):
        PrivateKey.new("lab/console 1").public.text_of(key.signed("lab\n"))


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AAAA", "x y+00000000+AAAA", PETER[:-4]])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        PublicKey.read(text)


def test_a_key_with_another_identity_is_refused() -> None:
    with pytest.raises(ValueError, match="identity"):
        PublicKey.read(PETER.replace("c74f20a3", "c74f20a4"))


def test_a_private_key_does_not_show_itself(key: PrivateKey) -> None:
    assert key.written.rpartition("+")[2] not in repr(key)
