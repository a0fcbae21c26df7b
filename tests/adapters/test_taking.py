"""When a server takes an application: what is read from a module that has been imported."""

from __future__ import annotations

from collections.abc import Callable
from importlib import reload
from types import ModuleType

import pytest

from shopprivacy.adapters.taking import when_taken

MakeModule = Callable[[str], ModuleType]

TAKEN: list[object] = []
MODULE = """
from shopprivacy.adapters.taking import when_taken
from tests.adapters.test_taking import see

app, application, other = "an app", "an application", "another"
{}
when_taken(see)
"""


def see(taken: object) -> None:
    """Keep what is taken; refuse what is forbidden."""
    TAKEN.append(taken)
    if taken == "forbidden":
        raise ValueError(taken)


@pytest.fixture(autouse=True)
def nothing_taken() -> None:
    """Each test starts with nothing."""
    TAKEN.clear()


def test_what_is_taken_is_seen(make_module: MakeModule) -> None:
    """Under the usual names, as it is then; other names are read as ever."""
    module = make_module(MODULE.format(""))
    assert TAKEN == []
    vars(module)["application"] = "later"
    assert (module.app, module.application, module.other) == ("an app", "later", "another")
    assert TAKEN == ["an app", "later"]
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_what_is_refused_is_not_taken(make_module: MakeModule) -> None:
    """Neither by a look-up nor by an import."""
    module = make_module(MODULE.format("app = 'forbidden'"))
    with pytest.raises(ValueError, match="forbidden"):
        _ = module.app
    with pytest.raises(ValueError, match="forbidden"):
        make_module(f"from {module.__name__} import app")


def test_every_module_that_is_being_imported_is_looked_at(make_module: MakeModule) -> None:
    """A gate in a factory of another module belongs to who calls the factory."""
    factory = make_module(
        "from tests.adapters.test_taking import see, when_taken\napp = 1\ndef make():\n    when_taken(see)\n"
    )
    caller = make_module(f"from {factory.__name__} import make\nmake()\napplication = 2\n")
    assert (factory.app, caller.application) == (1, 2)
    assert TAKEN == [2]


def test_no_other_module_is_looked_at(make_module: MakeModule) -> None:
    """Called when nothing is being imported, it changes nothing."""
    module = make_module("app = 1")
    when_taken(see)
    assert type(module) is ModuleType
    assert module.app == 1
    assert TAKEN == []


def test_a_module_stays_a_module(make_module: MakeModule) -> None:
    """It can be loaded anew, and says its name as before."""
    module = make_module(MODULE.format(""))
    assert "made_module_0" in repr(module)
    assert reload(module) is module
    assert module.app == "an app"
    assert set(TAKEN) == {"an app"}


def test_other_names_may_be_asked_for(make_module: MakeModule) -> None:
    """Where a setting says what a server takes."""
    module = make_module(MODULE.format("").replace("(see)", "(see, names={'other'})"))
    assert (module.app, module.other) == ("an app", "another")
    assert TAKEN == ["another"]
