"""Whatever is sealed comes back, and no other key, place or byte opens it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journal import cipher
from domain.journal.cipher import Binding, CannotOpen

keys = st.binary(min_size=32, max_size=32)
texts = st.text(max_size=12)
bindings = st.builds(Binding, event_id=st.uuids(), field=texts, person=st.uuids(), purpose=texts)


@given(keys, st.binary(max_size=200), bindings)
def test_what_is_sealed_comes_back(key: bytes, plaintext: bytes, binding: Binding) -> None:
    sealed = cipher.seal(key, plaintext, binding)
    assert cipher.open_sealed(key, sealed, binding) == plaintext
    assert len(sealed) % 32 == (1 + 32 + 12 + 16) % 32


@given(keys, keys, st.binary(max_size=100), bindings)
def test_no_other_key_opens(key: bytes, other: bytes, plaintext: bytes, binding: Binding) -> None:
    sealed = cipher.seal(key, plaintext, binding)
    if other != key:
        with pytest.raises(CannotOpen):
            cipher.open_sealed(other, sealed, binding)


@given(keys, st.binary(max_size=100), bindings, bindings)
def test_no_other_place_opens(
    key: bytes, plaintext: bytes, binding: Binding, other: Binding
) -> None:
    sealed = cipher.seal(key, plaintext, binding)
    if other != binding:
        with pytest.raises(CannotOpen):
            cipher.open_sealed(key, sealed, other)


@given(bindings, texts, texts)
def test_no_two_places_are_written_alike(binding: Binding, field: str, purpose: str) -> None:
    """A letter that moves from the end of one part to the start of the next is seen."""
    other = Binding(binding.event_id, field, binding.person, purpose)
    assert (other.to_bytes() == binding.to_bytes()) == (other == binding)


@given(keys, st.binary(max_size=100), bindings, st.integers(0), st.integers(1, 255))
def test_any_byte_altered_does_not_open(
    key: bytes, plaintext: bytes, binding: Binding, where: int, mask: int
) -> None:
    altered = bytearray(cipher.seal(key, plaintext, binding))
    altered[where % len(altered)] ^= mask
    with pytest.raises(CannotOpen):
        cipher.open_sealed(key, bytes(altered), binding)


@given(keys, st.binary(max_size=200), bindings)
def test_bytes_from_anywhere_do_not_open(key: bytes, strange: bytes, binding: Binding) -> None:
    for sealed in (strange, b"\x01" + strange):
        with pytest.raises(CannotOpen):
            cipher.open_sealed(key, sealed, binding)


@given(keys, keys, st.uuids(), texts)
def test_a_wrapped_key_comes_back(master: bytes, key: bytes, person: UUID, purpose: str) -> None:
    wrapped = cipher.wrap(master, key, person, purpose)
    assert cipher.unwrap(master, wrapped, person, purpose) == key
