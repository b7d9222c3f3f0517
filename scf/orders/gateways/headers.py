"""What people call the columns of orders, receipts and warehouse receipts, in Chinese and English."""

import re
import unicodedata
from collections.abc import Sequence

# field -> names; the first Chinese and the first English name are those of our own templates.
NAMES: dict[str, tuple[str, ...]] = {
    "order_number": (
        "采购订单号", "Order number", "采购单号", "订单号", "订单编号", "采购单编号", "采购订单编号", "PO number",
        "PO no", "PO", "purchase order", "purchase order number", "purchase order no", "order no", "order id",
        "合同订单号",
    ),
    "receipt_number": (
        "入库单号", "Receipt number", "收货单号", "入库单编号", "收货单编号", "goods receipt number",
        "goods receipt no", "receipt no", "GRN", "GRN number", "GRN no", "进仓单号",
    ),
    "warehouse_receipt_number": (
        "仓单号", "Warehouse receipt number", "仓单编号", "仓单号码", "warehouse receipt no", "WR number", "WR no",
    ),
    "issue_date": (
        "单据日期", "Date", "日期", "下单日期", "采购日期", "订单日期", "入库日期", "收货日期", "填发日期",
        "签发日期", "开单日期", "issue date", "order date", "receipt date", "received date", "date of issue",
        "PO date",
    ),
    "supplier": (
        "供应商", "Supplier", "供应商名称", "供货商", "供货单位", "卖方", "supplier name", "vendor", "vendor name",
        "seller",
    ),
    "supplier_id": (
        "供应商统一社会信用代码", "Supplier tax id", "供应商信用代码", "供应商税号", "supplier uscc", "supplier id",
        "vendor code", "供应商编码", "供应商编号", "supplier code",
    ),
    "buyer": (
        "采购方", "Buyer", "买方", "购买方", "客户", "采购单位", "客户名称", "采购方名称", "buyer name", "customer",
        "customer name",
    ),
    "buyer_id": (
        "采购方统一社会信用代码", "Buyer tax id", "采购方税号", "买方税号", "buyer uscc", "buyer id",
        "customer code",
    ),
    "warehouse": (
        "仓库", "Warehouse", "仓库名称", "收货仓库", "入库仓库", "保管人", "warehouse name", "warehouse keeper",
        "keeper",
    ),
    "warehouse_id": (
        "仓库统一社会信用代码", "Warehouse tax id", "保管人统一社会信用代码", "warehouse code", "仓库编码",
    ),
    "currency": ("币种", "Currency", "货币", "currency code"),
    "line": ("行号", "Line", "序号", "订单行号", "line number", "line no", "item no", "po line"),
    "item_code": (
        "物料编码", "Item code", "商品编码", "货号", "商品编号", "物料号", "规格编码", "sku", "sku id", "material",
        "part number",
    ),
    "description": (
        "商品名称", "Description", "物料名称", "品名", "货物名称", "商品", "名称", "item", "item name", "product",
        "goods", "goods name",
    ),
    "unit": ("单位", "Unit", "计量单位", "uom", "unit code"),
    "quantity": ("数量", "Quantity", "qty"),
    "ordered": (
        "订购数量", "Ordered quantity", "采购数量", "订单数量", "下单数量", "原始数量", "ordered", "order quantity",
        "ordered qty",
    ),
    "confirmed": ("确认数量", "Confirmed quantity", "回告数量", "confirmed", "confirmed qty"),
    "received": (
        "实收数量", "Received quantity", "收货数量", "入库数量", "实际入库数量", "实际收货数量", "实入数量",
        "received", "received qty",
    ),
    "rejected": ("拒收数量", "Rejected quantity", "退货数量", "不合格数量", "rejected", "rejected qty"),
    "short": ("短缺数量", "Short quantity", "短少数量", "少收数量", "短收数量", "short", "shortage", "short qty"),
    "oversupplied": (
        "多收数量", "Over-supplied quantity", "超收数量", "溢收数量", "oversupplied", "over quantity", "oversupply",
    ),
    "unit_price": ("单价", "Unit price", "采购单价", "含税单价", "采购价", "price", "purchase price"),
    "amount": ("金额", "Amount", "行金额", "小计", "总价", "采购金额", "line amount", "line total", "total price"),
    "due_date": ("付款到期日", "Due date", "到期日", "应付日期", "付款日期", "payment due date"),
    "expected_date": (
        "预计到货日期", "Expected delivery date", "交货日期", "预计交货日期", "要求到货日期", "交期",
        "delivery date", "expected date",
    ),
    "payment_term_days": (
        "账期天数", "Payment term days", "账期", "付款账期", "payment term", "payment terms", "account period",
        "terms days",
    ),
    "despatch_number": (
        "发货单号", "Despatch number", "送货单号", "asn", "despatch advice", "delivery note number",
        "dispatch number",
    ),
    "depositor": ("存货人", "Depositor", "存货人名称", "存货单位", "货主", "owner of goods"),
    "depositor_id": ("存货人统一社会信用代码", "Depositor tax id"),
    "quality": ("质量", "Quality", "质量等级", "等级", "grade"),
    "packing": ("包装", "Packing", "包装方式", "packaging"),
    "pieces": ("件数", "Pieces", "包装件数", "packages"),
    "marks": ("标记", "Marks", "唛头", "标识", "批号", "lot"),
    "loss_standard": ("损耗标准", "Loss standard", "损耗率"),
    "place": ("储存场所", "Place of storage", "仓储地点", "存放地点", "储存地点", "货位", "storage place"),
    "stored_from": ("储存期间起", "Stored from", "入储日期", "储存起始日", "storage from"),
    "stored_to": ("储存期间止", "Stored to", "储存截止日", "储存到期日", "storage to"),
    "fee": ("仓储费", "Storage fee", "保管费", "fee"),
    "insured_amount": ("保险金额", "Insured amount", "insurance amount"),
    "insurance_period": ("保险期间", "Insurance period", "保险期限"),
    "insurer": ("保险人", "Insurer", "保险公司", "insurance company"),
    "issuer": ("填发人", "Issuer", "签发人"),
    "issue_place": ("填发地", "Place of issue", "签发地", "填发地点"),
    "keeper_signature": ("保管人签章", "Keeper's signature", "保管人签名", "保管人签字", "keeper signature"),
}  # fmt: skip

_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]")
_NOISE = re.compile(r"[\s_\-.:：*#/'\"]+")


def folded(name: str) -> str:
    """A column name without case, width, spaces, punctuation and remarks in brackets."""
    text = unicodedata.normalize("NFKC", name[:80]).lower()
    return _NOISE.sub("", _BRACKETS.sub("", text))


FIELD_BY_NAME = {folded(name): field for field, names in NAMES.items() for name in names}


def fields_of(cells: Sequence[str]) -> dict[str, int]:
    """The columns of a header row: field -> index; the first column of a name wins."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(cells):
        field = FIELD_BY_NAME.get(folded(cell))
        if field is not None:
            columns.setdefault(field, index)
    return columns


def score(cells: Sequence[str]) -> int:
    """How many fields a row names."""
    return len(fields_of(cells))
