"""Where the gate's instructions go: ``python -m benchmarks.parts``.

Each part of a request with ten cookies is counted alone by callgrind, as `benchmarks.gate` sends it through ASGI. They
add up to a little less than the whole: the calls between them belong to none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.callgrind import counted


def cases() -> Mapping[str, Callable[[], object]]:
    from benchmarks import gate
    from shopprivacy import asgi
    from shopprivacy.consent.cookie import read_times, verify
    from shopprivacy.cookies.request import cut_out, plain_names
    from shopprivacy.crypto import Use
    from shopprivacy.gate.request_filter import Passage
    from shopprivacy.gate.response_filter import release

    [pair] = gate.consents(1)
    value = pair.partition(b"=")[2]
    field = gate.TEN.encode() + b"; " + pair
    body = verify(value, gate.KEYSET)
    assert body is not None
    key = gate.KEYSET.derive(Use.CONSENT_COOKIE, key_id=body[1:5])
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [
            (b"host", b"shop.example"),
            (b"user-agent", b"Mozilla/5.0"),
            (b"accept", b"text/html"),
            (b"cookie", field),
        ],
    }
    head = asgi._Head(scope)
    consent = Passage(gate.GATE, head, gate.NOW)
    kept, _ = cut_out(field, b"__Host-consent=", b"; __Host-consent=")
    names = plain_names(kept)
    passing = consent.verdicts.passing
    fields = [(b"content-type", b"text/html")]
    read = gate.GATE.read_consent.__wrapped__
    return {
        "nothing": lambda: None,
        "new visitors: the signature": lambda: key.mac(value),
        "new visitors: the signature and the rest of the value": lambda: verify(value, gate.KEYSET),
        "new visitors: when the answers were given": lambda: read_times(body),
        "new visitors: all of the consent cookie": lambda: read(value),
        "taking our own cookie out": lambda: cut_out(field, b"__Host-consent=", b"; __Host-consent="),
        "the other names": lambda: plain_names(kept),
        "looking them up": lambda: passing.issuperset(names or ()),
        "signals, the time, how purposes stand": lambda: consent._stand(consent.signed),
        "the request's head": lambda: asgi._Head(scope),
        "whether one of our own pages is asked for": lambda: gate.Service.endpoint(head),
        "the response's head": lambda: release(consent, fields),
    }


def main() -> None:
    now = counted("benchmarks.parts:cases")
    for name, total in now.items():
        if name != "nothing":
            print(f"{name:56}{total - now['nothing']:10}")


if __name__ == "__main__":
    main()
