"""Rules about the shop's own texts, in four languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopprivacy.lint.rules_texts import FACTS, PHRASES, default
from shopprivacy.policy.texts import LANGUAGES, default_texts, placeholders
from tests.lint.cases import Policy
from tests.policy.files import HEAD

ALL = HEAD.replace('["nl", "en"]', '["nl", "fr", "de", "en"]')


def found(text: str, language: str, folder: Path) -> list[str]:
    """What is found in one sentence."""
    policy = Policy(head=ALL, texts={language: f"[ui]\nno_cookies = '''{text}'''\n"})
    return [finding.id for finding in policy.checked(folder).findings]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Door gebruik te maken van deze website geeft u aan, het privacy beleid te accepteren"),
        ("nl", "Door verder gebruik van onze site gaat u akkoord met cookies."),
        ("nl", "U stemt in met cookies door verder te surfen."),
        ("fr", "En poursuivant votre navigation sur ce site, vous acceptez les cookies."),
        ("fr", "Vous acceptez nos cookies en continuant."),
        ("de", "Durch die weitere Nutzung der Website stimmen Sie zu."),
        ("de", "Sie stimmen zu, wenn Sie weiter surfen."),
        ("en", "By continuing to use this site you agree to our policy."),
        ("en", "You consent to cookies by browsing."),
        ("nl", "Door deze site te gebruiken, aanvaardt u dit beleid."),
        ("nl", "Door op onze website te blijven surfen stemt u in met cookies."),
        ("nl", "Wie verder surft, gaat akkoord."),
        ("nl", "Als u op deze website blijft, gaat u akkoord."),
        ("fr", "En poursuivant votre navigation, vous acceptez l'utilisation de cookies."),
        ("fr", "En utilisant nos services, vous acceptez cette politique."),
        ("fr", "Si vous continuez à utiliser ce site, nous considérons que vous acceptez."),
        ("fr", "L’utilisation de ce site vaut acceptation."),
        ("de", "Durch die weitere Nutzung unserer Dienste stimmen Sie zu."),
        ("de", "Wenn Sie auf dieser Website bleiben, stimmen Sie zu."),
        ("de", "Wer weiter surft, akzeptiert unsere Regeln."),
        ("de", "Die Nutzung dieser Website gilt als Einwilligung."),
        ("en", "If you continue to use this site we will assume that you are happy with it."),
        ("en", "If you stay on our website, you hereby accept cookies."),
        ("en", "Your continued use of this website constitutes acceptance."),
        ("en", "By using our services you agree. It does not matter how."),
    ],
)
def test_consent_by_browsing(tmp_path: Path, language: str, text: str) -> None:
    """Sentences that take use of the site for consent are found in each language."""
    assert found(text, language, tmp_path) == ["consent-by-browsing"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "via bovenstaande contactgegevens"),
        ("nl", "Wij zullen de ingangsdatum aan het einde van dit gedeelte aanpassen."),
        ("nl", "Zie de tabel hieronder."),
        ("fr", "Voir les coordonnées ci-dessus."),
        ("de", "Siehe oben."),
        ("en", "See the address below."),
        ("en", "The date is at the end of this section."),
    ],
)
def test_dangling_references(tmp_path: Path, language: str, text: str) -> None:
    """Sentences that point at what stands elsewhere are found in each language."""
    assert found(text, language, tmp_path) == ["dangling-reference"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "U kunt deze website gebruiken zonder cookies te accepteren"),
        ("nl", "Wij vragen toestemming. U kunt die altijd intrekken."),
        ("fr", "Vous pouvez utiliser ce site sans accepter de cookies."),
        ("de", "Sie können diese Website ohne Einwilligung nutzen."),
        ("en", "You can use this site. We ask for your consent first."),
        ("en", "You can agree or refuse; using the shop needs neither"),
        ("nl", "U kunt op deze website blijven zonder akkoord te gaan."),
        ("nl", "Als u verder surft zonder te kiezen, gaat u nergens mee akkoord."),
        ("nl", "Door deze site te gebruiken gaat u niet akkoord."),
        ("fr", "Vous pouvez continuer à utiliser ce site sans accepter."),
        ("fr", "Si vous continuez à naviguer, vous n’acceptez rien."),
        ("fr", "En poursuivant votre navigation, vous n'acceptez rien."),
        ("nl", "Als u op deze website blijft, stemt u daarmee niet in met cookies."),
        ("nl", "Door verder gebruik van onze site accepteert u niets."),
        ("de", "Durch die weitere Nutzung stimmen Sie nicht zu."),
        ("de", "Sie können diese Website weiter nutzen, ohne zuzustimmen."),
        ("de", "Wenn Sie weiter surfen, stimmen Sie keinen Cookies zu."),
        ("en", "You can continue to use this site without accepting."),
        ("en", "If you continue to use this site, we ask for your consent first."),
        ("en", "Using our shop doesn't mean that you accept cookies."),
        ("en", "Your use of this website does not constitute consent."),
        ("nl", "Als u verder surft, vragen wij eerst uw akkoord."),
        ("nl", "Als u op de hoogte blijft van acties, stemt u daarmee in."),
        ("fr", "Si vous restez client, vous acceptez nos conditions."),
        ("de", "Wenn Sie unsere Website besuchen, können Sie Cookies akzeptieren."),
        ("de", "Wenn Sie den Newsletter weiter erhalten wollen, stimmen Sie im Konto zu."),
        ("en", "When you use our services, you can accept cookies in the banner."),
        ("en", "If you stay on this site, you can accept cookies in the banner."),
        ("en", "If you use a coupon, you agree that it lapses."),
    ],
)
def test_honest_sentences_pass(tmp_path: Path, language: str, text: str) -> None:
    """Sentences that speak of the same things and mean the opposite are left alone."""
    assert found(text, language, tmp_path) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_texts_pass(tmp_path: Path, language: str) -> None:
    """Whoever copies every shipped text into a file of their own has no finding."""
    shipped = default_texts(language)
    lines = ["[purposes.statistics]", f"explanation = '''{shipped.purpose('statistics').explanation}'''"]
    for section in ("bases", "decision", "statement", "units", "events", "dates", "ui"):
        lines.append(f"[{section}]")
        lines += [f"{key} = '''{text}'''" for key, text in getattr(shipped, section).items()]
    policy = Policy(head=ALL, texts={language: "\n".join(lines)})
    assert policy.checked(tmp_path).findings == ()
    assert set(PHRASES) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("place", "facts"), FACTS.items())
def test_every_fact_is_shipped(language: str, place: tuple[str, str], facts: frozenset[str]) -> None:
    """The words in braces that may not be dropped are there in the shipped text of every language."""
    assert facts <= placeholders(default(language, *place))


@pytest.mark.parametrize(
    ("section", "key", "text", "ids"),
    [
        ("statement", "keep", "Wij bewaren uw gegevens een redelijke termijn.", ["dropped-fact"]),
        ("statement", "keep", "Tot {keep}.", []),
        ("statement", "consent", "Alleen als u dat wilt.", []),
        ("ui", "effective", "Onlangs gewijzigd.", ["dropped-fact"]),
        ("ui", "complaint", "Bel {name}.", []),
        ("statement", "keep", "Tot {keep", ["invalid", "dropped-fact"]),
        ("statement", "keep", "{nope}", ["invalid", "dropped-fact"]),
    ],
)
def test_facts(tmp_path: Path, section: str, key: str, text: str, ids: list[str]) -> None:
    """A sentence that is there to tell a date, a law, an interest or a term still tells it."""
    policy = Policy(texts={"nl": f'[{section}]\n{key} = "{text}"\n'})
    told = [finding.id for finding in policy.checked(tmp_path).findings]
    assert told == ids[:1]


@pytest.mark.parametrize(
    ("name", "email", "sites", "text", "two"),
    [
        ("onto object bvba", "info@softcactus.be", "[]", "Mails van Soft Cactus", True),
        ("onto object bvba", "info@softcactus.be", "[]", "Mails van soft-cactus", True),
        ("onto object bvba", "info@softcactus.be", "[]", "Schrijf naar info@softcactus.be", False),
        ("onto object bvba", "info@softcactus.be", "[]", "Op www.softcactus.be staat meer", False),
        ("onto object bvba (Soft Cactus)", "info@softcactus.be", "[]", "Mails van Soft Cactus", False),
        ("Soft", "info@softcactus.be", "[]", "Mails van Soft Cactus", False),
        ("onto object bvba", "info@mail.example", '["www.soft-cactus.be"]', "Mails van Soft Cactus", True),
        ("onto object bvba", "info@bol.be", "[]", "Mails van bol", False),
        ("onto object bvba", "info@localhost", "[]", "Mails van localhost", False),
    ],
)
def test_two_names(tmp_path: Path, name: str, email: str, sites: str, text: str, two: bool) -> None:
    """The shop's domain tells its other name, which a text may not use unless the controller bears it."""
    head = HEAD.replace('"Shop"', f'"{name}"').replace("privacy@shop.example", email) + f"sites = {sites}\n"
    policy = Policy(head=head, texts={"nl": f'[ui]\nno_cookies = "{text}"\n'})
    findings = [(finding.id, finding.path) for finding in policy.checked(tmp_path).findings]
    assert findings == [("two-names", "privacy.nl.toml: ui.no_cookies")] * two


def test_a_controller_without_email_has_one_name(tmp_path: Path) -> None:
    """Where no domain tells another name, none is looked for."""
    head = HEAD.replace('email = "privacy@shop.example"', 'phone = "0123"')
    assert Policy(head=head, texts={"nl": "[ui]\nno_cookies = 'Shop'\n"}).checked(tmp_path).findings == ()


def test_texts_that_are_none_are_passed_over(tmp_path: Path) -> None:
    """What is no text is an error of its own."""
    policy = Policy(texts={"nl": "[ui]\nno_cookies = 1\n", "xx": "[ui]\nno_cookies = 'hieronder'\n"})
    findings = policy.checked(tmp_path).findings
    assert {finding.id for finding in findings} == {"invalid"}
    assert len(findings) == 2
