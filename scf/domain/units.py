"""Units of measure as trade papers name them, and exact conversion between those that measure the same thing.

Codes are those of UN/ECE Recommendation No. 20 (rev. 17), factors its "conversion factor" column to the SI unit, which
are exact by definition; beside them stand the words of Chinese papers. A library (pint) would bring floats and a parser
of formulas for what is a table here. A box or a roll has no size that everybody shares: it converts into itself only.
"""

from decimal import ROUND_DOWN, Decimal

from .errors import DomainError

STEP = Decimal("0.0001")  # the smallest quantity that is counted

# dimension -> {code: how many of the dimension's base unit}
_TABLE: dict[str, dict[str, str]] = {
    "mass": {
        "KGM": "1", "GRM": "0.001", "MGM": "0.000001", "TNE": "1000", "LBR": "0.45359237", "ONZ": "0.028349523125",
        "STN": "907.18474", "LTN": "1016.0469088", "DTN": "100", "JIN": "0.5", "LIANG": "0.05",
    },
    "length": {
        "MTR": "1", "CMT": "0.01", "MMT": "0.001", "KMT": "1000", "INH": "0.0254", "FOT": "0.3048", "YRD": "0.9144",
    },
    "area": {"MTK": "1", "CMK": "0.0001", "FTK": "0.09290304", "HAR": "10000", "MU": "666.6666666666666666666666667"},
    "volume": {
        "MTQ": "1", "LTR": "0.001", "MLT": "0.000001", "GLL": "0.003785411784", "GLI": "0.00454609",
        "BLL": "0.158987294928", "HLT": "0.1", "DMQ": "0.001", "CMQ": "0.000001",
    },
    "count": {"C62": "1", "DZN": "12", "GRO": "144", "MIL": "1000", "CEN": "100", "PR": "2"},
    "energy": {"KWH": "1", "MWH": "1000"},
}  # fmt: skip

# how papers write a code, lower case
_NAMES: dict[str, str] = {
    **dict.fromkeys(("kg", "kgs", "kilogram", "千克", "公斤"), "KGM"),
    **dict.fromkeys(("g", "gram", "克"), "GRM"),
    **dict.fromkeys(("t", "mt", "ton", "tons", "tonne", "吨", "公吨"), "TNE"),
    **dict.fromkeys(("lb", "lbs", "pound", "磅"), "LBR"),
    **dict.fromkeys(("oz", "盎司"), "ONZ"),
    "斤": "JIN", "两": "LIANG", "公担": "DTN",
    **dict.fromkeys(("m", "米", "公尺"), "MTR"),
    **dict.fromkeys(("cm", "厘米"), "CMT"),
    **dict.fromkeys(("mm", "毫米"), "MMT"),
    **dict.fromkeys(("km", "千米", "公里"), "KMT"),
    **dict.fromkeys(("m2", "㎡", "平方米", "平米"), "MTK"),
    "亩": "MU", "公顷": "HAR",
    **dict.fromkeys(("m3", "cbm", "立方米", "方"), "MTQ"),
    **dict.fromkeys(("l", "liter", "litre", "升", "公升"), "LTR"),
    **dict.fromkeys(("ml", "毫升"), "MLT"),
    **dict.fromkeys(("bbl", "barrel"), "BLL"),
    **dict.fromkeys(
        ("ea", "each", "pce", "pcs", "pc", "piece", "pieces", "unit", "units", "h87", "nar", "niu", "stk", "st",
         "件", "个", "只", "台", "支", "枚", "把", "条", "块", "张", "辆", "部", "颗"), "C62"),
    **dict.fromkeys(("dz", "dozen", "打"), "DZN"),
    "罗": "GRO", "千个": "MIL", "百个": "CEN", "对": "PR", "双": "PR",
    "千瓦时": "KWH", "度": "KWH",
}  # fmt: skip

_BY_CODE = {code: (dimension, Decimal(factor)) for dimension, units in _TABLE.items() for code, factor in units.items()}


class UnitsDiffer(DomainError):
    """One unit cannot be turned into the other: no table knows how many, and nobody has said so."""

    code = "UNITS_DIFFER"


def code_of(unit: str) -> str:
    """The code of a unit however a paper writes it; an unknown one stays itself, in capitals."""
    plain = unit.strip()
    return _NAMES.get(plain.casefold(), plain.upper())


def is_known(unit: str) -> bool:
    """Whether a unit is in the table, or left out."""
    return not unit.strip() or code_of(unit) in _BY_CODE


def dimension(unit: str) -> str:
    """What a unit measures, so that units of one dimension convert into each other; an unknown one only into itself.

    An unnamed unit has none: it is taken to be whatever the others count in.
    """
    code = code_of(unit)
    return _BY_CODE[code][0] if code in _BY_CODE else code


def factor(unit: str, into: str) -> Decimal | None:
    """How many of `into` one `unit` is; None where they measure different things, or one is not in the table.

    An unnamed unit is taken to be the other's: a paper that leaves it out means the unit of the order.
    """
    ours, theirs = code_of(unit), code_of(into)
    if ours == theirs or not ours or not theirs:
        return Decimal(1)
    if ours not in _BY_CODE or theirs not in _BY_CODE:
        return None
    (dimension, size), (other_dimension, other_size) = _BY_CODE[ours], _BY_CODE[theirs]
    return size / other_size if dimension == other_dimension else None


def convert(quantity: Decimal, unit: str, into: str) -> Decimal:
    """`quantity` of `unit` in `into`, cut off at STEP: what is lent on is never counted up. Raises UnitsDiffer."""
    found = factor(unit, into)
    if found is None:
        raise UnitsDiffer("the units measure different things", unit=unit or "–", other=into or "–")
    return (quantity * found).quantize(STEP, ROUND_DOWN)
