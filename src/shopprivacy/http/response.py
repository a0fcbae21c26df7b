"""What an endpoint answers with: Starlette's ``Response``, as a value. Nobody calls it as an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopprivacy.http.request_head import Fields

if TYPE_CHECKING:
    from starlette.responses import Response


def respond(status: int, fields: Fields, body: bytes = b"") -> Response:
    """Return a whole response with these header fields, as they stand here and in this order, and its length.

    An endpoint's responses are small and never streamed: the shells send ``status_code``, ``raw_headers`` and ``body``,
    and run no background task.
    """
    # With what it stands on it takes a tenth of a second to import; commands and many processes answer nothing.
    from starlette.responses import Response

    response = Response(body, status)
    response.raw_headers = [*fields, (b"content-length", b"%d" % len(body))]
    return response
