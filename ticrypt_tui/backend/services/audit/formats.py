"""Audit records in the words of other programs: one record, one line, nothing that breaks out."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from ticrypt_tui.backend.audit.records import AuditRecord, Severity
from ticrypt_tui.backend.services import catalogue
from ticrypt_tui.text import shown

PRODUCT = "ticrypt-tui"
COLUMNS = (
    "seq", "at", "operation", "outcome", "login", "machine", "ssh_client", "target_kind",
    "target_id", "target_name", "reason", "operation_id", "hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")

# OCSF's class API Activity: https://schema.ocsf.io/1.3.0/classes/api_activity
_OCSF, _APPLICATION, _API_ACTIVITY = "1.3.0", 6, 6003
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_VERBS = {"create": _CREATE, "clone": _CREATE, "edit": _UPDATE, "delete": _DELETE}
_SUCCESS, _FAILURE = 1, 2
_STATUS = {"done": _SUCCESS, "refused": _FAILURE, "failed": _FAILURE, "interrupted": _FAILURE}
_OCSF_SEVERITY = {each: number for number, each in enumerate(Severity, 1)}

# ArcSight's Common Event Format, version 0; its severity is from 0 to 10.
_CEF_SEVERITY = dict(zip(Severity, (1, 3, 5, 8, 10), strict=True))


def as_csv(record: AuditRecord) -> str:
    """One line; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    cells = [shown(getattr(record, name)) for name in COLUMNS]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells
    )
    return line.getvalue()


def as_ocsf(record: AuditRecord) -> str:
    """An event of OCSF's class API Activity, as a line of JSON in ASCII."""
    activity = _activity(record.operation)
    status = _STATUS.get(record.outcome, _OTHER)
    event = {
        "category_uid": _APPLICATION,
        "class_uid": _API_ACTIVITY,
        "activity_id": activity,
        "type_uid": _API_ACTIVITY * 100 + activity,
        "time": _milliseconds(record),
        "severity_id": _OCSF_SEVERITY[record.severity],
        "status_id": status,
        "status": record.outcome,
        "status_detail": record.reason,
        "actor": {
            "user": {
                "name": record.login,
                "uid": str(record.uid),
                "groups": [{"name": record.role}],
            },
            "session": {"uid": record.session, "terminal": record.terminal},
            "process": {"pid": record.pid},
        },
        "api": {"operation": record.operation, "service": {"name": PRODUCT}},
        "src_endpoint": _endpoint(record),
        "resources": [
            {"type": record.target_kind, "uid": record.target_id, "name": record.target_name}
        ],
        "metadata": {
            "version": _OCSF,
            "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": _version()},
            "sequence": record.seq,
            "uid": record.hash,
            "correlation_uid": record.operation_id,
        },
        "unmapped": {"detail": dict(record.detail), "prev": record.previous},
    }
    return json.dumps(event, ensure_ascii=True, separators=(",", ":"))


def as_cef(record: AuditRecord) -> str:
    """A line of CEF: `|` and `\\` are escaped in its head, `=` and `\\` in its extension."""
    name = f"{record.operation} {record.outcome}"
    severity = str(_CEF_SEVERITY[record.severity])
    head = (PRODUCT, PRODUCT, _version(), record.operation, name, severity)
    extension = " ".join(f"{key}={_in_extension(value)}" for key, value in _cef(record) if value)
    return f"CEF:0|{'|'.join(map(_in_head, head))}|{extension}"


FORMATS: Mapping[str, Callable[[AuditRecord], str]] = {
    "jsonl": lambda record: record.line,
    "csv": as_csv,
    "ocsf": as_ocsf,
    "cef": as_cef,
}


def _cef(record: AuditRecord) -> list[tuple[str, str]]:
    address, port = _client(record)
    labelled = {
        "cs1": ("object kind", record.target_kind),
        "cs2": ("object ID", record.target_id),
        "cs3": ("object", record.target_name),
        "cs4": ("operation ID", record.operation_id),
        "cs5": ("hash", record.hash),
        "cs6": ("previous hash", record.previous),
    }
    six = ":" in address
    return [
        ("rt", str(_milliseconds(record))),
        ("externalId", str(record.seq)),
        ("act", record.operation),
        ("outcome", record.outcome),
        ("reason", record.reason),
        ("suser", record.login),
        ("suid", str(record.uid)),
        ("spriv", record.role),
        ("dvchost", record.machine),
        ("dvcpid", str(record.pid)),
        ("c6a2" if six else "src", address),
        ("c6a2Label", "Source IPv6 Address" if six else ""),
        ("spt", port),
        ("msg", " ".join(f"{key}={value}" for key, value in record.detail.items())),
        *((key, value) for key, (_, value) in labelled.items()),
        *((f"{key}Label", label) for key, (label, value) in labelled.items() if value),
    ]


def _activity(operation: str) -> int:
    known = catalogue.operation(operation)
    if known is not None and not known.changes:
        return _READ
    return _VERBS.get(operation.rpartition(".")[2], _OTHER)


def _endpoint(record: AuditRecord) -> dict[str, Any]:
    address, port = _client(record)
    if not address:
        return {"hostname": record.machine}
    return {"ip": address, "port": int(port)} if port else {"ip": address}


def _client(record: AuditRecord) -> tuple[str, str]:
    """Address and port of the SSH client, as far as its words are such."""
    address, port, *_ = [*record.ssh_client.split(), "", ""]
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return "", ""
    return address, port if port.isascii() and port.isdigit() else ""


def _milliseconds(record: AuditRecord) -> int:
    return int(record.at.timestamp() * 1000)


def _in_head(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace("|", "\\|")


def _in_extension(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace("=", "\\=")


@cache
def _version() -> str:
    return version(PRODUCT)
