"""`ticrypt-tui keys`: the operator's own key pair, and the fingerprints of everyone's."""

from __future__ import annotations

import click

from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.commands.passphrase import new_passphrase
from ticrypt_tui.commands.printing import print_json, print_table
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.text import shown

_REPLACE = "Take the place of the key that is registered for you; its file is put aside."
_PASSPHRASE_FD = "Read the passphrase from this open file descriptor, not from the terminal."
_ANEW = "Begin a new pin file, where the one before is lost: everyone is compared anew."


@click.group("keys")
@configured
def group(choices: Choices) -> None:
    """Your own key pair, and the fingerprints of everyone's."""


@group.command("new")
@configured
@click.option("--replace", is_flag=True, help=_REPLACE)
@click.option("--passphrase-fd", type=int, help=_PASSPHRASE_FD)
def new(choices: Choices, replace: bool, passphrase_fd: int | None) -> None:
    """Make your key file under a passphrase, and register its public halves."""
    made_anew = finished(_wanted(choices, replace))
    passphrase = new_passphrase(passphrase_fd) if made_anew else None
    finished(_made(choices, passphrase, replace))


@group.command("show")
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(choices: Choices, as_json: bool) -> None:
    """Print your public keys, their fingerprint, and whether they are registered."""
    facts = finished(_shown(choices))
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            click.echo(shown(f"{name.replace('_', ' ')}: {value}"))


@group.command("list")
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listed(choices: Choices, as_json: bool) -> None:
    """Print everyone's fingerprint, and how it compares with what was seen before."""
    finished(_listed(choices, as_json))


@group.command("verify")
@configured
@click.argument("login", required=False)
@click.argument("fingerprint", required=False)
@click.option("--anew", is_flag=True, help=_ANEW)
def verify(choices: Choices, login: str | None, fingerprint: str | None, anew: bool) -> None:
    """Compare a fingerprint that LOGIN told you with the registered one, and pin that key."""
    if not (anew if login is None else fingerprint):
        raise click.UsageError("A login and the fingerprint that he told you, or --anew.")
    finished(_verified(choices, login, fingerprint or "", anew))


async def _wanted(choices: Choices, replace: bool) -> bool:
    """Whether a new key file is to be made; raises `Refused` where there is all that is wanted."""
    from ticrypt_tui.backend.services.keys.own_keys import Standing, own_standing

    async with opened(choices, settled=False) as enclave:
        standing = await own_standing(enclave)
        if standing.state is Standing.REGISTERED and not replace:
            raise Refused(
                f"You have a key, {standing.fingerprint}, and it is registered.",
                "`--replace` makes another; read in `ticrypt-tui keys new --help` what it does.",
            )
        if standing.registered and not replace:
            raise Refused(
                f"The key {standing.registered} is registered for you, and its file is not here.",
                "Put its file back; or take its place with `--replace`.",
            )
        return standing.state in (Standing.REGISTERED, Standing.NONE)


async def _made(choices: Choices, passphrase: str | None, replace: bool) -> None:
    async with opened(choices, settled=False) as enclave:
        keys = enclave.keys
        if passphrase is not None:
            if aside := keys.put_aside():
                click.echo(shown(f"The key before is kept as {aside}."))
            await keys.create(passphrase)
            click.echo(shown(f"Your key is in {keys.file}; without its passphrase it is lost."))
        arguments = {"public_key": keys.public.written, "replace": replace}
        click.echo(shown(await enclave.run("user.register_key", arguments)))
        keys.pins.accept(enclave.caller.user_id, keys.public)


async def _shown(choices: Choices) -> dict[str, str]:
    from ticrypt_tui.backend.services.keys.own_keys import own_standing

    async with opened(choices, settled=False) as enclave:
        public, standing = enclave.keys.public, await own_standing(enclave)
        return {
            "fingerprint": public.fingerprint,
            "state": standing.sentence,
            "file": str(enclave.keys.file),
            "age_recipient": public.recipient,
            "public_key": public.written,
        }


async def _listed(choices: Choices, as_json: bool) -> None:
    from ticrypt_tui.backend.services.keys.own_keys import compared

    async with opened(choices, settled=False) as enclave:
        people, fault = await compared(enclave)
        if as_json:
            print_json(people)
        else:
            rows = [(each.login, each.fingerprint, each.trust, each.state) for each in people]
            print_table(("LOGIN", "FINGERPRINT", "SEEN", "STATE"), rows, set())
        if isinstance(fault, TicryptError):
            raise fault


async def _verified(choices: Choices, login: str | None, told: str, anew: bool) -> None:
    from ticrypt_tui.backend.services.keys.own_keys import begin_pins_anew, verify_key

    async with opened(choices, settled=False) as enclave:
        if anew:
            click.echo(shown(await begin_pins_anew(enclave)))
        if login is not None:
            click.echo(shown(await verify_key(enclave, login, told)))
