"""What those who keep prices are told of a feed, each in their own language."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel.clock import day_of
from scf.notifications import services as notifications
from scf.parties import refusals
from scf.parties.models import Membership

from ..selectors import price_feeds as selectors

BAD_NAMED = 3

refusals.register(
    {
        "PRICE_FEED_SILENT": _(
            "The feed %(feed)s does not answer. It is asked again every hour; enter prices by hand or from a file "
            "until it is back."
        ),
        "PRICE_FEED_REFUSED": _(
            "The feed %(feed)s refused us with HTTP status %(status)s. Ask its operator, and have the address and the "
            "secret in the settings checked."
        ),
        "PRICE_FEED_UNREADABLE": _(
            "The feed %(feed)s answered with something else than prices. Ask its operator what has changed."
        ),
    }
)
notifications.register(
    {
        "price.feed.failed": _("No prices came in: %(why)s"),
        "price.feed.bad": _("The feed %(feed)s sent prices that were not taken (%(count)s). %(rows)s"),
    }
)


def tell_bad(
    *, feed: str, named: dict[str, list[dict[str, Any]]], count: int, sent: list[dict[str, Any]], at: datetime
) -> None:
    """Tell of prices that could not be taken, the same ones once a day.

    named  by language, the first of them: what was said, the field, and what to do
    sent   all of them, as sent
    """
    digest = sha256(repr(sorted(map(repr, sent))).encode()).hexdigest()[:16]
    for language, people in _by_language():
        rows = [f"{row['said']}: {row['field']}: {row['remedy']}" for row in named[language][:BAD_NAMED]]
        facts = {"feed": feed, "count": str(count), "rows": "; ".join([*rows, *["..."] * (count > BAD_NAMED)])}
        _tell(people, "price.feed.bad", facts, f"{feed}:{day_of(at)}:{digest}", at)


def tell_failure(*, feed: str, fault: DomainError, at: datetime) -> None:
    """Tell once a day that no prices came, and why."""
    for language, people in _by_language():
        with translation.override(language):
            why = refusals.explain(fault)
        _tell(people, "price.feed.failed", {"why": why}, f"{feed}:{day_of(at)}", at)


def _by_language() -> list[tuple[str, list[Membership]]]:
    """Those who keep prices, by the language that they read."""
    found: dict[str, list[Membership]] = {}
    for who in selectors.keepers():
        known = who.user.language if who.user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        found.setdefault(known, []).append(who)
    return sorted(found.items())


def _tell(to: list[Membership], code: str, facts: dict[str, str], key: str, at: datetime) -> None:
    link = reverse("collateral:price-list")
    notifications.tell(to=to, code=code, facts=facts, link=link, dedupe_key=f"{code}:{key}"[:160], at=at)
