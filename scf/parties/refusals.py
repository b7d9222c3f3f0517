"""Refusal codes as sentences for people: what happened and what to do next.

The one place that maps codes to words and HTTP statuses. Apps above add their
codes with `register`, beside the services that raise them.
"""

import logging

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError

Sentence = str | Promise
CONFLICT, UNPROCESSABLE = 409, 422
_log = logging.getLogger(__name__)

_SENTENCES: dict[str, Sentence] = {}
_STATUS: dict[str, int] = {"NOT_ALLOWED_NOW": CONFLICT, "IDEMPOTENCY_KEY_REUSED": CONFLICT}


def register(sentences: dict[str, Sentence]) -> None:
    """Add sentences by code; `%(name)s` takes facts from the refusal's detail."""
    _SENTENCES.update(sentences)


def explain(error: DomainError) -> str:
    """The sentence for people, in the active language; the plain message where none is registered.

    Never raises: what a sentence asks for and the refusal does not say is a defect, logged, and no second failure.
    """
    sentence = _SENTENCES.get(error.code)
    if sentence is None:
        return error.message
    try:
        return str(sentence) % error.detail
    except (KeyError, TypeError, ValueError):
        _log.exception("the sentence of %s asks for what the refusal does not say", error.code)
        return error.message


def status_of(error: DomainError) -> int:
    """409 where the state moved on, 422 where the request itself cannot stand."""
    return _STATUS.get(error.code, UNPROCESSABLE)


register(
    {
        "NOT_ALLOWED_NOW": _("Someone else has moved this on meanwhile. Reload the page to see where it stands now."),
        "IDEMPOTENCY_KEY_REUSED": _("This was sent before with other contents. Reload the page and try again."),
        "CURRENCY_MISMATCH": _("The amounts are in different currencies. Choose documents of one currency."),
        "AMOUNT_UNREADABLE": _("“%(text)s” is not an amount. Write it like 12345.67."),
    }
)
