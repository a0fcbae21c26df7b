"""What is wrong where the shop is served is told to the operator: once for each host, with what mends it."""

from __future__ import annotations

import pytest

from shopprivacy import Privacy
from shopprivacy.http.origin_fault import OriginFault
from shopprivacy.privacy.origin_log import OriginLog
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import COOKIES, KEYSET, PURPOSES, make_policy
from tests.http.heads import head


@pytest.mark.parametrize("mode", ["report", "enforce"])
def test_a_choice_over_plain_http_is_told(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """In both modes, once for each host, in a line that says what no browser does; reading a page tells nothing."""
    policy = make_policy(purposes=PURPOSES, cookies=COOKIES, mode={"cookies": mode})
    privacy = Privacy(policy, keyset=KEYSET, store=MemoryStore())
    for method in ("GET", "POST", "POST"):
        assert privacy.endpoint(head(method, "/privacy/choices", scheme="http")) is not None
    privacy.endpoint(head("POST", "/privacy/choices", scheme="http", host="10.0.0.1"))
    privacy.close()
    assert [message.partition(",")[0] for message in caplog.messages] == [
        'a choice came over plain http at "shop.example"',
        'a choice came over plain http at "10.0.0.1"',
    ]
    assert "--forwarded-allow-ips" in caplog.messages[0]


def test_what_clients_make_up_is_cut_cleaned_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """A host comes from whoever sends it."""
    log = OriginLog()
    for number in range(20):
        strange = head("POST", host="h\n\x1b" + "x" * 500 + str(number))
        other = head("POST", host=f"h{number}", origin="https://page.example\x1b")
        log.tell(OriginFault.SCHEME_LOST, strange)
        log.tell(OriginFault.HOST_LOST, other)
    assert len(caplog.messages) == 1 + 10  # the strange ones are one, once they are cut
    assert '"h??xxx' in caplog.messages[0]
    assert "\x1b" not in caplog.text
    assert max(map(len, caplog.messages)) < 600


def test_both_hosts_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """So that whoever reads it knows whether both are the shop."""
    OriginLog().tell(
        OriginFault.HOST_LOST, head("POST", host="127.0.0.1:8000", origin="https://shop.example")
    )
    assert 'a page at "shop.example", and the shop knows itself as "127.0.0.1:8000"' in caplog.text
