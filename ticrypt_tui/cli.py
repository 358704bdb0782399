"""The command line (`design.md` 6): the same operations, checks and records as on the screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from ticrypt_tui.backend.errors import TicryptError, WrongUse
from ticrypt_tui.commands import audit, demo, doctor, init, keys, listing, run, sync
from ticrypt_tui.commands.session import Choices, configured
from ticrypt_tui.text import shown

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@configured
@click.version_option(package_name="ticrypt-tui")
def commands(choices: Choices) -> None:
    """Run the virtual machines of a secure research enclave. Without a command: the console."""


for each in (
    listing.command, run.command, init.command, demo.command, audit.group, keys.group,
    doctor.command, sync.command,
):  # fmt: skip
    commands.add_command(each)


def main(words: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 wrong use, 3 refused."""
    try:
        code = commands.main(list(words), prog_name="ticrypt-tui", standalone_mode=False)
    except TicryptError as error:
        return _complained(error, as_json="--json" in words)
    except click.Abort:
        return INTERRUPTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.ClickException as error:
        return _complained(WrongUse(error.format_message()), as_json="--json" in words)
    return code if isinstance(code, int) else 0


def _complained(error: TicryptError, *, as_json: bool) -> int:
    lines = getattr(error, "lines", ())
    if as_json:
        said = {"error": type(error).__name__, "sentence": error.sentence, "remedy": error.remedy}
        more = {"lines": lines} if lines else {}
        print(json.dumps(said | more | {"exit_code": error.exit_code}), file=sys.stderr)
    else:
        print("\n".join(map(shown, (error, *lines))), file=sys.stderr)
    return error.exit_code
