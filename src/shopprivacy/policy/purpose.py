"""Purposes: what the shop does with data, on which legal basis, and for how long (GDPR art. 5(1)(b), 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import StrictBool

from shopprivacy.errors import Problem
from shopprivacy.policy.base import Day, Declared, FieldName, Fields, KeepAfter, Line, Name, Names
from shopprivacy.policy.data import Forbidden
from shopprivacy.policy.enforcement import Decided, Enforced, Shown
from shopprivacy.policy.problems import Missing
from shopprivacy.policy.vocabulary import Basis

Channel = Literal["email", "post", "phone", "fax", "sms", "push"]
CHANNELS: Final = ("email", "post", "phone", "fax", "sms", "push")

Restriction = Literal["storage", "legal_claims", "rights_of_others", "public_interest"]


class Purpose(Declared):
    """One purpose, with exactly one legal basis and what that basis needs (a law, an interest)."""

    basis: Enforced[Annotated[Basis, Missing("no-basis")]]
    """The one legal basis of GDPR art. 6(1)."""

    data: Decided[Names] = ()
    """The categories of data it uses. None for a purpose that only sets cookies or loads third parties."""

    keep: Decided[KeepAfter | None] = None
    """How long after which event the data is kept: "7 years after last_order"; "13 months" counts from the creation of
    each item, such as an event of analytics. Always finite (art. 5(1)(e))."""

    review: Decided[Day | None] = None
    """Instead of `keep`: the day on which the shop decides again whether the data is still needed."""

    then: Literal["erase", "anonymise"] = "erase"
    """What happens when the term is over."""

    law: Shown[Line | None] = None
    """The law that obliges or permits: required for `legal_obligation` and `public_task`, and for `permits`."""

    interest: Shown[Line | None] = None
    """The interest that was weighed against the customer's: required for `legitimate_interest` (art. 6(1)(f))."""

    needs: Decided[Name | None] = None
    """What must be shown each time, such as `case` or `legal_reference`; without it the decision is no."""

    asked: Enforced[Literal["browser", "account"] | None] = None
    """Who is asked for consent. Default: the browser if a cookie or third party serves the purpose, else the
    account."""

    explicit: StrictBool = False
    """Consent must be explicit (art. 9(2)(a); passing data on for others' marketing)."""

    confirm: Enforced[Literal["double_opt_in"] | None] = None
    """How consent is confirmed: by a link in a mail to the address given."""

    per: Literal["subject", "item"] = "subject"
    """Consent covers the person, or each item by itself (a review, a photograph)."""

    flag: FieldName | None = None
    """The column that shows the consent (mailing = yes). It is a view of the ledger; nobody else may set it."""

    mail: Enforced[Literal["transactional", "marketing"] | None] = None
    """The class of its messages: marketing is sent only if the purpose is allowed, and contains links; transactional
    always goes out."""

    channels: Enforced[tuple[Channel, ...]] = ("email",)
    """The channels its messages use. Each can be switched off by itself."""

    formerly: Enforced[Names] = ()
    """Earlier names of the purpose. Unsubscribe links in mails from that time still end it."""

    soft_opt_in: Enforced[StrictBool] = False
    """E-mail to own customers about similar products without consent (directive 2002/58 art. 13(2), Tw 11.7(3))."""

    direct_marketing: Enforced[StrictBool] = False
    """An objection is absolute and cannot be overridden (art. 21(3)). Always true if `mail` is marketing."""

    profiling: Decided[StrictBool] = False
    """It builds a profile of the person; an objection erases the profile (art. 21(1))."""

    cross_device: StrictBool = False
    """It recognises the same person on several devices."""

    combines: Decided[Names] = ()
    """The separate contexts that this purpose may join; nothing else may."""

    automated: StrictBool = False
    """It decides by machine alone with legal or similarly serious effect (art. 22)."""

    human_review: Line | None = None
    """Where a person can contest an automated decision: an address or a path (art. 22(3))."""

    permits: tuple[Forbidden, ...] = ()
    """Forbidden kinds of data that the law named in `law` allows for this purpose alone."""

    frozen: Fields = ()
    """Fields that the law keeps as they are: neither erased nor rectified before the term is over."""

    restriction: Decided[Restriction | None] = None
    """Why it continues while the customer has restricted processing (art. 18(2)). Default: it stops."""

    notice: Decided[StrictBool] = False
    """Allowed only once the person was told of it at the moment of collection (art. 13(3))."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        yield from self._basis_problems()
        yield from self._term_problems()
        yield from self._mail_problems()

    def _basis_problems(self) -> Iterator[Problem]:
        if self.basis in {Basis.LEGAL_OBLIGATION, Basis.PUBLIC_TASK} and not self.law:
            message = f'is missing; the basis "{self.basis}" needs the law named, such as "AWR art. 52"'
            yield Problem("law", message, "no-law")
        if self.permits and not self.law:
            code = "national-id" if "national_id" in self.permits else "no-law"
            yield Problem("law", "is missing; forbidden data may be used only if a law is named", code)
        if self.basis is Basis.LEGITIMATE_INTEREST and not self.interest:
            message = "is missing; say which interest of the shop was weighed (art. 6(1)(f))"
            yield Problem("interest", message, "no-interest")
        if self.automated and not self.human_review:
            message = "is missing; say where a person can contest the decision (art. 22(3))"
            yield Problem("human_review", message, "no-human-review")
        if self.basis is not Basis.CONSENT:
            for key in ("asked", "confirm", "flag"):
                if getattr(self, key) is not None:
                    yield Problem(key, f'only goes with the basis "consent", not with "{self.basis}"')
            if self.explicit:
                yield Problem("explicit", f'only goes with the basis "consent", not with "{self.basis}"')

    def _term_problems(self) -> Iterator[Problem]:
        if self.keep is not None and self.review is not None:
            yield Problem("review", "cannot be combined with keep; write one of the two")
        elif self.data and self.keep is None and self.review is None:
            message = 'is missing; say how long the data is kept, such as "2 years after last_contact"'
            yield Problem("keep", message, "no-term")

    def _mail_problems(self) -> Iterator[Problem]:
        if (
            self.confirm
            and self.basis is Basis.CONSENT
            and (self.mail != "marketing" or "email" not in self.channels)
        ):
            message = 'only goes with mail "marketing" and the channel "email": it is the link in a mail that confirms'
            yield Problem("confirm", message)
        if self.soft_opt_in and (self.basis is not Basis.LEGITIMATE_INTEREST or self.mail != "marketing"):
            code = "two-regimes" if self.basis is Basis.CONSENT else "invalid"
            message = 'only goes with basis "legitimate_interest" and mail "marketing"'
            yield Problem("soft_opt_in", message, code)

    @property
    def objectable(self) -> bool:
        """Whether an objection, or a signal in its place, can end it (art. 21(1); consent is refused instead)."""
        return self.basis in {Basis.CONSENT, Basis.LEGITIMATE_INTEREST, Basis.PUBLIC_TASK}

    @property
    def absolute_objection(self) -> bool:
        """Whether an objection ends it for good (art. 21(3))."""
        return self.direct_marketing or self.mail == "marketing"
