"""A partner's self-test: the documented flows, walked against a server with a test key.

Nothing here knows Django, the database or a library: it speaks HTTP as a partner does, so that
it runs wherever Python runs. `python manage.py partner_check <base-url> <key>` starts it, and so
does `python -m ota.partner_check`.
"""
