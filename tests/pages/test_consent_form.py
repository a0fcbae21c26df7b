"""What happens on a POST: specs/cookies.md, 'Consent' ('Cookie', 'Forged choices') and 'Ledger'."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from shopprivacy.consent.account_merge import ACCOUNT_KIND
from shopprivacy.consent.choices import Choice, Choices
from shopprivacy.crypto import pseudonym
from shopprivacy.http.effects import RandomBytes, TakeTurn
from shopprivacy.ledger.effects import CountRefusals, RecordChoices
from shopprivacy.ledger.entry import CollectionMethod
from tests.gate.exchange import KEYSET, choices, make_policy
from tests.http.heads import head
from tests.pages.desk import FROM_OUR_PAGE, Desk, fields_of

_ACCEPT = [("choice", "accept")]
_REFUSE = [("choice", "refuse")]
_SAVE_ADS = [("choice", "save"), ("purpose", "ads")]


def test_accepting_grants_what_was_asked_with_proof_and_an_id() -> None:
    """Accepting draws a consent id, records each grant, sets the cookie and goes back to the page."""
    desk = Desk()
    reply = desk.post([*_ACCEPT, ("next", "/cart?a=1")])
    assert reply.status_code == 303
    assert reply.raw_headers == [
        (b"location", b"/cart?a=1"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    assert desk.answers() == {"statistics": Choice.GRANTED, "ads": Choice.GRANTED}
    assert desk.choices is not None
    assert desk.choices.consent_id == b"\x01" * 16
    assert desk.effects[:2] == [TakeTurn("grants", "192.0.2.1"), RandomBytes(16)]
    assert [type(effect) for effect in desk.effects[2:]] == [RecordChoices]


def test_a_row_holds_what_was_shown_and_meant_and_no_raw_identifier() -> None:
    """Each row has policy version, meaning, hash of the very text, how, and pseudonyms only."""
    desk = Desk()
    shown = desk.endpoints.banner(desk.visit(head()), "fr")
    name = str(shown).split('name="shown" value="')[1].split('"')[0]
    desk.post([*_ACCEPT, ("shown", name)], fields={"accept-language": "de"})
    row = desk.entries()[1]
    text = desk.policy.text("fr").purpose("ads")
    subject = pseudonym(KEYSET, "browser", (b"\x01" * 16).hex())
    assert (row.at, row.subject, row.purpose, row.action) == (desk.now, subject, "ads", "granted")
    assert (row.version, row.meaning) == (desk.policy.version, desk.policy.purpose_fingerprint("ads"))
    assert row.text_hash == sha256(f"{text.title}\n{text.explanation}".encode()).hexdigest()
    assert row.how is CollectionMethod.BANNER
    assert row.consent_id == subject.partition(":")[2]


@pytest.mark.parametrize(
    ("path", "how"),
    [("/privacy/consent", CollectionMethod.BANNER), ("/privacy/choices", CollectionMethod.PREFERENCE_PAGE)],
)
def test_both_paths_take_the_same_forms_and_the_row_tells_which(path: str, how: CollectionMethod) -> None:
    """The banner's and the preference page's answers differ only in what the row says about how."""
    desk = Desk()
    desk.post(_SAVE_ADS, path)
    assert desk.answers() == {"statistics": Choice.REFUSED, "ads": Choice.GRANTED}
    assert [entry.how for entry in desk.entries()] == [how]


def test_refusing_creates_no_identifier_and_no_row() -> None:
    """Refusers get no id; anonymous refusals are counted per day, not recorded one by one."""
    desk = Desk()
    assert desk.post(_REFUSE).status_code == 303
    assert desk.answers() == {"statistics": Choice.REFUSED, "ads": Choice.REFUSED}
    assert desk.choices is not None
    assert desk.choices.consent_id == b""
    assert desk.effects == [TakeTurn("refusals", "192.0.2.1"), CountRefusals(("statistics", "ads"))]


def test_a_repeat_adds_nothing() -> None:
    """A repeat of the same choice adds no row, counts nothing and sets no cookie."""
    desk = Desk()
    for form in (_REFUSE, _ACCEPT):
        desk.post(form)
        before = desk.choices
        desk.forget_effects()
        desk.now += timedelta(days=3)
        assert desk.post(form).status_code == 303
        assert desk.effects == []
        assert desk.choices == before


def test_the_id_stays_while_anything_is_granted_and_goes_with_the_last_grant() -> None:
    """One visitor keeps one id, through a swap of purposes too; without a grant there is none."""
    desk = Desk()
    desk.post(_SAVE_ADS)
    desk.post([("choice", "save"), ("purpose", "statistics")])
    assert desk.answers() == {"statistics": Choice.GRANTED, "ads": Choice.WITHDRAWN}
    assert desk.choices is not None
    assert desk.choices.consent_id == b"\x01" * 16
    assert desk.said() == [("ads", "granted"), ("ads", "withdrawn"), ("statistics", "granted")]
    assert len({entry.subject for entry in desk.entries()}) == 1
    desk.post(_REFUSE)
    assert desk.choices.consent_id == b""
    desk.post(_ACCEPT)
    assert desk.choices.consent_id == b"\x02" * 16


def test_a_refusal_by_someone_with_an_id_is_a_row() -> None:
    """Who is known by a grant is not anonymous: another refusal is recorded with it."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "ads")])
    desk.post([*_REFUSE, ("asked", "statistics")])
    assert desk.said() == [("ads", "granted"), ("statistics", "refused")]


def test_re_asking_one_purpose_leaves_the_others_alone() -> None:
    """A banner about one new purpose touches that purpose only."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "statistics")])
    desk.post([*_REFUSE, ("asked", "ads")])
    assert desk.answers() == {"statistics": Choice.GRANTED, "ads": Choice.REFUSED}


def test_a_withdrawal_reaches_the_account_that_is_signed_in_a_grant_does_not() -> None:
    """What narrows is recorded for the account too; a grant is never copied from a browser to an account."""
    desk = Desk()
    account = pseudonym(KEYSET, ACCOUNT_KIND, "7")
    carried = bytes.fromhex(account.partition(":")[2])
    desk.choices = choices(desk.policy, statistics=Choice.GRANTED)
    desk.choices = Choices(desk.choices.stamp, desk.choices.answers, consent_id=b"c" * 16, account=carried)
    desk.now += timedelta(days=1)
    desk.post([("choice", "save"), ("purpose", "ads")])
    browser = pseudonym(KEYSET, "browser", (b"c" * 16).hex())
    assert [
        (entry.subject, entry.purpose, str(entry.action), entry.consent_id) for entry in desk.entries()
    ] == [
        (browser, "statistics", "withdrawn", None),
        (account, "statistics", "withdrawn", None),
        (browser, "ads", "granted", browser.partition(":")[2]),
    ]
    assert {entry.how for entry in desk.entries()} == {CollectionMethod.BANNER}
    assert desk.choices.account == carried


def test_what_a_signal_overtook_is_recorded_as_the_signals_doing() -> None:
    """Grants from before the signal, not chosen again under it, are withdrawn by the signal."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "statistics")])
    desk.post([*_ACCEPT, ("asked", "ads")], fields={"sec-gpc": "1"})
    assert [(entry.purpose, str(entry.action), entry.how) for entry in desk.entries()[1:]] == [
        ("ads", "granted", CollectionMethod.BANNER),
        ("statistics", "withdrawn", CollectionMethod.SIGNAL),
    ]


@pytest.mark.parametrize(
    ("form", "forgets"),
    [
        ([("choice", "accept")], False),
        ([("choice", "refuse")], True),
        ([("choice", "save"), ("asked", "statistics")], True),
        ([("choice", "save"), ("asked", "ads")], False),
        ([("choice", "save"), ("asked", "counting")], True),
        ([("choice", "save"), ("purpose", "ads"), ("asked", "ads"), ("asked", "statistics")], True),
        ([("choice", "perhaps")], False),
    ],
)
def test_a_browser_forgets_the_pages_of_before_where_something_ends(
    form: list[tuple[str, str]], forgets: bool
) -> None:
    """It would show them again, with what was allowed then; after any other answer it keeps what it has."""
    desk = Desk(choices=choices(make_policy(), statistics=Choice.GRANTED, ads=Choice.REFUSED))
    assert (fields_of(desk.post(form)).get("clear-site-data") == '"cache"') is forgets
    assert "clear-site-data" not in fields_of(desk.post(form))


def test_a_browser_forgets_them_too_where_nothing_can_keep_the_withdrawal() -> None:
    """It stands in the cookie all the same; a forged one, which changes nothing, does not empty a cache either."""
    desk = Desk()
    desk.post(_ACCEPT)
    assert "clear-site-data" not in fields_of(
        desk.post([("choice", "refuse")], fields={"sec-fetch-site": "cross-site"})
    )
    desk.ledger_up = desk.journal_up = False
    reply = desk.post([("choice", "refuse")])
    assert (reply.status_code, fields_of(reply)["clear-site-data"]) == (503, '"cache"')


def test_the_ledger_down_nothing_is_granted() -> None:
    """A grant that cannot be recorded is not given: 503, Retry-After, the cookie as it was."""
    desk = Desk(ledger_up=False)
    reply = desk.post(_ACCEPT)
    assert reply.status_code == 503
    assert fields_of(reply)["retry-after"] == "60"
    assert b"could not save" in bytes(desk.post(_ACCEPT, fields={"accept-language": "en"}).body)
    assert desk.choices is None


def test_the_ledger_down_narrowing_succeeds() -> None:
    """Refusing and withdrawing need no ledger, not even in a form that also grants something."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "statistics")])
    desk.ledger_up = False
    assert desk.post([*_REFUSE, ("asked", "statistics")]).status_code == 303
    assert desk.answers() == {"statistics": Choice.WITHDRAWN}
    assert desk.post(_SAVE_ADS).status_code == 503
    assert desk.answers() == {"statistics": Choice.WITHDRAWN}
    assert Desk(ledger_up=False).post(_REFUSE).status_code == 303


def test_a_withdrawal_that_nothing_can_keep_asks_to_come_back() -> None:
    """With the ledger and the journal down a withdrawal is not shown as done: 503. It stands in the browser, though."""
    desk = Desk()
    desk.post(_ACCEPT)
    desk.ledger_up = desk.journal_up = False
    assert desk.post(_REFUSE).status_code == 503
    assert desk.answers() == {"statistics": Choice.WITHDRAWN, "ads": Choice.WITHDRAWN}


@pytest.mark.parametrize(
    "fields", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": None, "origin": "null"}]
)
@pytest.mark.parametrize("form", [_ACCEPT, _REFUSE])
def test_a_forged_choice_changes_nothing(form: list[tuple[str, str]], fields: dict[str, str | None]) -> None:
    """A request from elsewhere is refused whatever it asks, with a page that leads to the preference page."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "ads")])
    before = desk.choices
    desk.forget_effects()
    reply = desk.post(form, fields=fields)
    assert reply.status_code == 403
    assert b'href="/privacy/choices?lang=nl"' in bytes(reply.body)
    assert desk.choices == before
    assert desk.effects == []


def test_a_click_in_a_frame_grants_nothing() -> None:
    """The shop may stand, invisible, in somebody else's page; the answer leads out of any frame, and a no counts."""
    desk = Desk()
    reply = desk.post(_ACCEPT, fields={"sec-fetch-dest": "iframe"})
    assert reply.status_code == 403
    assert b'href="/privacy/choices?lang=nl" target="_top"' in bytes(reply.body)
    assert desk.choices is None
    assert desk.entries() == []
    assert desk.post(_REFUSE, fields={"sec-fetch-dest": "iframe"}).status_code == 303
    assert desk.answers() == {"statistics": Choice.REFUSED, "ads": Choice.REFUSED}


def test_without_a_word_about_its_origin_only_narrowing_counts() -> None:
    """With neither Sec-Fetch-Site nor Origin a withdrawal counts and a grant does not."""
    desk = Desk()
    desk.post([*_ACCEPT, ("asked", "statistics")])
    assert desk.post(_SAVE_ADS, fields={"sec-fetch-site": None}).status_code == 403
    assert desk.answers() == {"statistics": Choice.WITHDRAWN}
    assert desk.post(_REFUSE, fields={"sec-fetch-site": None}).status_code == 303
    assert desk.answers() == {"statistics": Choice.WITHDRAWN, "ads": Choice.REFUSED}


def test_a_grant_on_a_text_that_has_changed_since_does_not_count() -> None:
    """A form that shows an old text can refuse but not grant: nobody read what the proof would say."""
    desk = Desk()
    old = [("shown", "en.0123456789abcdef")]
    assert desk.post([*_ACCEPT, *old]).status_code == 409
    assert desk.choices is None
    assert desk.post([*_REFUSE, *old]).status_code == 303
    assert desk.answers() == {"statistics": Choice.REFUSED, "ads": Choice.REFUSED}


def test_a_changed_text_changes_what_a_form_says_it_showed() -> None:
    """Any change of the policy or of a text in one language makes open forms in that language old."""
    before = Desk()
    texts = {"en": {"purposes": {"ads": {"title": "Ads", "explanation": "New words."}}}}
    after = Desk(make_policy(texts=texts))
    assert before.banner(language="en") != after.banner(language="en")
    shown = before.banner(language="en").split('name="shown" value="')[1].split('"')[0]
    assert after.post([*_ACCEPT, ("shown", shown)]).status_code == 409
    shown = before.banner(language="nl").split('name="shown" value="')[1].split('"')[0]
    assert after.post([*_ACCEPT, ("shown", shown)]).status_code == 303


def test_floods_of_grants_are_turned_away() -> None:
    """Over the rate limit nothing is granted or recorded: 429 and Retry-After, in the visitor's language."""
    desk = Desk(within_limit=False)
    reply = desk.post(_ACCEPT, fields={"accept-language": "en"})
    assert reply.status_code == 429
    assert fields_of(reply)["retry-after"] == "60"
    assert b"60 seconds" in bytes(reply.body)
    assert desk.choices is None
    assert desk.entries() == []


def test_a_form_takes_one_turn_of_a_kind() -> None:
    """Picking some purposes and refusing others is one grant, and refusals are counted apart from grants."""
    desk = Desk()
    desk.post(_SAVE_ADS)
    turns = [effect for effect in desk.effects if isinstance(effect, TakeTurn)]
    assert turns == [TakeTurn("refusals", "192.0.2.1"), TakeTurn("grants", "192.0.2.1")]


def test_no_opt_out_is_lost_to_the_rate_limit() -> None:
    """Behind a proxy that hides its visitors all of them are one client: refusals and withdrawals always count."""
    desk = Desk(within_limit=False)
    assert desk.post(_REFUSE).status_code == 303
    assert desk.choices is not None
    assert not any(isinstance(effect, CountRefusals) for effect in desk.effects)
    granted = Desk()
    granted.post(_ACCEPT)
    granted.within_limit = False
    assert granted.post(_REFUSE).status_code == 303
    assert {action for _, action in granted.said()[-2:]} == {"withdrawn"}


@pytest.mark.parametrize(
    ("pairs", "fields", "status"),
    [
        ([], {}, 400),
        ([("choice", "perhaps")], {}, 400),
        (_ACCEPT, {"content-type": "multipart/form-data; boundary=x"}, 415),
        (_ACCEPT, {"content-type": None}, 415),
    ],
)
def test_what_is_no_form_of_ours_changes_nothing(
    pairs: list[tuple[str, str]], fields: dict[str, str | None], status: int
) -> None:
    """A body that cannot be read for certain is answered with a clear page and changes nothing."""
    desk = Desk()
    reply = desk.post(pairs, fields=fields)
    assert reply.status_code == status
    assert bytes(reply.body).startswith(b"<!doctype html>")
    assert desk.choices is None


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example/", "/a\nb", ""]
)
def test_afterwards_the_browser_stays_here(target: str) -> None:
    """The 303 goes to a path of this site or to the front page."""
    assert fields_of(Desk().post([*_REFUSE, ("next", target)]))["location"] == "/"
    assert fields_of(Desk().post(_REFUSE, fields={"referer": "https://evil.example/"}))["location"] == "/"


def test_only_bytes_make_a_consent_id() -> None:
    """An edge that answers RandomBytes with something else is an error, not an id."""
    desk = Desk()
    request = desk.head("POST", "/privacy/consent", FROM_OUR_PAGE)
    endpoint = desk.endpoints.find(request)
    assert endpoint is not None
    effects = endpoint.answer(desk.visit(request), b"choice=accept")
    next(effects)
    assert isinstance(effects.send(True), RandomBytes)
    with pytest.raises(TypeError, match="bytes"):
        effects.send("secret")


def test_both_forms_are_taken_alike() -> None:
    """The preference page's form changes what the banner's does; the record says which of them it was."""
    desks = {path: Desk() for path in ("/privacy/choices", "/privacy/consent")}
    for path, desk in desks.items():
        assert desk.post(_ACCEPT, path).status_code == 303
    on_the_page, in_the_banner = desks.values()
    assert on_the_page.choices == in_the_banner.choices
    assert on_the_page.said() == in_the_banner.said()
    assert {entry.how for entry in on_the_page.entries()} == {CollectionMethod.PREFERENCE_PAGE}
    assert {entry.how for entry in in_the_banner.entries()} == {CollectionMethod.BANNER}
