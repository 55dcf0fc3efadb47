"""Personal fields open where and for whom they were sealed, and nowhere else."""

from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.journal import cipher
from domain.journal.cipher import Binding, CannotOpen

WANG = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
LI = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
VISIT = UUID("01890a5d-ac96-774b-bcce-b302099a8060")
SESSION = UUID("01890a5d-ac96-774b-bcce-b302099a8061")
PLACE = Binding(event_id=VISIT, field="details.name", person=WANG, purpose="service")
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
NAME = "王秀英".encode()
GOLDEN = (
    "0152b38f09c5ecedb9b0360643f7806dcac353e9b8e0ed752b794c3b33b36343c5a7a742aa533cad"
    "a682cf551ef069c6e1e7ad9144206b180dc185047fa8c5c6d31d50c97a90b56dfcb74cb6572de803"
    "eea143622de37728386ff6a88b"
)
GOLDEN_WRAPPED = (
    "01b030473470b5f9321eef5b05c7689575fca9f80c3c4845aae3067449134e0fe10672d009216526"
    "72a55b9df11bd728d67e9514335f9083d5482e81c74901d0d42d75922d67d6458425b4807fffa682"
    "59995396cf1b5c967b1d7bd79f"
)
GOLDEN_DIGEST = "43ddc394e7dd449b862ef8c1c57df26c1d3e8ba7fb96914b9b4016e18e578c2d"


def test_a_name_opens_where_it_was_sealed() -> None:
    assert cipher.open_sealed(KEY, cipher.seal(KEY, NAME, PLACE), PLACE) == NAME


def test_sealing_twice_shows_nothing_in_common() -> None:
    one, other = cipher.seal(KEY, NAME, PLACE), cipher.seal(KEY, NAME, PLACE)
    assert one[:1] == other[:1] == b"\x01"
    assert one[1:33] != other[1:33]
    assert one[33:45] != other[33:45]
    assert one[45:] != other[45:]


def test_a_short_name_and_a_long_one_are_sealed_to_the_same_length() -> None:
    sealed = [cipher.seal(KEY, b"x" * length, PLACE) for length in (0, 6, 31)]
    assert {len(each) for each in sealed} == {1 + 32 + 12 + 32 + 16}
    assert len(cipher.seal(KEY, b"x" * 32, PLACE)) == 1 + 32 + 12 + 64 + 16


@pytest.mark.parametrize("plaintext", [b"", b"\x80", b"\x00", b"\x80\x00\x00", b"\x00" * 32])
def test_a_text_that_looks_like_padding_comes_back_whole(plaintext: bytes) -> None:
    assert cipher.open_sealed(KEY, cipher.seal(KEY, plaintext, PLACE), PLACE) == plaintext


def test_another_persons_key_does_not_open() -> None:
    with pytest.raises(CannotOpen) as refusal:
        cipher.open_sealed(OTHER_KEY, cipher.seal(KEY, NAME, PLACE), PLACE)
    assert refusal.value.code == "cannot-open"


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, event_id=SESSION),
        replace(PLACE, field="details.telephone"),
        replace(PLACE, person=LI),
        replace(PLACE, purpose="identity"),
        Binding(event_id=WANG, field="details.name", person=VISIT, purpose="service"),
    ],
)
def test_a_field_moved_elsewhere_does_not_open(elsewhere: Binding) -> None:
    with pytest.raises(CannotOpen):
        cipher.open_sealed(KEY, cipher.seal(KEY, NAME, PLACE), elsewhere)


def test_every_byte_of_a_sealed_field_counts() -> None:
    sealed = cipher.seal(KEY, NAME, PLACE)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(CannotOpen):
            cipher.open_sealed(KEY, bytes(altered), PLACE)


def test_a_sealed_field_cut_short_or_drawn_out_does_not_open() -> None:
    sealed = cipher.seal(KEY, NAME, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            cipher.open_sealed(KEY, sealed[:length], PLACE)
    with pytest.raises(CannotOpen):
        cipher.open_sealed(KEY, sealed + b"\x00", PLACE)


def test_a_key_that_is_not_the_committed_one_is_refused_even_where_gcm_accepts() -> None:
    committed, forged = cipher.seal(KEY, NAME, PLACE), cipher.seal(OTHER_KEY, b"forged", PLACE)
    nonce = forged[33:45]
    encryption_key, own_commitment = cipher._derived(OTHER_KEY, nonce, PLACE.to_bytes())
    _, commitment = cipher._derived(KEY, nonce, PLACE.to_bytes())
    two_faced = b"\x01" + commitment + forged[33:]

    assert AESGCM(encryption_key).decrypt(nonce, two_faced[45:], PLACE.to_bytes())
    assert commitment != own_commitment
    with pytest.raises(CannotOpen):
        cipher.open_sealed(OTHER_KEY, two_faced, PLACE)
    with pytest.raises(CannotOpen):
        cipher.open_sealed(KEY, two_faced, PLACE)
    assert cipher.open_sealed(KEY, committed, PLACE) == NAME


def test_a_commitment_that_matches_does_not_spare_the_tag() -> None:
    sealed = cipher.seal(KEY, NAME, PLACE)
    with pytest.raises(CannotOpen):
        cipher.open_sealed(KEY, sealed[:-16] + bytes(16), PLACE)


def test_sealed_bytes_of_the_first_version_open_for_ever() -> None:
    assert cipher.open_sealed(KEY, bytes.fromhex(GOLDEN), PLACE) == NAME
    assert cipher.unwrap(KEY, bytes.fromhex(GOLDEN_WRAPPED), WANG, "service") == OTHER_KEY


def test_a_person_key_comes_back_out_of_its_wrapping() -> None:
    wrapped = cipher.wrap(KEY, OTHER_KEY, WANG, "service")
    assert OTHER_KEY not in wrapped
    assert cipher.unwrap(KEY, wrapped, WANG, "service") == OTHER_KEY


@pytest.mark.parametrize(
    ("master_key", "person", "purpose"),
    [(OTHER_KEY, WANG, "service"), (KEY, LI, "service"), (KEY, WANG, "identity")],
)
def test_a_wrapping_opens_for_its_own_person_and_purpose_only(
    master_key: bytes, person: UUID, purpose: str
) -> None:
    with pytest.raises(CannotOpen):
        cipher.unwrap(master_key, cipher.wrap(KEY, OTHER_KEY, WANG, "service"), person, purpose)


def test_a_wrapping_and_a_field_are_never_taken_for_each_other() -> None:
    with pytest.raises(CannotOpen):
        cipher.open_sealed(KEY, cipher.wrap(KEY, OTHER_KEY, WANG, "service"), PLACE)
    with pytest.raises(CannotOpen):
        cipher.unwrap(KEY, cipher.seal(KEY, NAME, PLACE), WANG, "service")


def test_new_keys_differ() -> None:
    keys = {cipher.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


def test_a_digest_finds_the_same_number_and_no_other() -> None:
    number = b"11010519491231002X"
    found = cipher.digest(KEY, "id-number", number)
    assert len(found) == 32
    assert cipher.digest(KEY, "id-number", number) == found
    others = [
        cipher.digest(KEY, "id-number", b"110105194912310021"),
        cipher.digest(KEY, "telephone", number),
        cipher.digest(OTHER_KEY, "id-number", number),
        cipher.digest(KEY, "id-numbe", b"r" + number),
    ]
    assert found not in others
    assert len(set(others)) == len(others)


def test_a_digest_stays_what_it_was() -> None:
    assert cipher.digest(KEY, "id-number", b"11010519491231002X").hex() == GOLDEN_DIGEST


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_a_programming_error(length: int) -> None:
    key = bytes(length)
    with pytest.raises(ValueError, match="32 bytes"):
        cipher.seal(key, NAME, PLACE)
    with pytest.raises(ValueError, match="32 bytes"):
        cipher.open_sealed(key, cipher.seal(KEY, NAME, PLACE), PLACE)
    with pytest.raises(ValueError, match="32 bytes"):
        cipher.wrap(KEY, key, WANG, "service")
    with pytest.raises(ValueError, match="32 bytes"):
        cipher.digest(key, "id-number", NAME)
