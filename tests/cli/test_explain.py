"""``shopprivacy explain``: what is printed about a cookie. What it says is tested where it is decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shopprivacy.cli import main
from tests.policy.files import DEMO, HEAD


def explain(*arguments: str, policy: Path = DEMO) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["explain", "--policy", str(policy), *arguments])


def test_a_declared_cookie() -> None:
    """Of a declared cookie the verdict comes first, then the reasons; there is nothing to paste."""
    result = explain("_ga_X1")
    assert result.exit_code == 0
    assert result.output.startswith(
        '_ga_X1: passes only with consent\n\n- It is declared in the policy as "_ga_*"'
    )
    assert "[cookies" not in result.output


def test_an_undeclared_cookie() -> None:
    """For a cookie that is not declared there are lines to paste, and every other way to declare it."""
    output = explain("_gat_UA1").output
    assert output.startswith("_gat_UA1: blocked: not declared\n")
    assert "- Google Analytics sets" in output
    assert "Names like it are declared: " in output
    assert 'declare "_gat_*" in its place' in output
    assert '[cookies._gat_UA1]\npurpose = "statistics"\nlife = "1 minute"\n' in output
    assert "Purposes with consent: advertising" in output
    assert "essential = true" not in output  # nobody asked for it


def test_a_preset() -> None:
    """A preset that declares the cookie is offered, and no purpose that visitors would have to agree to for it."""
    output = explain("csrftoken").output
    assert 'add "django" to the list presets' in output
    assert "[cookies.csrftoken]" not in output


def test_one_way_only(tmp_path: Path) -> None:
    """What there is not is not offered."""
    file = tmp_path / "privacy.toml"
    file.write_text(HEAD, encoding="utf-8")
    output = explain("debug", policy=file).output
    for words in ("Names like it", "preset", "vary", "Purposes with consent", "sets a cookie"):
        assert words not in output
    assert "[purposes" not in output
    assert 'life = "…"' in output


def test_the_likely_way_comes_first() -> None:
    """What a name says decides which lines stand first: a basket is no advertisement."""
    assert (
        0
        < explain("shop_basket").output.index("essential = true")
        < explain("shop_basket").output.index("consent, add")
    )
    assert (
        0 < explain("debug").output.index("consent, add") < explain("debug").output.index("essential = true")
    )


@pytest.mark.parametrize(("life", "status"), [("90 days", 0), ("session", 0), ("90", 2)])
def test_the_life_that_the_log_tells(life: str, status: int) -> None:
    """The log names the command with the life it saw; anything else than a term is a wrong call."""
    result = explain("debug", "--life", life)
    assert result.exit_code == status
    assert (f'life = "{life}"' in result.output) is (status == 0)


def test_a_name_that_begins_with_a_hyphen() -> None:
    """Two hyphens end the options, so that any name can be asked for."""
    assert explain("--", "-x").output.startswith("-x: blocked")


def test_strange_names() -> None:
    """A name with control characters is escaped, and a cookie without a name has one to be shown by."""
    assert explain("a\x1b[31m").output.startswith("a\\x1b[31m: blocked: no browser keeps it")
    assert explain("").output.startswith("(no name): blocked")


def test_a_value_is_never_printed() -> None:
    """Whoever pastes a whole cookie sees only its name again."""
    output = explain("_fbp=fb.1.1596403881668.secret; Path=/").output
    assert output.startswith("_fbp: passes only with consent")
    assert "secret" not in output


def test_the_default_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --policy that of the working directory is asked; where there is none, the call is wrong."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["explain", "x"]).exit_code == 2
    Path("privacy.toml").write_text(HEAD, encoding="utf-8")
    assert "add to privacy.toml" in CliRunner().invoke(main, ["explain", "x"]).output


def test_a_wrong_policy(tmp_path: Path) -> None:
    """Under a policy that is wrong nothing is explained: its problems are told, with exit status 1."""
    file = tmp_path / "privacy.toml"
    file.write_text("effective = 2026-01-01", encoding="utf-8")
    result = explain("x", policy=file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "jurisdiction: is missing" in result.stderr
