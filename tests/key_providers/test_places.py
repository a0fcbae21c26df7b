"""Where a keyset is, as a setting or an option says it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from shopprivacy.crypto import Keyset
from shopprivacy.errors import KeysetError
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.key_providers.places import changeable, key_file, key_provider
from shopprivacy.testing.samples import sample_keyset

VARIABLE = "SHOP_KEYSET"


class Provider:
    """A shop's own."""

    def load(self) -> Keyset:
        return sample_keyset()


def test_a_path_is_a_file(tmp_path: Path) -> None:
    """As text or as a path, it is read, and may be changed."""
    path = tmp_path / "keys.json"
    LocalKeyFile(path).create(sample_keyset())
    for place in (path, str(path)):
        assert key_provider(place).load().to_json() == sample_keyset().to_json()
        assert key_file(place) == path
        assert repr(changeable(place)) == repr(LocalKeyFile(path))


def test_a_variable_holds_a_keyset(monkeypatch: pytest.MonkeyPatch) -> None:
    """``env:NAME`` reads the text of a variable; its repr names the variable alone."""
    monkeypatch.setenv(VARIABLE, sample_keyset().to_json().decode())
    provider = key_provider(f"env:{VARIABLE}")
    assert provider.load().to_json() == sample_keyset().to_json()
    assert repr(provider) == f"EnvironmentKeys({VARIABLE!r})"
    assert key_provider(Path(f"env:{VARIABLE}")).load().tenant == "shop"


@pytest.mark.parametrize(
    ("text", "problem"), [(None, "is not set"), ("canary", "not JSON"), ("\udcff", "not JSON")]
)
def test_a_variable_that_holds_none(monkeypatch: pytest.MonkeyPatch, text: str | None, problem: str) -> None:
    """It is named, and what it holds is not shown."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if text is not None:
        monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(KeysetError, match=f"the variable {VARIABLE}: .*{problem}") as refusal:
        key_provider(f"env:{VARIABLE}").load()
    assert "canary" not in str(refusal.value)


def test_a_provider_is_itself() -> None:
    """A shop's own provider is used as it is; it has no file to change."""
    provider = Provider()
    assert key_provider(provider) is provider
    for place in (provider, f"env:{VARIABLE}"):
        assert key_file(place) is None
        with pytest.raises(KeysetError, match="keyset file"):
            changeable(place)


@pytest.mark.parametrize("name", ["PROVIDER", "Provider"])
def test_a_provider_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where there is only text, a provider is imported, or what makes one is called; it has no file to change."""
    monkeypatch.setitem(sys.modules, "shop_keys", ModuleType("shop_keys"))
    monkeypatch.setattr("shop_keys.PROVIDER", Provider(), raising=False)
    monkeypatch.setattr("shop_keys.Provider", Provider, raising=False)
    place = f"import:shop_keys:{name}"
    assert key_provider(place).load() is sample_keyset()
    assert repr(key_provider(place)) == f"ImportedKeys('shop_keys:{name}')"
    assert key_file(place) is None
    with pytest.raises(KeysetError, match="keyset file"):
        changeable(place)


@pytest.mark.parametrize(
    "place", ["import:", "import:nowhere_at_all:x", "import:os:nothing_like_it", "import:os"]
)
def test_a_name_of_no_provider(place: str) -> None:
    """What cannot be imported is named."""
    with pytest.raises(KeysetError, match=f"^{place}"):
        key_provider(place).load()
