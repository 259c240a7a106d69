"""Sealed values open only with their key, in their field, undamaged; the keyed hash finds equal values however written."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from bihuan.vault import ciphers, keyed_hash, keys, seal, unseal
from bihuan.vault.errors import CannotOpen, KeysExposed, NoKeys
from bihuan.vault.sealing import is_stale, key_id, normal

TEXT = st.text(max_size=40)


@pytest.fixture
def own_keys(tmp_path: Path, settings: object) -> Iterator[Path]:
    """A folder of keys of this test's own, empty at first."""
    settings.KEYS = tmp_path / "keys"  # type: ignore[attr-defined]
    return settings.KEYS  # type: ignore[attr-defined, no-any-return]


@given(TEXT)
def test_what_is_sealed_opens_again_and_shows_nothing(text: str) -> None:
    sealed = seal(text, field="contact.name")
    assert unseal(sealed, field="contact.name") == text
    assert unseal(memoryview(sealed), field="contact.name") == text
    assert seal(text, field="contact.name") != sealed
    if len(text.encode()) > 4:
        assert text.encode() not in sealed


def test_it_opens_in_its_own_field_only() -> None:
    sealed = seal("王小明", field="contact.name")
    with pytest.raises(CannotOpen):
        unseal(sealed, field="contact.address")


@given(TEXT, st.data())
def test_any_changed_byte_is_noticed(text: str, data: st.DataObject) -> None:
    sealed = bytearray(seal(text, field="f"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        unseal(bytes(sealed), field="f")


@pytest.mark.parametrize("stump", [b"", b"\x01", b"\x01\x00\x01", b"\x01\x00\x01" + b"0" * 12])
def test_a_stump_does_not_open(stump: bytes) -> None:
    with pytest.raises(CannotOpen):
        unseal(stump, field="f")


def test_the_key_file_is_its_owners_alone_and_never_overwritten(own_keys: Path) -> None:
    with pytest.raises(NoKeys):
        seal("x", field="f")
    assert keys.create()
    file = own_keys / "vault.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(own_keys.stat().st_mode) == 0o700
    before = file.read_bytes()
    assert not keys.create()
    assert file.read_bytes() == before
    assert sorted(path.name for path in own_keys.iterdir()) == ["vault.json"]


def test_a_key_file_that_others_can_read_is_refused(own_keys: Path) -> None:
    keys.create()
    (own_keys / "vault.json").chmod(0o640)
    with pytest.raises(KeysExposed):
        seal("x", field="f")


def test_a_file_that_is_no_key_file_is_refused(own_keys: Path) -> None:
    own_keys.mkdir()
    (own_keys / "vault.json").write_text("{}")
    (own_keys / "vault.json").chmod(0o600)
    with pytest.raises(NoKeys):
        seal("x", field="f")


@pytest.mark.usefixtures("own_keys")
def test_keys_change_while_serving() -> None:
    keys.create()
    old, hashed = seal("13800001111", field="f"), keyed_hash("13800001111", "phone")
    assert keys.add_key() == 2
    new = seal("13800001111", field="f")
    assert (key_id(old), key_id(new)) == (1, 2)
    assert is_stale(old)
    assert not is_stale(new)
    assert unseal(old, field="f") == unseal(new, field="f") == "13800001111"
    assert keyed_hash("13800001111", "phone") == hashed
    with pytest.raises(ValueError, match="in use"):
        keys.drop_key(2)
    keys.drop_key(1)
    assert unseal(new, field="f") == "13800001111"
    with pytest.raises(CannotOpen):
        unseal(old, field="f")


@pytest.mark.parametrize(
    ("kind", "ways"),
    [
        ("phone", ["13800001111", "138 0000 1111", "138-0000-1111", "+86 138 0000 1111", "008613800001111"]),
        ("phone", ["13800001111", "013800001111", "138００００1111"]),
        ("phone", ["0730-2221234", "(0730) 2221234", "07302221234"]),
        ("id_no", ["43062419900307123X", "43062419900307123x", "430624 19900307 123x"]),
        ("name", ["阿依古丽·买买提", "阿依古丽•买买提", " 阿依古丽 买买提 "]),
        ("email", ["Li@Example.org", " li@example.org"]),
        ("code", ["ABCD-EFGH", "abcd efgh", "ＡＢＣＤ-EFGH"]),
    ],
)  # fmt: skip
def test_ways_of_writing_one_value_have_one_hash(kind: str, ways: list[str]) -> None:
    assert len({keyed_hash(way, kind) for way in ways}) == 1  # type: ignore[arg-type]


def test_other_values_and_other_kinds_have_other_hashes() -> None:
    assert keyed_hash("13800001111", "phone") != keyed_hash("13800001112", "phone")
    assert keyed_hash("13800001111", "phone") != keyed_hash("13800001111", "code")
    assert normal("01087654321", "phone") == "01087654321"


@pytest.mark.usefixtures("own_keys")
def test_the_hash_needs_the_key() -> None:
    keys.create()
    first = keyed_hash("13800001111", "phone")
    keys.key_file().unlink()
    keys.create()
    assert keyed_hash("13800001111", "phone") != first


SM4_EXAMPLE = {  # RFC 8998, A.1: SM4-GCM
    "key": "0123456789ABCDEFFEDCBA9876543210",
    "nonce": "00001234567800000000ABCD",
    "bound": "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
    "text": "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    "sealed": "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D",
    "tag": "83DE3541E4C2B58177E065A9BF7B62EC",
}


def test_sm4_is_the_published_one() -> None:
    """The example of RFC 8998, computed by others."""
    key, nonce, bound, text, sealed, tag = (bytes.fromhex(SM4_EXAMPLE[name]) for name in SM4_EXAMPLE)
    assert ciphers.sealer("sm4", key).encrypt(nonce, text, bound) == sealed + tag
    assert ciphers.sealer("sm4", key).decrypt(nonce, sealed + tag, bound) == text
    with pytest.raises(InvalidTag):
        ciphers.sealer("sm4", key).decrypt(nonce, sealed + tag, bound + b"x")


def test_a_place_goes_over_to_sm4_and_what_was_sealed_before_opens(own_keys: Path) -> None:
    """Values of both ciphers lie side by side; each opens with its own, and none passes for the other's."""
    keys.create()
    before = seal("王小明", field="f")
    number = keys.add_key(cipher="sm4")
    after = seal("王小明", field="f")
    assert (before[:1], after[:1]) == (b"\x01", b"\x02")
    assert (key_id(after), is_stale(before), is_stale(after)) == (number, True, False)
    assert unseal(before, field="f") == unseal(after, field="f") == "王小明"
    for sealed in (b"\x01" + after[1:], b"\x02" + before[1:], after[:-1] + bytes([after[-1] ^ 1]), after[:20]):
        with pytest.raises(CannotOpen):
            unseal(sealed, field="f")
    with pytest.raises(CannotOpen):
        unseal(after, field="g")


def test_the_profile_makes_keys_of_sm4(own_keys: Path, settings: object) -> None:
    settings.PROFILE = "gbt22239-3"  # type: ignore[attr-defined]
    keys.create()
    assert seal("x", field="f")[:1] == b"\x02"
    assert unseal(seal("x", field="f"), field="f") == "x"


def test_a_key_of_the_wrong_length_is_said(own_keys: Path) -> None:
    keys.create(cipher="sm4")
    path = own_keys / "vault.json"
    path.write_text(path.read_text().replace('"sm4"', '"aes"'))
    with pytest.raises(NoKeys, match="32 bytes"):
        seal("x", field="f")


def test_keys_added_at_once_are_all_kept(own_keys: Path) -> None:
    """Of two changes of the file at once, neither writes the other's key away: what was sealed with it would never open."""
    keys.create()
    with ThreadPoolExecutor(8) as several:
        numbers = list(several.map(lambda _: keys.add_key(), range(24)))
    assert sorted(numbers) == list(range(2, 26))
    assert sorted(keys.keys().ciphers) == list(range(1, 26))


def test_without_waiting_for_each_other_keys_are_lost(own_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a key added between another's reading and writing is written away, and what it sealed opens no more."""
    keys.create()
    right, sealed = keys._content, []

    def read_and_interrupted(path: Path) -> Any:
        content = right(path)
        if not sealed:
            sealed.append(b"")
            keys.add_key()
            sealed.append(seal("王小明", field="f"))
        return content

    monkeypatch.setattr(keys, "_alone", lambda _path: nullcontext())
    monkeypatch.setattr(keys, "_content", read_and_interrupted)
    assert keys.add_key() == key_id(sealed[1]) == 2
    with pytest.raises(CannotOpen):
        unseal(sealed[1], field="f")
