"""What can go wrong, each with a sentence for people and the exit code of `design.md` 6."""

from __future__ import annotations


class TicryptError(Exception):
    """A fault that a person can read: `sentence` says what is wrong, `remedy` what would help.

    `about` is the argument that is at fault, where it is one: a form says it beside that field.
    """

    exit_code = 1

    def __init__(self, sentence: str, remedy: str = "", about: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.about = about

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class WrongUse(TicryptError):
    """An argument, a name or a configuration that cannot be understood."""

    exit_code = 2


class ConfigurationError(WrongUse):
    """A configuration file that is missing, broken, or says what it cannot mean."""


class Ambiguous(WrongUse):
    """A name that several objects bear; the sentence lists them."""


class Refused(TicryptError):
    """A permission or a precondition that does not hold; nothing was changed."""

    exit_code = 3


class Changed(Refused):
    """An object that somebody else changed since it was read; nothing was saved."""


class NotFound(Refused):
    """An object that is not there, or not any more."""


class InUse(Refused):
    """Something that somebody else has now: who insists asks again with `take_over`."""


class KeyLocked(Refused):
    """The operator's key is not unlocked: a front end asks for the passphrase and tries again."""


class Failed(TicryptError):
    """Work that began and did not succeed."""


class NoHost(Failed):
    """A VM that no host can take; `head` says so, `reasons` why, a line for each host."""

    def __init__(self, head: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"{head}: {'; '.join(reasons)}.")
        self.head, self.reasons = head, reasons


class UnitFailed(Failed):
    """A system service that did not come up; `lines` is the end of its log."""

    def __init__(self, sentence: str, remedy: str = "", lines: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, remedy)
        self.lines = lines


class HostUnreachable(Failed):
    """A host that does not answer."""


class Unanswered(Refused):
    """A host that was tried before it was saved, and did not answer; nothing was saved."""


class DeadlineMissed(HostUnreachable):
    """A call that had no answer in its time; whether it took effect is not known."""


class StoreUnavailable(Failed):
    """A database that cannot be opened, read or written."""


class AuditUnavailable(Refused):
    """An audit log that cannot be written: what changes something does not run."""
