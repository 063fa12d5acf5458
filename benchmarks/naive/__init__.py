"""The control: the same calls as a plain Django REST framework project would build them.

Nothing in it is slow on purpose. It keeps no idempotency records and no request log, and it
counts no requests; stock is kept right by `select_for_update`. Its tables are its own.
"""
