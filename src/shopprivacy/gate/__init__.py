"""The cookie gate: cookie rules, request and response filters, deletions, cache headers. Decides without any I/O.

What happens to a Cookie field is read in five files: ``request_filter`` (what passes), ``gate`` (the rules compiled,
and the consent cookies known), ``cookie_rules`` (on what basis a name passes, and why not), ``cookies/request.py``
(the field cut into pairs) and ``consent/cookie.py`` (the consent cookie read). How a purpose's status follows from
choices and signals is the consent domain's: ``consent/choices.py``.

Every request passes here, and nearly every one is the same: a field as browsers send it, with a consent cookie seen
before, and nothing to hold back. That one is made cheap, by these means and nowhere else in the library:

- What a consent cookie says is kept by its bytes, in a cache of limited size, and so is what follows from its readable
  shape: which names pass. Then one set operation admits the whole field.
- What many requests do not ask for is worked out when first looked up: statuses, reasons, all the choices in a cookie.
- ``Passage`` is both a request's consent and the gate's notes on it, since every further object and call costs as much
  as the decision. It sets its attributes itself, and keeps those that few requests need on the class.
- Members of enumerations are module constants, and methods of built-in types (``NameTable.find``) are called directly:
  looking either up costs more than what is done with it.
"""
