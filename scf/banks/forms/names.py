"""Products, regions and prices in words."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from scf.domain.pricing import Cell

PRODUCT_NAMES: dict[str, str | Promise] = {
    "ORDER": _("Order finance"),
    "RECEIPT": _("Goods-receipt finance"),
    "WAREHOUSE": _("Warehouse-receipt finance"),
}
# GB/T 2260: the first two digits
PROVINCES: dict[str, str | Promise] = {
    "11": _("Beijing"), "12": _("Tianjin"), "13": _("Hebei"), "14": _("Shanxi"), "15": _("Inner Mongolia"),
    "21": _("Liaoning"), "22": _("Jilin"), "23": _("Heilongjiang"), "31": _("Shanghai"), "32": _("Jiangsu"),
    "33": _("Zhejiang"), "34": _("Anhui"), "35": _("Fujian"), "36": _("Jiangxi"), "37": _("Shandong"),
    "41": _("Henan"), "42": _("Hubei"), "43": _("Hunan"), "44": _("Guangdong"), "45": _("Guangxi"),
    "46": _("Hainan"), "50": _("Chongqing"), "51": _("Sichuan"), "52": _("Guizhou"), "53": _("Yunnan"),
    "54": _("Tibet"), "61": _("Shaanxi"), "62": _("Gansu"), "63": _("Qinghai"), "64": _("Ningxia"),
    "65": _("Xinjiang"),
}  # fmt: skip


def region_name(code: str) -> str:
    """The province by name, with the digits where they say more."""
    name = str(PROVINCES.get(code[:2], code))
    return name if len(code) <= 2 else f"{name} {code}"


def price_text(cell: Cell) -> str:
    """One price as a line: "A, up to 90 days: LPR1Y + 0.65 %, fee 0.10 %"."""
    sign = "+" if cell.spread_bp >= 0 else "−"
    words = {
        "grade": cell.grade or pgettext("appetite", "any grade"), "days": cell.tenor_days, "index": cell.index,
        "points": f"{sign} {Decimal(abs(cell.spread_bp)) / 100:.2f}", "fee": f"{Decimal(cell.fee_bp) / 100:.2f}",
    }  # fmt: skip
    if cell.fee_bp:
        return gettext("%(grade)s, up to %(days)s days: %(index)s %(points)s %%, fee %(fee)s %%") % words
    return gettext("%(grade)s, up to %(days)s days: %(index)s %(points)s %%") % words
