"""What people read: the start page, the API reference, the guides, a page for every error code.

Everything here is made of the code and of docs/guides/, cannot change while the process lives,
and is rendered at most once in it.
"""
