"""A real PostgreSQL and a real Valkey from wheels, started by us alone.

`make run` keeps their data (config.serve), tests and checks throw it away (throwaway). Both
servers listen on Unix sockets only, in a folder nobody but their account may enter.
"""


class CannotStart(Exception):
    """Something the operator has to change first; shown without a traceback."""
