"""Lists of another system: a suppression list keeps every row, a list of subscribers comes after everybody's no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopprivacy.decision import Action, Code
from shopprivacy.errors import PrivacyError
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.mail.address import is_address
from shopprivacy.mail.list_file import Listed, read_list
from shopprivacy.mail.lists import Import, Lists, write_batches
from tests.gate.exchange import NOW
from tests.mail.desk import AN, POLICY, Desk, desk

MAY_2022 = datetime(2022, 5, 31, tzinfo=UTC)
TEXT = "ab" * 32


def addresses(text: str, **options: Any) -> list[str]:
    """The addresses of a list."""
    return [row.address for row in read_list(text.splitlines(keepends=True), **options)]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("an@example.nl\n\nbo@example.nl\n", {}),
        ("\ufeffan@example.nl\r\nbo@example.nl", {}),
        ('"An" <an@example.nl>\nBo Peeters <mailto:bo@example.nl>\n', {}),
        ("An;an@example.nl\nBo;bo@example.nl\n", {}),
        ("email\nan@example.nl\nbo@example.nl\n", {}),
        ("email\nan@example.nl\nbo@example.nl\n", {"column": "Email"}),
        ('\ufeffName;E-mail\nAn;"An" <an@example.nl>\nBo;mailto:bo@example.nl\n', {}),
        ("name,Email Address\nAn,an@example.nl\n,\nBo,'bo@example.nl'\n", {}),
        ("who\tmail\nAn\tan@example.nl\nBo\tbo@example.nl\n", {}),
        ("sep=;\nName;E-Mail-Adresse\nAn;an@example.nl\nBo;bo@example.nl\n", {}),
        ("\ufeffsep=|\r\nNom, prénom|Adresse e-mail\r\nAn|an@example.nl\r\nBo|bo@example.nl\r\n", {}),
        ("an@example.nl,Peeters\nBo;bo@example.nl\n", {}),
        ("Peeters @ work;an@example.nl\nbo@example.nl\n", {}),
        ("MAILTO:an@example.nl?subject=stop\n<Mailto:bo@example.nl?x>\n", {}),
        ("adres\nan@example.nl\nbo@example.nl\n", {"column": "adres"}),
        ("a,adres\n1,an@example.nl\n2,bo@example.nl\n", {"column": "adres"}),
        (
            "email,status\nan@example.nl,unsubscribed\nx@example.nl,active\nbo@example.nl,UNSUBSCRIBED\n",
            {"where": "Status=unsubscribed"},
        ),
    ],
)
def test_a_list_however_it_is_written(text: str, options: dict[str, str]) -> None:
    """Lines or CSV, with its separators, byte order mark and display names: the same addresses."""
    assert addresses(text, **options) == ["an@example.nl", "bo@example.nl"]


@pytest.mark.parametrize(
    "slip",
    [
        "an@example.nl.",
        "\u200ban@example.nl",
        "an@exam\xadple.nl",
        "an@example.nl\u202c..",
        "an@exa\0mple.nl",
    ],
)
def test_a_slip_in_an_address_ends_what_is_mailed(slip: str) -> None:
    """Of those who said no, what stands in the list and what was meant; of those who said yes, nothing is guessed."""
    assert set(addresses(f"{slip}\n", ends=True)) == {slip, AN}
    assert addresses(f"email,x\n{slip},1\n", ends=True)[-1] == "an@example.nl"
    assert addresses(f"{slip}\n") == [slip]
    assert addresses("an@example.nl\n.\n", ends=True) == ["an@example.nl", "."]


@pytest.mark.parametrize("text", ['="an@example.nl"', "e-mail:an@example.nl", "[an@example.nl](x)"])
def test_an_address_in_other_text_is_ended(text: str) -> None:
    """As spreadsheets and notes have it; what is an address as it stands is that one alone."""
    assert AN in addresses(f"{text}\n", ends=True)
    assert AN in addresses(f"x;email\n1;{text}\n", ends=True)
    assert AN not in addresses(f"{text}\n")
    assert addresses("bounce=an@example.nl\n", ends=True) == ["bounce=an@example.nl"]


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ('"x50@example.nl;An\n', 50),
        ('x50@example.nl;"An\n', 50),
        ('"x50@example.nl;An\n' + 'x51@example.nl;"An" Peeters\n', 50),
        ('x50@example.nl;"An\nx51@example.nl;Bo"\n', 50),
        ('"x50@example.nl\nx51@example.nl";Bo\n', 50),
        ('x50@example.nl;An;"\n', 50),
    ],
)
@pytest.mark.parametrize("more", [50, 8_000])  # a cell may have 131,072 characters
def test_a_quote_swallows_no_rows(quote: str, told: int, more: int) -> None:
    """A list of those who said no is read whole or not at all, and the error names the line, not who stands there."""
    rows = [f"x{n}@example.nl;An\n" for n in range(2, 50 + more)]
    rows[48:49] = quote.splitlines(keepends=True)
    with pytest.raises(PrivacyError, match=rf"^line {told}: a quote is not closed") as refused:
        addresses("email;name\n" + "".join(rows))
    assert "example" not in str(refused.value)


def test_a_quote_on_the_last_line_swallows_nothing() -> None:
    """Nor does one in the middle of a cell, or a note of several lines."""
    text = 'email;note\nan@example.nl;5" tall\nbo@example.nl;"two\nlines, ""quoted"""\n"cas@example.nl'
    assert addresses(text) == [AN, "bo@example.nl", "cas@example.nl"]


CELLS = [
    "c@example.nl, d@example.nl",
    "c@example.nl;d@example.nl",
    "c@example.nl d@example.nl",
    "C <c@example.nl>, D <mailto:d@example.nl>",
    '""C@work.example.nl"" <c@example.nl>; d@example.nl',
    "c@example.nl d@example.nl; c@example.nl",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_row_of_several_addresses(cell: str) -> None:
    """Ends each of them; that one of them said yes is not known, so it begins nothing."""
    text = f'name,email\nAn,"{cell}"\nBo,bo@example.nl\n'
    assert addresses(text, ends=True) == ["c@example.nl", "d@example.nl", "bo@example.nl"]
    none, other = addresses(text)
    assert (is_address(none), other) == (False, "bo@example.nl")
    assert addresses(cell.replace('""', '"'), ends=True) == ["c@example.nl", "d@example.nl"]


def test_a_date_is_read() -> None:
    """As ISO 8601 writes it; a row without one has none, and a date that is none names its row, not itself."""
    rows = "email;since\nan@example.nl;2022-05-31\nbo@example.nl;\ncas@example.nl;2022-05-31T02:00:00+02:00\n"
    assert [row.at for row in read_list(rows.splitlines(), date="since")] == [MAY_2022, None, MAY_2022]
    end = datetime(
        2022, 5, 31, 23, 59, 59, 999999, tzinfo=UTC
    )  # whoever said no that day has not said yes after it
    assert [row.at for row in read_list(rows.splitlines(), date="since", ends=True)] == [end, None, MAY_2022]
    for none in ("31/05/2022", "0001-01-01T00:00+02:00"):
        with pytest.raises(PrivacyError, match=r"^line 2: the date is none") as refused:
            [*read_list(["email,since", f"an@example.nl,{none}"], date="since")]
        assert AN not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("naam,adres\nAn,an@example.nl\n", {}, "no column of the list is called email"),
        ("email,status\nan@example.nl,x\n", {"column": "adres"}, 'no column "adres"'),
        ("an@example.nl\n", {"where": "status=x"}, "no line with the names"),
        ("email,status\nan@example.nl,x\n", {"where": "status"}, "^where: write COLUMN=VALUE"),
        ("an@example.nl,x\n", {"date": "since"}, "no line with the names"),
        ("email\nan@example.nl\n", {"column": "adres"}, "no line with the names"),
        ("email;Email\nan@example.nl;bo@example.nl\n", {}, 'has 2 columns "email"'),
        ("email;x;X\nan@example.nl;1;2\n", {"where": "x=1"}, 'has 2 columns "x"'),
        ("name;email;x\n\nJansen; An;an@example.nl;1\n", {}, "^line 3: has more cells"),
        ("name;email\nJansen; An;an@example.nl\n", {}, "^line 2: has more cells"),
    ],
)
def test_a_list_that_cannot_be_read(text: str, options: dict[str, str], told: str) -> None:
    """Says what is missing, and repeats nothing of what stands in it."""
    with pytest.raises(PrivacyError, match=told) as refused:
        addresses(text, **options)
    assert "an@example" not in str(refused.value)


def test_a_first_line_that_is_no_heading_is_a_row() -> None:
    """What can be no address may still be in somebody's file, wherever in the list it stands."""
    assert addresses("not an address\nan@example.nl\n") == ["not an address", AN]
    assert addresses("x@y@;no address\n") == ["x@y@"]


def test_a_row_without_an_address_is_told_by_its_line() -> None:
    """As the file has it, blank lines and all; a row in which nothing stands is none."""
    text = (
        '\ufeffname;email\n\nAn;an@example.nl\n;\nBo;\n"Cas\nPeeters"; \nDirk;dirk@example.nl;x\n;;y\nEls\n'
    )
    rows = [*read_list(text.splitlines(keepends=True))]
    assert [(row.line, row.address) for row in rows] == [
        (3, AN),
        (5, ""),
        (7, ""),
        (8, "dirk@example.nl"),
        (9, ""),
        (10, ""),
    ]


def test_rows_without_an_address_stop_nothing(shop: Desk) -> None:
    """Their lines are told, of those who unsubscribed and of those who confirmed; all other rows are taken in."""
    plan = suppress(shop, Listed("", None, 2), Listed(AN, None, 3), Listed("", MAY_2022, 4))
    assert [plan.rows, plan.invalid, plan.without_address, plan.subjects] == [3, 0, [2, 4], 1]
    plan = subscribe(shop, Listed("", None, 2), Listed("bo@example.nl", MAY_2022, 3))
    assert [plan.rows, plan.invalid, plan.without_address, plan.subjects] == [2, 0, [2], 1]


def test_an_empty_list() -> None:
    """Has nobody in it."""
    assert addresses("\ufeff\n \n") == []


@given(st.lists(st.emails().filter(lambda address: "'" not in address and "<" not in address), max_size=5))
def test_no_row_is_lost(listed: list[str]) -> None:
    """One address a line: as many rows as addresses."""
    assert addresses("\n".join(listed)) == listed


@pytest.fixture
def shop() -> Iterator[Desk]:
    """A shop."""
    with desk() as opened:
        yield opened


def lists(shop: Desk) -> Lists:
    """What takes lists in."""
    privacy = shop.privacy
    return Lists(POLICY, privacy.ledger, privacy.mail.marketing, privacy.mail.subject, shop.time)


def suppress(shop: Desk, *rows: str | Listed, purpose: str | None = None, batch: str = "00" * 8) -> Import:
    """Import a suppression list."""
    listed = [row if isinstance(row, Listed) else Listed(row, None) for row in rows]
    plan = lists(shop).suppressions(listed, batch, purpose)
    write_batches(shop.privacy.ledger, plan.changes())
    return plan


def take_back(shop: Desk, batch: str = "22" * 8) -> tuple[int, int]:
    """Undo an import; return of how many subjects, and how many purposes stay closed."""
    planned = lists(shop).undo(batch)
    assert planned is not None
    write_batches(shop.privacy.ledger, planned[0])
    return len(planned[0]), planned[1]


def subscribe(shop: Desk, *rows: Listed) -> Import:
    """Import confirmed subscribers of the newsletter."""
    plan = lists(shop).subscribers(rows, "11" * 8, "newsletter", TEXT, None)
    write_batches(shop.privacy.ledger, plan.changes())
    return plan


def test_every_row_is_suppressed(shop: Desk) -> None:
    """D32: those that cannot be an address are kept, too; nobody of the list is written to, whatever comes later."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    plan = suppress(shop, "AN@example.nl", "not an address", "an@example.nl")
    assert [plan.rows, plan.invalid, plan.known, plan.subjects] == [3, 1, 1, 2]
    assert mail.may(AN, "promotions").code is Code.OBJECTED
    assert mail.may("not an address", "offers", sold_at=NOW).code is Code.OBJECTED
    assert subscribe(shop, Listed(AN, MAY_2022)).older == 1
    assert [*mail.audience("newsletter", [AN])] == []


def test_an_import_goes_on_where_it_stopped(shop: Desk) -> None:
    """The same list again adds no row."""
    suppress(shop, AN, "bo@example.nl")
    rows = len(shop.rows())
    plan = suppress(shop, AN, "bo@example.nl", "cas@example.nl")
    assert [plan.known, plan.subjects] == [2, 1]
    assert len(shop.rows()) == rows * 3 // 2


def test_an_older_no_does_not_end_a_later_yes(shop: Desk) -> None:
    """An entry of 2022 ends no sign-up that was proven since, but all else; one without a date ends that too."""
    shop.privacy.mail.grant(AN, "promotions")
    plan = suppress(shop, Listed(AN, MAY_2022), purpose="promotions")
    assert [plan.older, plan.known, plan.subjects] == [1, 0, 0]
    plan = suppress(shop, Listed(AN, MAY_2022))
    assert [plan.older, plan.closes, plan.subjects] == [0, 0, 1]
    assert [purpose for purpose, _, _ in shop.said()[1:]] == ["newsletter", "offers", "direct_marketing"]
    assert shop.privacy.mail.may(AN, "promotions")
    assert not shop.privacy.mail.may(AN, "offers", sold_at=NOW)
    assert subscribe(shop, Listed(AN, MAY_2022)).older == 1
    assert lists(shop).suppressions([], "00" * 8).subscribers == 1
    shop.time -= timedelta(seconds=5)
    suppress(shop, AN)
    assert not shop.privacy.mail.may(AN, "promotions", at=NOW)


def test_what_a_list_closes_is_counted(shop: Desk) -> None:
    """Subscribers are those with a consent that stands: of any channel but theirs none counts."""
    mail = shop.privacy.mail
    for who in "abcd":
        mail.grant(f"{who}@example.nl", "promotions")
    mail.opted_out("d@example.nl", "promotions")
    mail.grant("e@example.nl", "offers")
    mail.opted_out("e@example.nl")
    shop.privacy.withdraw(7, "ads")
    restricted = shop.rows()[0]
    gone = replace(restricted, subject=mail.subject("f@example.nl"), purpose="brief")
    shop.privacy.ledger.append([gone])  # to a purpose of an older policy
    shop.privacy.ledger.append([replace(restricted, purpose=None, action=Action.RESTRICTED, at=shop.time)])
    plan = lists(shop).suppressions([Listed("a@example.nl", None), Listed("z@example.nl", None)], "00" * 8)
    assert [plan.closes, plan.soft, plan.subscribers, plan.subjects, plan.to_repeat] == [1, 1, 3, 2, 2]
    plan = lists(shop).suppressions([Listed("a@example.nl", None)], "00" * 8, "newsletter")
    assert [plan.closes, plan.soft, plan.subjects, plan.to_repeat] == [0, 0, 1, None]


def test_an_import_can_be_taken_back(shop: Desk) -> None:
    """Consents that stood stand again: not those of who said no by an act of their own since, nor objections."""
    mail = shop.privacy.mail
    for who in "abc":
        mail.grant(f"{who}@example.nl", "promotions")
    shop.time += timedelta(hours=1)
    suppress(shop, "a@example.nl", "b@example.nl", "d@example.nl", batch="22" * 8)
    suppress(shop, "c@example.nl", batch="33" * 8)
    shop.time += timedelta(hours=1)
    shop.post(shop.path("b@example.nl", "promotions"))
    shop.post(shop.path("d@example.nl", None))
    shop.time += timedelta(hours=1)
    back, left = take_back(shop)
    assert [back, left > 0] == [1, True]
    assert [who for who in "abcd" if mail.may(f"{who}@example.nl", "promotions")] == ["a"]
    assert mail.may("a@example.nl", "offers", sold_at=NOW).code is Code.OBJECTED
    assert shop.said()[-1] == ("promotions", "granted", "import")
    assert take_back(shop)[0] == 0
    assert lists(shop).undo("99" * 8) is None


def test_confirmed_subscribers_are_taken_in(shop: Desk) -> None:
    """With the moment of their confirmation and the text they read; invalid ones stay out, and again adds nobody."""
    rows = [Listed(AN, MAY_2022), Listed("nobody", MAY_2022)]
    plan = subscribe(shop, *rows)
    assert [plan.rows, plan.invalid, plan.subjects] == [2, 1, 1]
    [entry] = shop.rows()
    assert [entry.at, entry.text_hash, entry.how.value] == [MAY_2022, TEXT, "import"]
    assert shop.privacy.mail.may(AN, "newsletter")
    assert subscribe(shop, *rows).known == 1
    shop.post(shop.path())
    assert subscribe(shop, *rows).older == 1
    assert not shop.privacy.mail.may(AN, "newsletter")


def test_a_subscriber_without_a_date_is_none(shop: Desk) -> None:
    """A yes without its moment proves nothing (GDPR art. 7(1)): the whole list is refused."""
    with pytest.raises(PrivacyError, match="line 3 has no date"):
        subscribe(shop, Listed(AN, MAY_2022, 2), Listed("bo@example.nl", None, 3))
    assert shop.rows() == []


def test_a_subscriber_of_tomorrow_is_none(shop: Desk) -> None:
    """A yes dated after today would outlast a no of today: the whole list is refused."""
    with pytest.raises(PrivacyError, match="line 2 has a date in the future"):
        subscribe(shop, Listed(AN, NOW + timedelta(days=1), 2))
    assert shop.rows() == []


def test_taking_back_a_wrong_list_spares_the_right_one(shop: Desk) -> None:
    """Who stands on the list that is right, too, stays out when the wrong one is undone; a third adds no more rows."""
    for who in "ab":
        shop.privacy.mail.grant(f"{who}@example.nl", "promotions")
    shop.time += timedelta(hours=1)
    suppress(shop, "a@example.nl", "b@example.nl", batch="22" * 8)
    assert suppress(shop, "a@example.nl", batch="33" * 8).subjects == 1
    assert suppress(shop, "a@example.nl", batch="44" * 8).known == 1
    take_back(shop)
    assert [who for who in "ab" if shop.privacy.mail.may(f"{who}@example.nl", "promotions")] == ["b"]


@pytest.mark.parametrize("again", ["22" * 8, "33" * 8])
@pytest.mark.parametrize("since", [None, MAY_2022 + timedelta(days=1)])
def test_a_list_that_was_taken_back_may_come_again(shop: Desk, again: str, since: datetime | None) -> None:
    """It closes as at first, and so does another list; taken back, it opens what had stood, as at first."""
    mail = shop.privacy.mail
    subscribe(shop, Listed(AN, MAY_2022))
    for batch in ("22" * 8, again):
        shop.time += timedelta(hours=1)
        assert suppress(shop, Listed(AN, since), batch=batch).closes == 1
        assert not mail.may(AN, "newsletter")
        shop.time += timedelta(hours=1)
        assert take_back(shop, batch)[0] == 1
        assert mail.may(AN, "newsletter").since == MAY_2022
    assert not mail.may(AN, "promotions")
    shop.time += timedelta(hours=1)
    shop.post(shop.path(AN, None))
    assert not mail.may(AN, "newsletter")


@pytest.mark.parametrize("when", ["before", "after", "after it was taken back"])
def test_taking_back_a_list_opens_no_account_that_said_no(shop: Desk, when: str) -> None:
    """A list that was taken back is as if it had never been: a no of the account since the yes still counts."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    acts: dict[str, Callable[[], object]] = {
        "list": lambda: suppress(shop, AN, batch="22" * 8),
        "no": lambda: shop.privacy.withdraw(7, "promotions"),
        "undo": lambda: take_back(shop),
    }
    order = {"before": "no list undo", "after": "list no undo"}.get(when, "list undo no")
    for act in order.split():
        shop.time += timedelta(hours=1)
        acts[act]()
    assert mail.may(AN, "promotions")
    assert not mail.may(AN, "promotions", customer=7)
    shop.time += timedelta(hours=1)
    mail.grant(AN, "promotions")
    assert mail.may(AN, "promotions", customer=7)


def test_a_list_taken_back_leaves_the_yes_as_old_as_it_was(shop: Desk) -> None:
    """A list whose date lies behind that yes ends it; one that is older than it adds nothing, as before."""
    mail = shop.privacy.mail
    assert subscribe(shop, Listed(AN, MAY_2022)).subjects == 1
    shop.time += timedelta(hours=1)
    suppress(shop, AN, batch="22" * 8)
    shop.time += timedelta(hours=1)
    take_back(shop)
    older = [Listed(AN, MAY_2022 - timedelta(days=1))]
    assert lists(shop).suppressions(older, "33" * 8, "newsletter").older == 1
    assert mail.may(AN, "newsletter").since == MAY_2022
    plan = lists(shop).suppressions([Listed(AN, MAY_2022 + timedelta(days=1))], "44" * 8, "newsletter")
    write_batches(shop.privacy.ledger, plan.changes())
    assert not mail.may(AN, "newsletter")


def test_a_restriction_outlasts_a_list_that_is_taken_back(shop: Desk) -> None:
    """Who had processing restricted meanwhile, and lifted it again, has the consent back, and no sooner."""
    mail = shop.privacy.mail
    mail.grant(AN, "promotions")
    yes = shop.rows()[0]
    shop.time += timedelta(hours=1)
    bare: dict[str, Any] = {
        "purpose": None,
        "meaning": None,
        "text_hash": None,
        "how": CollectionMethod.OPERATOR,
    }
    shop.privacy.ledger.append([replace(yes, action=Action.RESTRICTED, at=shop.time, **bare)])
    shop.time += timedelta(hours=1)
    suppress(shop, AN, batch="22" * 8)
    take_back(shop)
    assert mail.may(AN, "promotions").code is Code.RESTRICTED
    shop.time += timedelta(hours=1)
    shop.privacy.ledger.append([replace(yes, action=Action.LIFTED, at=shop.time, **bare)])
    assert mail.may(AN, "promotions")


@given(st.permutations(["yes", "list", "no", "account", "all"]), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_a_list_taken_back_is_as_none_for_consent(acts: list[str], at: int) -> None:
    """Whatever was said around it, an address may be written to after the undo only if it might without the list."""
    allowed = []
    for with_list in (True, False):
        with desk() as shop:
            mail = shop.privacy.mail
            for act in [*acts[:at], "undo", *acts[at:]]:
                shop.time += timedelta(hours=1)
                match act:
                    case "yes":
                        shop.confirm(AN, "promotions")
                    case "list" if with_list:
                        suppress(shop, AN, batch="22" * 8)
                    case "undo" if lists(shop).undo("22" * 8) is not None:
                        take_back(shop)
                    case "no":
                        mail.opted_out(AN, "promotions")
                    case "all":
                        mail.opted_out(AN)
                    case "account":
                        shop.privacy.withdraw(7, "promotions")
            allowed.append(mail.may(AN, "promotions", customer=7).allowed)
    assert allowed[1] or not allowed[0]
    if "list" in acts[:at]:
        assert allowed[0] is allowed[1]
