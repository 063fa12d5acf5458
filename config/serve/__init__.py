"""`make run`: one command that starts all of Gangway on one machine, and stops all of it.

It is a process of its own beside the product, which never imports it.
"""
