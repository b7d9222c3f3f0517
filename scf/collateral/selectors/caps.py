"""Reading limits: which hold on a day, and what of each is in use."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast, Floor

from scf.domain import caps
from scf.domain.caps import Key, Level
from scf.domain.money import Money
from scf.parties.access import is_platform
from scf.parties.models import Membership

from ..models import Cap, CapChange, Pledge, PledgeLine

# Goods of a loan that is repaid go on counting where they are used up, but nobody lends on them any more.
# Goods that wait for a loan which pays off the one before are counted once, as what that loan will use.
_PASSED_ON = PledgeLine.objects.filter(came_from=OuterRef("pk"), ranks_second=True, counts=True)
_STANDS = Q(
    ~Exists(_PASSED_ON), counts=True,
    pledge__state__in=[Pledge.State.RESERVED, Pledge.State.PLEDGED, Pledge.State.ENFORCING],
)  # fmt: skip
_UNPAID = Cast(
    Floor(F("lendable_minor") * (F("quantity") - F("paid_quantity")) / F("quantity")), output_field=BigIntegerField()
)
# where a pledge line says under whose limit it falls
FIELDS: Mapping[Level, str] = {
    Level.SUPPLIER: "pledge__supplier",
    Level.BUYER: "line_holding__line__document__buyer",
    Level.WAREHOUSE: "stock_holding__stock__warehouse",  # a goods receipt names a place too, but no keeper holds it
    Level.COMMODITY: "line_holding__line__commodity__commodity",
    Level.BANK: "pledge__bank",
}


def caps_visible_to(membership: Membership) -> QuerySet[Cap]:
    """Every limit for people of the platform; for a lender those that it has set, and the one on itself."""
    rows = Cap.objects.select_related("organisation", "commodity", "lender").order_by("id")
    if is_platform(membership):
        return rows
    mine = membership.organisation
    return rows.filter(Q(lender=mine) | Q(level=Level.BANK, organisation=mine))


def cap_changes() -> QuerySet[CapChange]:
    """What waits for a second person, the oldest first."""
    waiting = CapChange.objects.filter(state=CapChange.State.PROPOSED)
    return waiting.select_related("organisation", "commodity", "lender", "proposed_by").order_by("id")


def caps_on(
    keys: Iterable[Key],
    *,
    on: date,
    lender_id: int | None = None,
    but_for: Collection[str] = (),
    is_held: bool = False,
) -> list[caps.Cap]:
    """The limits in force on `on` that lines under `keys` fall under, with their use.

    lender_id  that lender's own limits, and the one on the lender itself, join those of the platform
    but_for    cases whose goods do not count as use
    is_held    lock them until the transaction ends: whoever spends them next sees what this one took

    One query for the limits, and one for each level that has any.
    """
    wanted = set(keys) | ({(Level.BANK, lender_id)} if lender_id else set())
    ids = {key for level, key in wanted if level is not Level.COMMODITY}
    commodity_ids = {key for level, key in wanted if level is Level.COMMODITY}
    rows = Cap.objects.filter(Q(lender=None) | Q(lender_id=lender_id), valid_from__lte=on)
    rows = rows.filter(Q(organisation_id__in=ids) | Q(commodity_id__in=commodity_ids))
    rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=on)).order_by("id")
    if is_held:
        rows = rows.select_for_update()
    return with_use([row for row in rows if key_of(row) in wanted], but_for=but_for)


def key_of(row: Cap) -> Key:
    """What the limit is compared by."""
    return Level(row.level), row.commodity_id if row.level == Level.COMMODITY else row.organisation_id


def with_use(rows: Iterable[Cap], *, but_for: Collection[str] = ()) -> list[caps.Cap]:
    """The limits as the rules see them, each with what counting pledge lines carry under it.

    One query for each level, whatever the number of limits.
    """
    found = list(rows)
    used: dict[tuple[Level, int | None, int | None, str], int] = {}
    for level in Level:
        mine = [row for row in found if row.level == level]
        for row_key, lender, currency, minor in _use(level, mine, but_for) if mine else ():
            used[level, row_key, lender, currency] = minor
    result = []
    for row in found:
        level, key = key_of(row)
        minor = sum(
            amount for (of, whom, lender, currency), amount in used.items()
            if of is level and whom == key and currency == row.currency
            and (row.lender_id is None or lender == row.lender_id)
        )  # fmt: skip
        result.append(caps.Cap(level, key, row.limit, Money(minor, row.currency), source=row.pk))
    return result


def _use(level: Level, rows: list[Cap], but_for: Collection[str]) -> Iterable[tuple[int, int | None, str, int]]:
    """(whose, lender, currency, minor units) of the lines that stand behind cases, under these limits."""
    field = FIELDS[level]
    lines = PledgeLine.objects.filter(_STANDS, **{f"{field}__in": [key_of(row)[1] for row in rows]})
    if but_for:
        lines = lines.exclude(pledge__reference__in=but_for)
    groups = lines.order_by().values_list(field, "pledge__bank", "currency")
    return groups.annotate(minor=Sum(_UNPAID))


def over_limits(reference: str, *, lender_id: int, on: date, is_held: bool = False) -> list[caps.Cap]:
    """The limits, the lender's own included, that the goods of a case go over if that lender takes them.

    Their `used` is with the case; `is_held` as for `caps_on`.
    """
    own: dict[tuple[Key, str], int] = {}
    lines = PledgeLine.objects.filter(_STANDS, pledge__reference=reference).order_by("id").annotate(unpaid=_UNPAID)
    for level, field in FIELDS.items():
        for key, currency, minor in lines.values_list(field, "currency", "unpaid"):
            found = (level, lender_id if level is Level.BANK else key)
            if found[1] is not None:
                own[found, currency] = own.get((found, currency), 0) + minor
    limits = caps_on({key for key, _currency in own}, on=on, lender_id=lender_id, but_for=[reference], is_held=is_held)
    whole = [
        replace(cap, used=cap.used + Money(own.get(((cap.level, cap.key), cap.limit.currency), 0), cap.limit.currency))
        for cap in limits
    ]
    return [cap for cap in whole if cap.limit < cap.used]
