"""What shops call most: ``privacy.may`` is ``privacy.consent.may``, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from shopprivacy.consent.context import ConsentContext
from shopprivacy.consent.service import Consent
from shopprivacy.decision import Decision, SubjectState
from shopprivacy.ledger.entry import CollectionMethod
from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.logs.masked import masked
from shopprivacy.logs.sinks import Sink
from shopprivacy.logs.take_over import check_logs, take_over_logs


class ShortCuts:
    """Lends `Privacy` what its services do."""

    consent: Consent
    """What customers chose."""
    logs: LogCleaner
    """Cleans text and values for what ``take_over_logs`` does not reach."""

    # To privacy.consent

    def may(
        self,
        customer: object,
        purpose: str,
        data: str | Iterable[str] | None = None,
        recipient: str | None = None,
        *,
        at: datetime | None = None,
        state: SubjectState | None = None,
        shown: Mapping[str, str] | None = None,
        requested: datetime | None = None,
        storing: bool = False,
        language: str | None = None,
    ) -> Decision:
        """Decide whether a customer's data may be used for a purpose; see ``shopprivacy.decision.may``.

        ``customer`` is the shop's id. What they chose comes from the ledger; what the shop knows beside it (events,
        age, cases) comes in ``state``. Raises UndeclaredName for a purpose that the policy does not declare, and
        StoreDown where the ledger does not answer.
        """
        return self.consent.may(
            customer,
            purpose,
            data,
            recipient,
            at=at,
            state=state,
            shown=shown,
            requested=requested,
            storing=storing,
            language=language,
        )

    def require(
        self,
        customer: object,
        purpose: str,
        data: str | Iterable[str] | None = None,
        recipient: str | None = None,
        *,
        state: SubjectState | None = None,
        shown: Mapping[str, str] | None = None,
        requested: datetime | None = None,
    ) -> Decision:
        """Like ``may``, but raises PurposeDenied, with the reason for the customer, where the answer is no."""
        return self.consent.require(
            customer, purpose, data, recipient, state=state, shown=shown, requested=requested
        )

    def was_allowed(self, customer: object, purpose: str, at: datetime) -> bool:
        """Whether a customer's consent for a purpose stood at a past moment (GDPR art. 7(1))."""
        return self.consent.was_allowed(customer, purpose, at)

    def grant(
        self,
        customer: object,
        purpose: str,
        *,
        language: str | None = None,
        how: CollectionMethod = CollectionMethod.ACCOUNT,
    ) -> None:
        """Record that a customer consents to a purpose, having read its text in ``language``.

        Raises UndeclaredName, and StoreDown: a grant that is not recorded is no grant.
        """
        self.consent.grant(customer, purpose, language=language, how=how)

    def withdraw(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer withdraws consent. It holds even where only the journal can be written."""
        self.consent.withdraw(customer, purpose, how=how)

    def object_to(
        self, customer: object, purpose: str, *, how: CollectionMethod = CollectionMethod.ACCOUNT
    ) -> None:
        """Record that a customer objects to a purpose (GDPR art. 21)."""
        self.consent.object_to(customer, purpose, how=how)

    def sign_in(self, consent: ConsentContext, customer: object) -> None:
        """Bring browser and account together when a customer signs in: a no on either side narrows both.

        The response to this request carries what changes. Raises StoreDown.
        """
        self.consent.sign_in(consent, customer)

    def subject(self, customer: object) -> str:
        """Return the pseudonym under which the ledger knows a customer."""
        return self.consent.subject(customer)

    # Logs

    def take_over_logs(self) -> None:
        """Clean what every log handler that is attached now writes, the server's too. Twice is once.

        Call it when the server and the framework have set up their logs: at the end of the application's factory. A
        handler that is attached later is named in a warning. ``mode.log`` says whether lines are changed.
        """
        take_over_logs(self.logs)

    def check_logs(self) -> tuple[Sink, ...]:
        """Return the sinks that no formatter reaches, with what cleans each, and handlers not taken over."""
        return check_logs()

    def clean(self, value: Any) -> Any:  # noqa: ANN401  # what it was, without what points to a person
        """Return text, or a mapping or list of any depth, as logs may hold it: for what writes past ``logging``."""
        return self.logs.line(value) if isinstance(value, str) else self.logs.value(value)

    def masked(self, *values: object) -> AbstractContextManager[None]:
        """Write ``-`` for these values in all that is logged within the block, whatever they look like.

        Tasks and ``asyncio.to_thread`` take them along; start a thread with ``contextvars.copy_context().run``.
        Raises ValueError for a value of one character, and TypeError for a list or another collection.
        """
        return masked(*values)
