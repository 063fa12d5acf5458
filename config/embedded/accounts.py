"""Whom the servers run as, and what that account may do."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded import CannotStart


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine that the servers run as."""

    name: str
    uid: int
    gid: int

    def change(self) -> dict[str, Any]:
        """The arguments of Popen that make a child run as this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, *command: str | os.PathLike[str]) -> bool:
        """Whether this account succeeds with a short command."""
        try:
            tried = subprocess.run(
                command, cwd="/", env={}, capture_output=True, check=False, **self.change()
            )
        except OSError:
            return False
        return tried.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        return self.can("/bin/sh", "-c", 'cd "$0"', folder)

    def make_folder(self, folder: Path) -> Path:
        """A folder that only this account (and root) can enter; somebody else's is refused."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            self._expect_own(folder)
        else:
            os.chown(folder, self.uid, self.gid)
        return folder

    def _expect_own(self, folder: Path) -> None:
        if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != self.uid:
            raise CannotStart(
                f"{folder} is no folder of the account {self.name}. Remove it, set GANGWAY_DATA"
                " to another folder, or start as the account it belongs to."
            )


def of_the_servers(existing_data: Path | None) -> Account:
    """Ourselves; for root, whom PostgreSQL refuses, the owner of the data or `nobody`."""
    if os.geteuid() != 0:
        return _account(os.geteuid())
    owner = existing_data.stat().st_uid if existing_data else 0
    return _account(owner or "nobody")


def _account(who: int | str) -> Account:
    try:
        entry = pwd.getpwnam(who) if isinstance(who, str) else pwd.getpwuid(who)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL runs only as an account this machine knows, and it does not know {who}."
            " Add it to /etc/passwd, or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
