"""Programs run as OS users who are not root, and who can reach nothing of root's."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = f"$AT/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
BOUND = {
    # Where only root may come, perhaps: each process sees it in the test's folder.
    "python": sys.base_prefix,
    "packages": sysconfig.get_path("purelib"),
    "project": str(Path(__file__).parents[1]),
}
MOUNTS = " ".join(
    f"mount --bind {shlex.quote(place)} {{at}}/{name};" for name, place in BOUND.items()
)


def admit(folder: Path) -> None:
    """Make a folder ready for accounts to be made in it."""
    for bound in BOUND:
        (folder / bound).mkdir()


@dataclass(frozen=True, slots=True)
class Account:
    """An OS user with a home of his own, and the groups that he is in beside his own."""

    login: str
    home: Path
    groups: tuple[str, ...] = ()

    @classmethod
    def made(cls, login: str, folder: Path, *groups: str) -> Account:
        """The account of a user that there is, with a new home in a folder that admits him."""
        home = folder / login
        home.mkdir(mode=0o700)
        shutil.chown(home, login)
        return cls(login, home, groups)

    def begins(self, *words: str, file: Path, kept: Sequence[int] = ()) -> subprocess.Popen[str]:
        """Python with these words as him, on a configuration file; descriptors may be kept open."""
        command = f"{MOUNTS.format(at=self.home.parent)} umask 007; exec {self._as_him()}"
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", f"{command} {PYTHON} {shlex.join(words)}"],
            cwd=self.home, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, pass_fds=kept, env=self._environment(file),
        )  # fmt: skip

    def does(
        self, *words: str, file: Path, kept: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """What Python says to these words in the end."""
        with self.begins(*words, file=file, kept=kept) as process:
            return ended(process)

    def _as_him(self) -> str:
        who = pwd.getpwnam(self.login)
        ids = ",".join(str(grp.getgrnam(each).gr_gid) for each in self.groups)
        groups = f"--groups={ids}" if ids else "--clear-groups"
        return f"setpriv --reuid={who.pw_uid} --regid={who.pw_gid} {groups}"

    def _environment(self, file: Path) -> dict[str, str]:
        at = self.home.parent
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_DATA_HOME": str(self.home),
            "TICRYPT_TUI_CONFIG": str(file), "PYTHONPATH": f"{at}/project:{at}/packages",
            "PYTHONDONTWRITEBYTECODE": "1", "AT": str(at),
            "LD_LIBRARY_PATH": f"{at}/python/lib",  # this Python's own library, if it has one
        }  # fmt: skip


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What a process said, and its exit code; one that does not end is killed."""
    try:
        output, errors = process.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
