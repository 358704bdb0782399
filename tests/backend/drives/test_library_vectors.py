"""What is called of `cryptography` gives what its published test vectors say.

They are checked by their authors, too; here they hold for the OpenSSL that this very machine has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import cryptography
import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ticrypt_tui.backend.drives.hybrid import HybridKey

_X_WING, _HKDF_SHA256, _CHACHA20_POLY1305 = 0x647A, 1, 3


def records(path: str) -> Iterator[dict[str, str]]:
    """The records of a file of `name = value` lines, each begun by its count."""
    record: dict[str, str] = {}
    with cryptography_vectors.open_vector_file(path, "r") as file:
        for line in file:
            name, found, value = line.partition("=")
            if line.startswith("#") or not found:
                continue
            if name.strip().lower() == "count":
                yield from [record] if record else []
                record = {}
            record[name.strip().lower()] = value.strip()
    yield record


def test_the_vectors_are_of_the_library_s_own_version() -> None:
    assert cryptography_vectors.__version__ == cryptography.__version__


def test_x25519() -> None:
    for each in records("asymmetric/X25519/rfc7748.txt"):
        key = X25519PrivateKey.from_private_bytes(bytes.fromhex(each["input_scalar"]))
        other = X25519PublicKey.from_public_bytes(bytes.fromhex(each["input_u"]))
        assert key.exchange(other).hex() == each["output_u"]


def test_hkdf_with_sha_256() -> None:
    for each in records("KDF/rfc-5869-HKDF-SHA256.txt"):
        derived = HKDF(
            SHA256(), int(each["l"]), bytes.fromhex(each["salt"]), bytes.fromhex(each["info"])
        )
        assert derived.derive(bytes.fromhex(each["ikm"])).hex() == each["okm"]


def test_chacha20_poly1305() -> None:
    for each in records("ciphers/ChaCha20Poly1305/openssl.txt"):
        names = ("key", "iv", "aad", "plaintext", "ciphertext", "tag")
        given = {name: bytes.fromhex(each[name]) for name in names}
        cipher = ChaCha20Poly1305(given["key"])
        sealed = given["ciphertext"] + given["tag"]
        if "result" in each:
            with pytest.raises(InvalidTag):
                cipher.decrypt(given["iv"], sealed, given["aad"])
        else:
            assert cipher.encrypt(given["iv"], given["plaintext"], given["aad"]) == sealed


def test_ml_kem_768() -> None:
    for each in records("asymmetric/MLKEM/kat_MLKEM_768.rsp"):
        key = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(each["d"] + each["z"]))
        assert key.public_key().public_bytes_raw().hex() == each["pk"]
        assert key.decapsulate(bytes.fromhex(each["ct"])).hex() == each["ss"]


def test_ed25519() -> None:
    with cryptography_vectors.open_vector_file("asymmetric/Ed25519/sign.input", "r") as file:
        for line in file:
            secret, public, message, signed = map(bytes.fromhex, line.strip().split(":")[:4])
            key = Ed25519PrivateKey.from_private_bytes(secret[:32])
            assert key.public_key().public_bytes_raw() == public
            assert key.sign(message) + message == signed


def test_scrypt() -> None:
    for each in records("KDF/scrypt.txt"):
        n, r, p = (int(each[name]) for name in "nrp")
        if n > 2**18:
            continue  # a GiB and some seconds
        scrypt = Scrypt(each["salt"].encode(), int(each["length"]), n, r, p)
        assert scrypt.derive(each["password"].encode()).hex() == each["derived_key"]


def hybrid_vector() -> dict[str, Any]:
    with cryptography_vectors.open_vector_file("HPKE/hpke-pq-test-vectors.json", "r") as file:
        all_of_them = cast(list[dict[str, Any]], json.load(file))
    wanted = (_X_WING, _HKDF_SHA256, _CHACHA20_POLY1305)
    suites = ((each["kem_id"], each["kdf_id"], each["aead_id"]) for each in all_of_them)
    return all_of_them[list(suites).index(wanted)]


def test_a_seed_becomes_the_public_key_of_the_hybrid_hpke_vector() -> None:
    vector = hybrid_vector()

    assert HybridKey(bytes.fromhex(vector["skRm"])).public.hex() == vector["pkRm"]


def test_the_hybrid_hpke_vector_opens() -> None:
    vector = hybrid_vector()
    first = vector["encryptions"][0]
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    sealed = bytes.fromhex(vector["enc"] + first["ct"])
    key = HybridKey(bytes.fromhex(vector["skRm"]))

    # The library keeps the call that takes additional data for exactly such vectors.
    plain = openssl.hpke._decrypt_with_aad(
        suite, sealed, key._key, bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
    )

    assert plain.hex() == first["pt"]
