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
    """Check configuration, database, every host and the audit log."""
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
    for realm_id, fault in enclave.faults.items():
        yield Finding(f"realm {realm_id}", fault=fault)
    if not enclave.why_not("list hosts"):
        for host in enclave.sightings().values():
            yield _host(host)
    yield await _audit(enclave)


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


def _fault(subject: str, error: TicryptError) -> Finding:
    return Finding(subject, "", error.sentence, error.remedy)
