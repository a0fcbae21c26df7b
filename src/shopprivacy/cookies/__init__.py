"""How browsers and servers read and write cookies: RFC 6265 and its successor draft-ietf-httpbis-rfc6265bis-22.

Nothing here knows a policy. ``request`` reads the Cookie field, ``response`` the Set-Cookie field, ``dates``
the dates in it, ``names`` finds the declaration that a cookie's name falls under.
"""
