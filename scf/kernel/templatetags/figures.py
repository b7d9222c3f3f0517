"""How figures look on every page: separators, currency, percent, quantities."""

from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from scf.domain.money import Money

register = template.Library()

MINUS = "\u2212"


@register.filter
def money(minor: int | None, currency: str = "CNY") -> str:
    """1234500, "CNY" -> "12,345.00"; a dash where there is no amount."""
    if minor is None or minor == "":
        return "–"
    return f"{Money(int(minor), currency).amount:,}".replace("-", MINUS)


@register.filter
def amount(value: Money | None) -> str:
    """A Money with its separators, without the currency."""
    return "–" if value is None else money(value.minor, value.currency)


@register.simple_tag
def cash(minor: int | None, currency: str) -> SafeString:
    """An amount with its currency code, set so that it never breaks."""
    return format_html('<span class="cash"><span class="ccy">{}</span> {}</span>', currency, money(minor, currency))


@register.filter
def wan(minor: int | None) -> str:
    """A hint in 万 beside large CNY amounts: 123450000 fen -> "123.45"."""
    return "" if minor is None or abs(minor) < 1_000_000_00 else f"{Decimal(minor) / 1_000_000:,.2f}"


@register.filter
def percent(fraction: Decimal | None, digits: int = 2) -> str:
    """Decimal("0.0435") -> "4.35 %", Decimal("0.06825") -> "6.825 %": at least `digits` decimals, at most four."""
    if fraction is None:
        return "–"
    exact = (Decimal(fraction) * 100).quantize(Decimal("0.0001"), ROUND_HALF_UP).normalize()
    places = max(digits, -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}\u202f%"


@register.filter
def percent_short(fraction: Decimal | None) -> str:
    """A computed rate to two decimals, half-up: the annualised cost as the notice asks for it."""
    return "–" if fraction is None else percent(Decimal(fraction).quantize(Decimal("0.0001"), ROUND_HALF_UP))


@register.filter
def cover_percent(ratio: Decimal | None) -> str:
    """Decimal("0.9312") -> "93.1 %", cut off: cover is never shown as more than it is."""
    if ratio is None:
        return "–"
    return f"{(ratio * 100).quantize(Decimal('0.1'), ROUND_DOWN).normalize():f}\u202f%"


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity without idle zeros: Decimal("90.0000") -> "90"."""
    if value is None:
        return "–"
    return f"{Decimal(value).normalize():,f}"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context: dict, **changes: Any) -> str:
    """The page's query string with `changes`; None takes a key away."""
    params = context["request"].GET.copy()
    params.pop("after", None)
    for key, value in changes.items():
        params.pop(key, None)
        if value not in (None, ""):
            params[key] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the vendored sprite; decorative unless `label` says what it means."""
    href = f"{static('vendor/icons/sprite.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


TONE_BY_STATE = {
    **dict.fromkeys(
        ("SUBMITTED", "OFFERED", "RETURNED", "SENT_BACK", "INFO_REQUESTED", "CHECKER", "OPEN", "SUSPENSE", "RECORDED",
         "UNKNOWN", "WARN", "PART_REPAID", "PROPOSED", "SECOND_LOOK", "SHORT", "CREDIT_NOTED",
         "STALE", "ALIKE", "BROUGHT"), "wait",
    ),
    **dict.fromkeys(
        ("IN_REVIEW", "ROUTED", "ACCEPTED", "PLEDGED", "DISBURSING", "DISBURSED", "MAKER", "ACTIVE", "SENT", "CREATED",
         "RESERVED", "RECEIVED", "MATCHED", "SEALED", "DIVIDED"), "move",
    ),
    **dict.fromkeys(("SETTLED", "CLOSED", "PAID", "RELEASED", "ALLOCATED", "CONFIRMED", "PASS", "CURRENT",
                     "DONE", "RECOVERED", "DIFFERENT", "CURED", "MET", "WAIVED"), "good"),
    **dict.fromkeys(
        ("REJECTED", "DECLINED", "EXPIRED", "PAYMENT_FAILED", "UNWOUND", "FAILED", "DISPUTED", "VOID", "FAIL",
         "REFUSED", "WRITTEN_OFF", "SAME", "FORCED_SALE", "ENFORCING", "FROZEN", "SOLD"),
        "bad",
    ),
}  # fmt: skip
ICON_BY_TONE = {"wait": "hourglass", "move": "player-play", "good": "circle-check", "bad": "alert-triangle"}


@register.simple_tag
def state_tag(state: str, label: str) -> SafeString:
    """A state as a word, a colour and an icon."""
    tone = TONE_BY_STATE.get(state, "still")
    return format_html(
        '<span class="tag tag-{}" data-state="{}">{}{}</span>',
        tone,
        state,
        icon(ICON_BY_TONE.get(tone, "minus")),
        label,
    )


@register.filter
def duration(value: timedelta) -> str:
    """How long, roughly, as people say it: 3 d, 5 h, 12 min."""
    minutes = int(value.total_seconds() // 60)
    if minutes >= 48 * 60:
        return _("%(count)s d") % {"count": minutes // (24 * 60)}
    if minutes >= 120:
        return _("%(count)s h") % {"count": minutes // 60}
    return _("%(count)s min") % {"count": max(minutes, 0)}
