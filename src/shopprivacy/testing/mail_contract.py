"""What every `MailStore` must do: inherit, and give a fixture ``mail_store`` that returns an empty one."""
# ruff: noqa: S101  a contract suite is made of assertions

from __future__ import annotations

from datetime import date

from shopprivacy.mail.store import MailStore

__all__ = ["MailStoreContract"]

TODAY = date(2026, 3, 1)
AN, BO = f"email:{'a' * 40}", f"email:{'b' * 40}"


class MailStoreContract:
    """The suite."""

    def test_the_first_ring_stays(self, mail_store: MailStore) -> None:
        """A store knows its subjects under one ring for ever."""
        one, other = f"ring:{'1' * 40}", f"ring:{'0' * 40}"
        assert mail_store.ring(one) == one
        assert mail_store.ring(other) == one
        assert mail_store.ring(one) == one

    def test_one_link_a_day(self, mail_store: MailStore) -> None:
        """Each subject has one turn on each day; days that are over are forgotten."""
        asked = [(AN, TODAY), (AN, TODAY), (BO, TODAY), (AN, date(2026, 3, 2)), (AN, date(2026, 3, 2))]
        assert [mail_store.take_day(*one) for one in asked] == [True, False, True, True, False]

    def test_a_day_is_given_back(self, mail_store: MailStore) -> None:
        """Whom nothing was mailed has a turn again on that day; nobody else has, nor on another day."""
        mail_store.take_day(AN, TODAY)
        mail_store.take_day(BO, TODAY)
        mail_store.give_back(AN, date(2026, 3, 2))
        assert not mail_store.take_day(AN, TODAY)
        mail_store.give_back(AN, TODAY)
        mail_store.give_back(AN, TODAY)
        assert [mail_store.take_day(who, TODAY) for who in (AN, BO, AN)] == [True, False, False]
