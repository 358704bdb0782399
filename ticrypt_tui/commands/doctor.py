"""`ticrypt-tui doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.errors import ConfigurationError, StoreUnavailable, TicryptError
from ticrypt_tui.commands.printing import print_json
from ticrypt_tui.commands.session import Choices, configured, finished, opened
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: `fault` says what is wrong with it, `remedy` what would help."""

    subject: str
    says: str = ""
    fault: str = ""
    remedy: str = ""


@click.command("doctor")
@configured
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(choices: Choices, as_json: bool) -> int:
    """Check configuration, database, every host, the audit log and your key."""
    findings = finished(_found(choices))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            click.echo(shown(_line(finding)))
    return 1 if any(finding.fault for finding in findings) else 0


def _line(finding: Finding) -> str:
    if finding.fault:
        return f"FAULT  {finding.subject}: {finding.fault} {finding.remedy}".rstrip()
    return f"ok     {finding.subject}: {finding.says}"


async def _found(choices: Choices) -> list[Finding]:
    return [finding async for finding in _findings(choices)]


async def _findings(choices: Choices) -> AsyncIterator[Finding]:
    """Check one thing after the other, as far as each makes the next possible."""
    try:
        settings = choices.settings()
        yield Finding("configuration", f"{settings.path}, {len(settings.realms)} realms")
        async with opened(choices) as enclave:
            async for finding in _findings_inside(enclave):
                yield finding
    except ConfigurationError as error:
        yield _fault("configuration", error)
    except StoreUnavailable as error:
        yield _fault("database", error)
    except TicryptError as error:
        yield _fault("caller", error)


async def _findings_inside(enclave: Enclave) -> AsyncIterator[Finding]:
    yield Finding("database", enclave.database.address.says)
    yield Finding("caller", f"{enclave.caller.login} is {enclave.caller.role}")
    for realm_id, fault in enclave.drivers.faults.items():
        yield Finding(f"realm {realm_id}", fault=fault)
    if not enclave.why_not("list hosts"):
        for host in enclave.sightings().values():
            yield _host(host)
    yield await _audit(enclave)
    yield await _key(enclave)


def _host(host: HostSeen) -> Finding:
    subject = f"host {host.address.name}"
    if host.reach in (Reach.UNREACHABLE, Reach.CONNECTING):
        return Finding(
            subject, "", f"{host.reach}. {host.detail}", f"Its URI is {host.address.uri}."
        )
    return Finding(subject, f"{host.reach}, {len(host.domains)} VMs")


async def _audit(enclave: Enclave) -> Finding:
    verdict = await enclave.verified()
    if not verdict.ok:
        remedy = f"Records up to {verdict.up_to} are good; `ticrypt-tui audit export` saves them."
        return Finding("audit log", "", verdict.sentence, remedy)
    if fault := enclave.audit.fault:
        return Finding("audit log", "", fault, "Until it can be written, nothing can be changed.")
    if alarm := enclave.status.proof.alarm:
        return Finding("audit log", "", alarm, "docs/audit.md says what it means.")
    return Finding("audit log", verdict.sentence)


async def _key(enclave: Enclave) -> Finding:
    """The operator's own key, and whether anybody's has changed since it was seen."""
    from ticrypt_tui.backend.services.keys.own_keys import Standing, compared, own_standing

    try:
        own = await own_standing(enclave)
        people, fault = await compared(enclave)
    except TicryptError as error:
        return _fault("key", error)
    if own.state is Standing.NONE and not own.registered:
        return Finding("key", "you have none; drives need one (`ticrypt-tui keys new`)")
    if own.state is not Standing.REGISTERED:
        said = f"{own.state}; registered is {own.registered or 'none'}."
        return Finding("key", "", said, "`ticrypt-tui keys new` says what can be done.")
    if fault:
        return _fault("key", fault)
    if changed := [each.login for each in people if each.trust == "changed"]:
        said = f"Changed since they were seen: the keys of {', '.join(changed)}."
        return Finding("key", "", said, "Compare them: `ticrypt-tui keys list`, `keys verify`.")
    return Finding("key", f"{own.fingerprint}, registered; {len(people)} people have one")


def _fault(subject: str, error: TicryptError) -> Finding:
    return Finding(subject, "", error.sentence, error.remedy)
