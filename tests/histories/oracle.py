"""What has to hold after a history, by what was answered with success alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from shopprivacy.consent.choices import Choice, Choices
from tests.histories.world import POLICIES, Device, Worker, World

ACCOUNTS = ("an", "bo")
_HEATMAPS = {("heatmap", policy.purpose_id("heatmap")) for policy in POLICIES[1:]}


class Step(NamedTuple):
    """One thing that happens: what, and whichever of device, worker, account, purposes and number it is about."""

    what: str
    device: int = 0
    worker: int = 0
    account: str = ""
    purposes: tuple[str, ...] = ()
    number: int = 0
    meanwhile: int | None = None
    """At which worker another window of the device refuses all while this is on its way."""


class Violated(Exception):
    """Something is allowed that was withdrawn, and that was answered with success."""


@dataclass
class Known:
    """What the visitor of a device has been told that holds, each with the number of the step that told it."""

    granted: dict[str, int] = field(default_factory=dict)
    denied: dict[str, int] = field(default_factory=dict)
    inherited: dict[str, int] = field(default_factory=dict)
    """What the account that was signed in last had said no to by then. It binds while that account is known here."""
    heir: str | None = None
    """That account."""
    tied: str | None = None
    """Whose grants they are."""

    def copy(self) -> Known:
        """Return it as it is now."""
        return replace(self, granted={**self.granted}, denied={**self.denied}, inherited={**self.inherited})

    def denies(self, name: str, no: int) -> bool:
        """Whether a no of that step came after the grant."""
        return no >= 0 and no > self.granted.get(name, -1)


class History:
    """Plays steps, and looks whether all that was acknowledged holds."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known = [Known() for _ in world.devices]
        self.denied_by: dict[str, dict[str, int]] = {account: {} for account in ACCOUNTS}
        self._backup = world.store.saved()
        self._kept: dict[int, tuple[bytes | None, Known]] = {}
        self._now = 0
        self._settled = 0

    def play(self, step: Step) -> None:
        """Do one step. Raises Violated."""
        self._now += 1
        getattr(self, f"_{step.what}")(step)

    def check(self) -> None:
        """Let everybody come back and look, then visit every worker with every device. Raises Violated."""
        self.world.settle()
        self._now += 1
        self._settled = self._now
        for number, device in enumerate(self.world.devices):
            for worker in self.world.workers:  # the first response may be the one that narrows
                self._see(number, device, worker)
            for at, worker in enumerate(self.world.workers):
                self._hold(number, at, self._see(number, device, worker), settled=True)

    # What happens

    def _accept(self, step: Step) -> None:
        device, worker, known = self._at(step)
        asked = step.purposes or tuple(worker.made.browser.purposes)
        form = [("choice", "accept"), *(("asked", name) for name in asked)]
        if not self._overlapped(step, lambda meanwhile: self.world.answer(device, worker, form, meanwhile)):
            return
        if device.account is not None and _granted(device):
            self._change_hands(known, device)
        for name in {*asked} & worker.made.browser.purposes.keys():
            known.granted[name] = self._now

    def _refuse(self, step: Step) -> None:
        device, worker, known = self._at(step)
        before, purposes = _granted(device), worker.made.browser.purposes
        owner = device.account or known.tied
        asked = step.purposes
        done = self.world.answer(device, worker, [("choice", "refuse"), *(("asked", name) for name in asked)])
        if not _granted(device):  # which holds in the browser, whatever the answer says
            known.tied = None
        if not done:
            return
        by_consent = {name for name, purpose in purposes.items() if purpose.by_consent}
        refused = {*asked} or by_consent
        if refused >= by_consent:  # and so what only a newer policy asks about
            refused |= {name for name, purpose_id in _HEATMAPS if purpose_id in before}
        for name in refused:
            known.denied[name] = self._now
            if owner is not None:
                self.denied_by[owner][name] = self._now
        self._hold(step.device, step.worker, self._see(step.device, device, worker), settled=False)

    def _overlapped(self, step: Step, send: Callable[[Callable[[], object]], bool]) -> bool:
        """Send a request while another window refuses; gives whether it was answered with success."""
        device, _, known = self._at(step)
        sent, left = known.copy(), device.consent

        def meanwhile() -> None:
            nonlocal left
            if step.meanwhile is not None:
                self._refuse(Step("refuse", step.device, step.meanwhile))
                left = device.consent

        done = send(meanwhile)
        if device.consent != left and _granted(device):
            # It was made of the cookie that came with the request. Its grants are whose they were then, whatever a
            # worker with another keyset, which answered the other window, made of that.
            known.tied, known.heir, known.inherited = sent.tied, sent.heir, sent.inherited
        return done

    def _withdraw(self, step: Step) -> None:
        worker = self.world.workers[step.worker]
        for name in step.purposes:
            if name in worker.made.policy.purposes and self.world.withdraw(worker, step.account, name):
                self.denied_by[step.account][name] = self._now

    def _sign_in(self, step: Step) -> None:
        device, worker, known = self._at(step)
        account = step.account
        if self._overlapped(step, lambda meanwhile: self.world.sign_in(device, worker, account, meanwhile)):
            self._change_hands(known, device)

    def _sign_out(self, step: Step) -> None:
        self.world.devices[step.device].account = None

    def _visit(self, step: Step) -> None:
        device, worker, _ = self._at(step)
        self._hold(step.device, step.worker, self._see(step.device, device, worker), settled=False)

    def _look(self, step: Step) -> None:
        if not self.world.store.is_down:
            self.world.workers[step.worker].look()

    def _silence(self, step: Step) -> None:
        self.world.workers[step.worker].feed._looked = float("-inf")

    def _down(self, _step: Step) -> None:
        self.world.store.is_down = True

    def _up(self, _step: Step) -> None:
        self.world.store.is_down = False

    def _back_up(self, _step: Step) -> None:
        self._backup = self.world.store.saved()

    def _restore(self, _step: Step) -> None:
        self.world.store.restore(self._backup)

    def _restart(self, step: Step) -> None:
        if not self.world.store.is_down:
            self.world.workers[step.worker] = self.world.started(step.worker, *divmod(step.number, 2))

    def _clock(self, step: Step) -> None:
        self.world.skews[step.worker] = timedelta(seconds=step.number)

    def _wait(self, step: Step) -> None:
        self.world.time += timedelta(seconds=step.number)

    def _keep(self, step: Step) -> None:
        """The visitor saves the browser's profile."""
        self._kept[step.device] = (self.world.devices[step.device].consent, self.known[step.device].copy())

    def _bring_back(self, step: Step) -> None:
        """The visitor's own cookie of another day holds what they chose then; what the account said since counts."""
        if step.device in self._kept:
            consent, known = self._kept[step.device]
            self.world.devices[step.device].consent, self.known[step.device] = consent, known.copy()

    # What has to hold

    def _at(self, step: Step) -> tuple[Device, Worker, Known]:
        return self.world.devices[step.device], self.world.workers[step.worker], self.known[step.device]

    def _see(self, number: int, device: Device, worker: Worker) -> frozenset[str]:
        allowed = self.world.visit(device, worker)
        if device.account is not None:
            self._change_hands(self.known[number], device)
        return allowed

    def _change_hands(self, known: Known, device: Device) -> None:
        """Somebody is signed in: the browser's grants are theirs, with all that they ever said no to."""
        account = device.account
        if account is None:
            return
        if known.tied == account:
            if not _granted(device):  # as a worker with another keyset leaves it: tied to nobody
                known.tied = None
            return
        # What ended them for whoever had them until now, and everybody knows of, has ended them for good.
        earlier = self.denied_by[known.tied] if known.tied else {}
        for name, no in earlier.items():
            if no <= self._settled and known.denies(name, no):
                known.denied[name] = self._now
        known.inherited = dict.fromkeys(self.denied_by[account], self._now)
        known.heir = account
        known.tied = account if _granted(device) else None

    def _hold(self, number: int, worker: int, allowed: frozenset[str], *, settled: bool) -> None:
        known = self.known[number]
        for name in sorted(allowed):
            if known.denies(name, known.denied.get(name, -1)):
                raise Violated(f"device {number} may {name} at worker {worker}: refused on it")
            owner = known.tied or self.world.devices[number].account
            no = self.denied_by[owner].get(name, -1) if owner else -1
            if owner == known.heir:
                no = max(no, known.inherited.get(name, -1))
            if settled and owner and known.denies(name, no):
                raise Violated(f"device {number} may {name} at worker {worker}: withdrawn by {owner}")


def _granted(device: Device) -> set[int]:
    choices: Choices | None = device.choices()
    answers = choices.answers.items() if choices else ()
    return {purpose_id for purpose_id, answer in answers if answer.choice is Choice.GRANTED}
