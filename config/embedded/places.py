"""Where the servers' data, sockets and binaries lie, so that their account may enter.

Nothing that is not ours is opened for it: where the data folder or the wheels are closed to the
account, a folder of our own under /var/lib (or /var/tmp) takes their place.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded import CannotStart
from config.embedded.accounts import Account, of_the_servers
from config.embedded.binaries import Binaries, runnable_by

BASES = (Path("/var/lib"), Path("/var/tmp"))


@dataclass(frozen=True, slots=True)
class Places:
    """`folder` and `logs` are ours; `home` and `sockets` are where the servers' account writes."""

    folder: Path
    logs: Path
    home: Path
    sockets: Path
    account: Account
    binaries: Binaries


def kept(folder: Path) -> Places:
    """The places of `make run`, whose data stay."""
    logs = folder / "log"
    logs.mkdir(parents=True, exist_ok=True)
    account = of_the_servers(_existing_data(folder))
    return Places(
        folder=folder,
        logs=logs,
        home=_home(folder, account),
        sockets=account.make_folder(sockets(folder)),
        account=account,
        binaries=runnable_by(account, elsewhere),
    )


def throwaway(folder: Path) -> Places:
    """Places below a fresh temporary folder with a short path, which the caller removes."""
    folder.chmod(0o711)
    account = of_the_servers(None)
    home = account.make_folder(folder / "home")
    return Places(
        folder=folder,
        logs=folder,
        home=home,
        sockets=account.make_folder(folder / "sockets"),
        account=account,
        binaries=runnable_by(account, lambda: folder),
    )


def elsewhere() -> Path:
    """Our own folder beside the data folder: every account may enter, only root may change it."""
    for base in BASES:
        ours = base / "gangway"
        try:
            ours.mkdir()
            ours.chmod(0o755)
        except FileExistsError:
            pass
        except OSError:
            continue
        found = ours.lstat()
        if ours.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise CannotStart(f"{ours} is in the way: it is not ours alone. Remove it.")
        return ours
    raise CannotStart(
        "The data folder is closed to the account of the database, and neither "
        + " nor ".join(map(str, BASES))
        + " can take its data. Set GANGWAY_DATA to a folder other accounts may enter."
    )


def forget(folder: Path) -> None:
    """Remove the data kept outside of this data folder, if there are any, and the link to them."""
    link = folder / "elsewhere"
    if link.is_symlink():
        home = link.readlink()
        if home.parent not in [base / "gangway" for base in BASES]:
            raise CannotStart(f"{link} leads to {home}, which we did not make. Remove the link.")
        shutil.rmtree(home, ignore_errors=True)
        link.unlink()
        with contextlib.suppress(OSError):  # Others of ours may still be there.
            home.parent.rmdir()


def _existing_data(folder: Path) -> Path | None:
    for data in (folder / "elsewhere" / "postgres", folder / "postgres"):
        if data.exists():
            return data
    return None


def _home(folder: Path, account: Account) -> Path:
    """Where the data are; once chosen it stays, noted in the data folder as a link."""
    link = folder / "elsewhere"
    if link.is_symlink():
        home = link.readlink()
        if not home.is_dir():
            raise CannotStart(
                f"The data were kept in {home}, which is gone. `make reset` starts anew."
            )
        return home
    if account.can_enter(folder):
        return folder
    if (folder / "postgres").exists():
        raise CannotStart(f"{folder} was open to the account {account.name} and is closed now.")
    home = Path(tempfile.mkdtemp(prefix="data-", dir=elsewhere()))
    home.chmod(0o711)
    link.symlink_to(home)
    return home


def sockets(folder: Path) -> Path:
    """A short path, whatever the data folder is called: a socket's may have 107 bytes."""
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path(f"/run/gangway-{name}")
    return Path(f"/tmp/gangway-{os.geteuid()}-{name}")
