"""What is right or wrong with a line, as sentences; what to do stands in each."""

from collections.abc import Callable, Iterator

from ..base import AnswerLost, BankGateway, BankRefused, BankUnreachable
from .base import Check, LineFault
from .settings import _

SENTENCES = {
    "VARIABLE_EMPTY": _("The environment variable %(name)s is not set. Set it where the product's processes start."),
    "FILE_MISSING": _("%(name)s names the file %(path)s, which is not there or may not be read. Put it there."),
    "FILE_UNREADABLE": _("The file %(path)s (%(name)s) holds no certificate in PEM. Ask the bank for its authority's."),
    "CERTIFICATE_UNREADABLE": _(
        "Our certificate %(path)s and the key %(key)s cannot be used: they must be PEM, belong together, and the key "
        "must have no password."
    ),
    "KEY_UNREADABLE": _("The file %(path)s (%(name)s) holds no private key that can be read without a password."),
    "SETTINGS_INVALID": _("The settings of this line cannot stand: %(why)s."),
    "HOST_UNKNOWN": _("No machine has the name of this address. Compare it with what the bank has written."),
    "REFUSED": _("The machine is there, but nothing listens at this port. Compare the port with what the bank wrote."),
    "SILENT": _("The machine does not answer. Ask the bank whether it lets our address through its firewall."),
    "CLOSED": _("The bank answers that it is closed at the moment. Try again later."),
    "NO_TLS": _("The machine does not speak TLS as it should. Compare address and port with what the bank wrote."),
    "NO_SSH": _("What listens at this port does not speak SSH as it should. Compare it with what the bank wrote."),
    "NO_SFTP": _("The server lets us in, but offers no SFTP. Ask the bank to allow it for our user."),
    "SERVER_NOT_TRUSTED": _(
        "The machine's certificate is not signed by the pinned authority, is out of date, or is for another name. "
        "Nothing was sent. Ask the bank by telephone before you change the pinned authority."
    ),
    "CLIENT_NOT_TRUSTED": _("The bank refuses our certificate. Give the bank the certificate, or ask what it expects."),
    "ANSWER_NOT_SIGNED": _(
        "The bank's answers (status %(status)s, its clock: %(date)s) are not signed with the shared secret of now: the "
        "secret differs, or one of the two clocks is wrong by more than five minutes."
    ),
    "NONSENSE": _("The machine answers with what is no message. Compare the address with what the bank wrote."),
    "BANK_SAYS_NO": _("The bank's machine is reached, but refuses: %(why)s."),
    "HOST_KEY_DIFFERS": _(
        "The server shows the key %(seen)s, pinned is %(pinned)s. Nothing was sent. Ask the bank by telephone; pin "
        "the new key only if the bank confirms it."
    ),
    "LOGIN_REFUSED": _("The server does not let %(user)s in with our key or password. Ask the bank what it expects."),
    "FOLDER_MISSING": _("There is no folder %(folder)s. Compare its name with what the bank wrote."),
    "FOLDER_NOT_WRITABLE": _("We may not write and rename in the folder %(folder)s. Ask the bank for this right."),
    "FOLDER_NOT_READABLE": _("We may not read in the folder %(folder)s. Ask the bank for this right."),
    "NOBODY_CARRIES": _("Nobody at this lender is a maker or checker, so nobody can take its payment files."),
    "LINE_ANSWERS": _("The line works: the bank answers, and %(count)s messages wait to be taken."),
    "SECRETS_THERE": _("Everything secret is where the settings say."),
    "SERVER_KNOWN": _("The folders are reached, and whoever keeps them is who the settings say."),
    "FOLDER_WRITABLE": _("Instructions can be put into %(folder)s."),
    "FOLDER_READABLE": _("Messages can be read in %(folder)s; %(count)s wait to be taken."),
    "ARCHIVE_THERE": _("What is taken can go to %(folder)s."),
    "PEOPLE_CARRY": _("%(count)s people at this lender can take its payment files."),
}


def try_pulling(line: Callable[[], BankGateway], *, cursor: str) -> Iterator[Check]:
    """Open a line and ask for its messages; they are taken later, by whoever collects them."""
    try:
        open_line = line()
        yield Check("SECRETS_THERE", is_good=True)
        waiting = open_line.fetch_messages(after=cursor)
        yield Check("LINE_ANSWERS", {"count": str(len(waiting))}, is_good=True)
    except (BankUnreachable, AnswerLost, BankRefused) as problem:
        yield check_of(problem)


def check_of(problem: BankUnreachable | AnswerLost | BankRefused) -> Check:
    """What a failure of the line means for who sets it up."""
    if isinstance(problem, LineFault):
        return problem.check
    if isinstance(problem, BankRefused):
        why = str(problem.detail.get("bank_message") or problem.detail.get("status") or problem.message)
        return Check("BANK_SAYS_NO", {"why": why})
    facts = {name: str(value) for name, value in problem.detail.items()}
    return Check(facts.get("reason", "SILENT"), facts)
