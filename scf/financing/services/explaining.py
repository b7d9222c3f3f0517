"""Why a lender is not asked, in words: the one place that makes sentences of routing's reasons.

What each reader may know (docs/decisions/0023): the platform places cases by what lenders state, so it reads that with
its figures, but of a lender's own limits and capital only that they leave no room. The supplier reads what concerns
its own request, without figures; what concerns the lender's judgement, capital, limits or standing of the supplier is
one neutral sentence. No lender reads anything of another.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.collateral.models import LevelName
from scf.domain.routing import Reason

Sentences = Mapping[str, str | Promise]

_PROGRAMME: Sentences = {
    "NOT_IN_PROGRAMME": gettext_lazy("is not in the programme for this trade"),
    "FIXED_LENDER": gettext_lazy("is not the one lender of the programme for this trade"),
    "SECURED_ELSEWHERE": gettext_lazy("the goods are another lender's security, whose loan this case pays off"),
    "OTHER_PART": gettext_lazy("lends another part of the same request"),
}
TO_SUPPLIER: Sentences = {
    **_PROGRAMME,
    "PRODUCT": gettext_lazy("does not finance this product"),
    "CURRENCY": gettext_lazy("does not lend in this currency"),
    "AMOUNT_LOW": gettext_lazy("lends larger amounts only"),
    "AMOUNT_HIGH": gettext_lazy("lends smaller amounts only"),
    "TENOR_SHORT": gettext_lazy("lends for longer only"),
    "TENOR_LONG": gettext_lazy("lends for a shorter time only"),
    "BUYER": gettext_lazy("does not finance this buyer"),
    "WAREHOUSE": gettext_lazy("does not take goods in this warehouse"),
    "INDUSTRY": gettext_lazy("does not lend to this industry"),
    "INDUSTRY_UNKNOWN": gettext_lazy("lends to some industries only, and yours is not registered yet"),
    "REGION": gettext_lazy("does not lend in the region where you are registered"),
    "REGION_UNKNOWN": gettext_lazy("lends in some regions only, and yours is not known"),
    "LICENCE_REGION": gettext_lazy("does not lend in the region where you are registered"),
}
_NEUTRAL = gettext_lazy("cannot take this case on at present")
TO_PLATFORM: Sentences = {
    **TO_SUPPLIER,
    "NO_APPETITE": gettext_lazy("has stated nothing that it lends on today"),
    "CURRENCY": gettext_lazy("lends in %(theirs)s"),
    "AMOUNT_LOW": gettext_lazy("lends from %(min)s"),
    "AMOUNT_HIGH": gettext_lazy("lends up to %(max)s"),
    "TENOR_SHORT": gettext_lazy("lends from %(min)s days"),
    "TENOR_LONG": gettext_lazy("lends up to %(max)s days"),
    "INDUSTRY_UNKNOWN": gettext_lazy("lends to some industries only, and the supplier's is not registered"),
    "REGION": gettext_lazy("does not lend in the supplier's region"),
    "REGION_UNKNOWN": gettext_lazy("lends in some regions only, and the supplier's is not known"),
    "GRADE_UNKNOWN": gettext_lazy("lends from grade %(min)s, and nobody has graded the supplier"),
    "GRADE_LOW": gettext_lazy("lends from grade %(min)s, and the supplier's is lower"),
    "LIMIT": gettext_lazy("a limit of the platform would be exceeded: %(level)s"),
    "LIMIT_OWN": gettext_lazy("its own limits leave no room: %(level)s"),
    "LICENCE_NOT_IN_FORCE": gettext_lazy("its licence is not in force"),
    "LICENCE_REGION": gettext_lazy("its licence does not reach to the supplier's region"),
    "LICENCE_ONE_BORROWER": gettext_lazy("its licence allows no further loan of this size to this supplier"),
    "LICENCE_RATE": gettext_lazy("its price list goes over the cap of its licence for this tenor"),
}
_TO_LENDER: Sentences = {
    "LICENCE_NOT_IN_FORCE": gettext_lazy("it is not in force today."),
    "LICENCE_REGION": gettext_lazy("the supplier is registered outside its region."),
    "LICENCE_ONE_BORROWER": gettext_lazy("one borrower may owe %(max)s, this one owes or has signed %(owed)s."),
    "LICENCE_RATE": gettext_lazy("a loan may cost %(max)s %% a year with fees, this one costs %(burden)s %%."),
}


def to_platform(codes: Iterable[str], facts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Why a lender was not asked, for the platform's people; `facts` by code, as kept with the case."""
    return [_say(TO_PLATFORM, code, facts.get(code, {})) for code in codes]


def to_supplier(codes: Iterable[str]) -> list[str]:
    """The same for the supplier, who reads nothing of a lender's figures, limits and judgement; each sentence once."""
    return list(dict.fromkeys(str(TO_SUPPLIER.get(code, _NEUTRAL)) for code in codes))


def to_lender(reason: Reason) -> str:
    """What a lender's own licence has against its own offer, with figures."""
    facts = {key: _percent(value) if key in ("max", "burden") else value for key, value in reason.facts.items()}
    return _say(_TO_LENDER, reason.code, facts)


def _percent(value: str) -> str:
    """A fraction as percent; an amount stays as it is."""
    return f"{Decimal(value) * 100:.2f}" if value.replace(".", "", 1).isdecimal() else value


def _say(sentences: Sentences, code: str, facts: Mapping[str, str]) -> str:
    sentence = sentences.get(code)
    if sentence is None:
        return _("not at present (%(code)s)") % {"code": code}
    words = {**facts, "level": str(LevelName(facts["level"]).label)} if "level" in facts else facts
    try:
        return str(sentence) % words
    except KeyError:  # kept before facts were written down
        return str(TO_SUPPLIER.get(code, _NEUTRAL))
