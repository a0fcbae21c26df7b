"""``shopprivacy init``: whatever is answered, the policy that comes out passes ``shopprivacy check``."""

from __future__ import annotations

import re
import stat
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.cli import main
from shopprivacy.cli.first_policy import FRAMEWORK_PRESETS, Answers, policy_text
from shopprivacy.cli.init import default_keys, make_keys, write_policy
from shopprivacy.cli.next_steps import LINES
from shopprivacy.jurisdiction import jurisdictions
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.policy import load
from shopprivacy.policy.presets import PRESETS
from tests.cli.first import ANSWERS, FLAGS, REQUIRED
from tests.policy.files import loaded

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, in which no keys lie, and a working directory beside it."""
    home = tmp_path / "home"
    shop = tmp_path / "my shop"
    shop.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "SHOPPRIVACY_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(shop)
    return home


def init(*arguments: str | Path, answers: str | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["init", *map(str, arguments)], input=answers)


def check(file: Path) -> Result:
    """Run ``shopprivacy check``."""
    return CliRunner().invoke(main, ["check", str(file)])


# What is written


def test_policy_and_keys() -> None:
    """Without questions a policy is written, and a keyset for its owner's eyes only, outside the shop's folder."""
    result = init("--yes", *REQUIRED)
    assert result.exit_code == 0, result.output
    assert check(Path("privacy.toml")).exit_code == 0
    keys = default_keys(Path())
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert LocalKeyFile(keys).load().tenant == "shop"
    assert not keys.is_relative_to(Path.cwd())
    assert "Warning" not in result.output


def test_who_hosts_the_shop_is_left_to_write_down() -> None:
    """Check tells it as accepted, and once a processor is named it says that the acceptance is stale."""
    assert init("--yes", *REQUIRED).exit_code == 0
    file = Path("privacy.toml")
    assert "  accepted: no-recipients at recipients: not written down yet" in check(file).output
    host = '[recipients.host]\nrole = "processor"\nfor = ["orders"]\ncountry = "NL"\nagreement = 2018-05-25\n'
    file.write_text(file.read_text(encoding="utf-8") + host, encoding="utf-8")
    assert "warning stale-acceptance" in check(file).output


@given(
    lines=st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=30)] * 2),
    email=st.one_of(st.emails(), st.text(max_size=12)),
    country=st.sampled_from([*jurisdictions()]),
    languages=st.lists(st.sampled_from(["nl", "fr", "de", "en"]), min_size=1, unique=True),
    framework=st.sampled_from([*FRAMEWORK_PRESETS]),
    mode=st.sampled_from(["report", "enforce"]),
    flags=st.tuples(*[st.booleans()] * len(FLAGS)),
)
def test_any_answers_pass_check(
    lines: tuple[str, str],
    email: str,
    country: str,
    languages: list[str],
    framework: str,
    mode: str,
    flags: tuple[bool, ...],
) -> None:
    """Whatever is answered either is refused as a wrong call or gives a policy that says it and passes check."""
    shop, address = lines
    given_flags = [f"--{'' if on else 'no-'}{flag}" for flag, on in zip(FLAGS, flags, strict=True)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "privacy.toml"
        result = init(
            *["--yes", "--directory", folder, "--keys", f"{folder}/keys/k.json", *given_flags],
            *[f"--shop={shop}", f"--address={address}", f"--email={email}", f"--jurisdiction={country}"],
            *[f"--languages={','.join(languages)}", f"--framework={framework}", f"--mode={mode}"],
        )
        assert result.exit_code in {0, 2}, result.output
        assert file.exists() is (result.exit_code == 0)
        if result.exit_code:
            return
        assert check(file).exit_code == 0, check(file).output
        policy = load(file)
        assert policy.controller.name == shop.strip()
        assert policy.controller.address == address.strip()
        assert policy.languages == tuple(languages)
        assert policy.mode.cookies == mode
        assert [flag in policy.purposes for flag in FLAGS] == list(flags)
        preset = FRAMEWORK_PRESETS[framework]
        assert policy.cookies.keys() == (PRESETS[preset].keys() if preset else set())


@pytest.mark.parametrize("country", [*jurisdictions()])
def test_every_country_and_choice(country: str, tmp_path: Path) -> None:
    """Every country with every set of purposes gives a valid policy with the country's own tax term and law."""
    for chosen in product([True, False], repeat=len(FLAGS)):
        answers = Answers(**{**ANSWERS, "jurisdiction": country, **dict(zip(FLAGS, chosen, strict=True))})
        policy = loaded(tmp_path, policy_text(answers, date(2026, 1, 1), "./schema.json"))
        facts = jurisdictions()[country]
        assert str(policy.purposes["accounting"].keep) == f"{facts.tax_term} after fiscal_year_end"
        assert policy.purposes["accounting"].law == facts.sources["tax_term"]
        asked = [flag for flag, on in zip(FLAGS, chosen, strict=True) if on and flag != "newsletter"]
        assert policy.asked_in_browser() == tuple(asked)
        assert policy.asked_in_account() == (("newsletter",) if chosen[-1] else ())


@pytest.mark.parametrize("on", [True, False])
def test_the_examples_in_comments_are_valid(on: bool, tmp_path: Path) -> None:
    """Whoever takes the comment signs away from the examples has a valid policy with one recipient more."""
    answers = Answers(**{**ANSWERS, **dict.fromkeys(FLAGS, on)})
    text = policy_text(answers, date(2026, 1, 1), "./schema.json")
    policy = loaded(tmp_path, re.sub(r"^# (?=\[|[a-z]+ +=)", "", text, flags=re.MULTILINE))
    assert policy.recipients.keys() == {"carrier"}
    assert "cart" in policy.cookies
    assert ("_ga_*" in policy.cookies) is on


def test_it_holds_from_today(tmp_path: Path) -> None:
    """The policy holds from the day it is written."""
    write_policy(tmp_path / "privacy.toml", Answers(**ANSWERS), NOW)
    assert load(tmp_path / "privacy.toml").effective == NOW.astimezone().date()


def test_the_schema_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leads editors to the schema where the library lies below the policy; a machine's own path is not shared."""
    write_policy(tmp_path / "a.toml", Answers(**ANSWERS), NOW)
    assert "#:schema" not in (tmp_path / "a.toml").read_text(encoding="utf-8")
    package = tmp_path / "venv" / "policy"
    package.mkdir(parents=True)
    monkeypatch.setattr("shopprivacy.cli.init.files", lambda _: package)
    write_policy(tmp_path / "b.toml", Answers(**ANSWERS), NOW)
    first = (tmp_path / "b.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "#:schema ./venv/policy/privacy.schema.json"


# Questions


def test_questions() -> None:
    """What is not given is asked; an answer that cannot be used is asked again; defaults hang on answers before."""
    replies = ["Winkel", "Straat 1", "nonsense", "a@shop.example", "be", "", "flask", "", "y", "", "n", "y"]
    result = init(answers="\n".join(replies) + "\n")
    assert result.exit_code == 0, result.output
    assert 'Error: "nonsense" is not an e-mail address' in result.output
    policy = load("privacy.toml")
    assert (policy.jurisdiction, policy.languages) == ("BE", ("nl", "fr", "de", "en"))
    assert (policy.presets, policy.mode.cookies) == (("flask",), "report")
    assert [flag in policy.purposes for flag in FLAGS] == [True, False, False, True]


def test_given_options_are_not_asked() -> None:
    """An option answers its question."""
    result = init(*REQUIRED, "--framework=other", "--mode=enforce", answers="\n" * 5)
    assert result.exit_code == 0, result.output
    assert "Legal name" not in result.output
    assert "Languages of your customers [nl,en]" in result.output


def test_nobody_answers() -> None:
    """Where the input ends before the questions do, nothing is written."""
    result = init(*REQUIRED, answers="")
    assert result.exit_code == 1
    assert not Path("privacy.toml").exists()
    assert not default_keys(Path()).exists()


def test_yes_needs_what_nobody_can_guess() -> None:
    """Without questions the texts of the controller and the country must be given; all missing ones are named."""
    result = init("--yes", "--shop=Winkel")
    assert result.exit_code == 2
    assert "--address, --email, --jurisdiction must be given" in result.output


@pytest.mark.parametrize(
    "wrong",
    [
        "--email=nobody",
        "--email=a\x7f@b.nl",
        "--shop= ",
        "--shop=a\nb",
        "--languages=nl,es",
        "--languages=,",
        "--mode=x",
    ],
)
def test_wrong_options(wrong: str) -> None:
    """An option that cannot be used is a wrong call, and nothing is written."""
    assert init("--yes", *REQUIRED, wrong).exit_code == 2
    assert not Path("privacy.toml").exists()


# Nothing is overwritten


def test_nothing_is_overwritten() -> None:
    """A second run writes nothing and says why."""
    init("--yes", *REQUIRED)
    files = [Path("privacy.toml"), default_keys(Path())]
    before = [file.read_bytes() for file in files]
    result = init("--yes", *REQUIRED)
    assert result.exit_code == 1
    assert "nothing is overwritten" in result.output
    assert [file.read_bytes() for file in files] == before


def test_only_the_keys_are_missing() -> None:
    """Beside a policy that stands already only the keyset is made, and nothing is asked: a colleague's first day."""
    Path("privacy.toml").write_text("effective = 2026-01-01", encoding="utf-8")
    result = init()
    assert result.exit_code == 0, result.output
    assert "kept  privacy.toml" in result.output
    assert default_keys(Path()).exists()
    assert Path("privacy.toml").read_text(encoding="utf-8") == "effective = 2026-01-01"


def test_a_keyset_that_is_named_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyset that is there is kept where the option or the environment names it as this shop's."""
    keys = Path("../shop-keys.json")
    make_keys(keys, NOW)
    before = keys.read_bytes()
    monkeypatch.setenv("SHOPPRIVACY_KEYS", str(keys))
    result = init("--yes", *REQUIRED)
    assert result.exit_code == 0, result.output
    assert f"kept  {keys}" in result.output
    assert keys.read_bytes() == before


@pytest.mark.parametrize("place", ["env:SHOP_KEYS", "import:shop.keys:Vault"])
def test_a_keyset_that_is_in_no_file(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider is named by that, and no file: none of that name is made, and no policy."""
    monkeypatch.setenv("SHOPPRIVACY_KEYS", place)
    refused = init("--yes", *REQUIRED)
    assert (refused.exit_code, "unset SHOPPRIVACY_KEYS" in refused.output) == (2, True)
    assert list(Path.cwd().iterdir()) == []


def test_a_keyset_of_another_shop() -> None:
    """A keyset at the place that nobody named may be another shop's: it is not taken."""
    make_keys(default_keys(Path()), NOW)
    result = init("--yes", *REQUIRED)
    assert result.exit_code == 1
    assert "name the keyset of this shop with --keys" in result.output
    assert not Path("privacy.toml").exists()


def test_a_keyset_that_others_may_read() -> None:
    """A keyset that cannot be used is an error, told as one message."""
    keys = Path("../shop-keys.json")
    make_keys(keys, NOW)
    keys.chmod(0o644)
    result = init("--yes", *REQUIRED, "--keys", keys)
    assert result.exit_code == 1
    assert "others than its owner may use it" in result.output


def test_keys_beside_the_policy() -> None:
    """Keys in the policy's folder are made where asked for, with a warning."""
    result = init("--yes", *REQUIRED, "--keys", "privacy-keys.json")
    assert result.exit_code == 0
    assert "Keep it out of version control" in result.stderr


def test_a_place_that_cannot_be_written() -> None:
    """Where a folder cannot be made, one message says so."""
    Path("file").touch()
    result = init("--yes", *REQUIRED, "--directory", "new", "--keys", "file/keys.json")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: file")


def test_the_name_of_the_keyset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyset is called after the shop's folder, made safe for a file's name."""
    monkeypatch.setattr(click, "get_app_dir", lambda _: "/config")
    assert default_keys(Path()) == Path("/config/my_shop-keys.json")
    assert default_keys(Path("/")) == Path("/config/shop-keys.json")


# What is printed


def test_no_secret_is_printed() -> None:
    """Nothing of the keyset's content is printed."""
    output = init("--yes", *REQUIRED).output
    secrets = re.findall(r'"([A-Za-z0-9_=-]{32,})"', default_keys(Path()).read_text(encoding="utf-8"))
    assert secrets
    assert not [secret for secret in secrets if secret in output]


@pytest.mark.parametrize("framework", [*FRAMEWORK_PRESETS])
def test_the_next_steps(framework: str) -> None:
    """The next steps name the keys, the lines for the framework and the check of this policy."""
    result = init("--yes", *REQUIRED, "--framework", framework, "--directory", "my policy")
    assert result.exit_code == 0, result.output
    assert f"export SHOPPRIVACY_KEYS={default_keys(Path('my policy'))}" in result.output
    assert "shopprivacy check 'my policy/privacy.toml'" in result.output
    assert '"my policy/privacy.toml"' in result.output


@pytest.mark.parametrize("framework", [*FRAMEWORK_PRESETS])
def test_the_lines_for_a_framework_work(framework: str) -> None:
    """What is to be pasted is Python, and everything it imports is there."""
    code = LINES[framework].format(policy='"privacy.toml"')
    compile(code, framework, "exec")
    imports = [line for line in code.splitlines() if line.startswith("from ")]
    assert imports
    exec("\n".join(imports), {})
