"""Pseudonyms: one an applicant under one key, none that tells without it."""

from hypothesis import given
from hypothesis import strategies as st

from creditrisk.events.pseudonym import Pseudonyms

KEYS = st.binary(min_size=16, max_size=64)
IDS = st.integers(1, 2**63 - 1)


@given(KEYS, IDS, IDS)
def test_the_same_applicant_has_the_same_pseudonym_and_another_has_another(key: bytes, one: int, other: int) -> None:
    assert (Pseudonyms(key).of(one) == Pseudonyms(key).of(other)) == (one == other)


@given(st.lists(KEYS, min_size=2, max_size=2, unique_by=lambda key: key.rstrip(b"\0")), IDS)
def test_another_key_makes_another_pseudonym(keys: list[bytes], applicant: int) -> None:
    one, other = (Pseudonyms(key).of(applicant) for key in keys)
    assert one != other
    assert len(one) == 64


def test_it_is_hmac_sha256() -> None:
    # By `printf 100001 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b…` (20 bytes of 0b).
    known = "f9da7f99e89024d29bbb6841a57681804942c3588c1c16fdb007ecc231dd666e"
    assert Pseudonyms(b"\x0b" * 20).of(100_001) == known
