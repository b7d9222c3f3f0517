"""Trade documents and their lines; what an upload did with each file; saved sheet columns."""

from typing import Any

import django_fsm as fsm
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scf.kernel.fsm import StateField

QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class TradeDocument(fsm.ConcurrentTransitionMixin, models.Model):
    """One document of a trade, as it was brought for `owner`.

        RECORDED --match--> MATCHED --confirm--> CONFIRMED
            '-------------------+--dispute--> DISPUTED
            '-------------------+--void-----> VOID

    RECORDED: a party is not known yet; nothing can be financed. MATCHED: supplier and buyer are known.
    CONFIRMED: the buyer or keeper has said so. A transition changes this row only (see services).

    issuer_key    who gives out the number, as compared: "org:7", a name, or ""; numbers are unique below it
    content_hash  keyed hash of the normalised facts; the same facts again are a duplicate
    part_hashes   hashes of further parts that completed the document (JD's list and detail)
    references    numbers of other documents by kind, and an order response's answer
    """

    class Kind(models.TextChoices):
        PURCHASE_ORDER = "PURCHASE_ORDER", _("Purchase order")
        ORDER_RESPONSE = "ORDER_RESPONSE", _("Order response")
        DESPATCH_ADVICE = "DESPATCH_ADVICE", _("Despatch advice")
        GOODS_RECEIPT = "GOODS_RECEIPT", _("Goods receipt")
        INVOICE = "INVOICE", _("Invoice")
        CREDIT_NOTE = "CREDIT_NOTE", _("Credit note")
        WAREHOUSE_RECEIPT = "WAREHOUSE_RECEIPT", _("Warehouse receipt")

    class State(models.TextChoices):
        RECORDED = "RECORDED", _("Recorded")
        MATCHED = "MATCHED", _("Matched")
        CONFIRMED = "CONFIRMED", _("Confirmed")
        DISPUTED = "DISPUTED", _("Disputed")
        VOID = "VOID", _("Void")

    class Evidence(models.TextChoices):
        UPLOADED = "UPLOADED", _("Uploaded")
        CONFIRMED = "CONFIRMED", _("Confirmed by the buyer or keeper")
        PULLED = "PULLED", _("Pulled from the buyer's system")

    owner = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="trade_documents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.CharField(max_length=100)
    issue_date = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    total_minor = models.BigIntegerField(null=True)
    supplier = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    buyer = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    warehouse = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    supplier_name = models.CharField(max_length=1000, blank=True)
    buyer_name = models.CharField(max_length=1000, blank=True)
    warehouse_name = models.CharField(max_length=1000, blank=True)
    issuer_key = models.CharField(max_length=1000, blank=True)
    due_date = models.DateField(null=True)
    expected_date = models.DateField(null=True)
    payment_term_days = models.PositiveIntegerField(null=True)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=10)
    content_hash = models.CharField(max_length=64)
    part_hashes = models.JSONField(default=list)
    references = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    evidence = models.CharField(max_length=10, choices=Evidence.choices, default=Evidence.UPLOADED)
    state = StateField(choices=State.choices, default=State.RECORDED)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "issuer_key", "number"], name="document_number_once"),
            models.UniqueConstraint(fields=["owner", "content_hash"], name="document_facts_once"),
            models.CheckConstraint(condition=~Q(number=""), name="document_has_number"),
            models.CheckConstraint(
                condition=Q(total_minor=None) | ~Q(currency=""), name="document_total_has_currency"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["MATCHED", "CONFIRMED"]) | Q(supplier__isnull=False, buyer__isnull=False)
                | Q(kind="WAREHOUSE_RECEIPT", supplier__isnull=False, warehouse__isnull=False),
                name="document_matched_has_parties",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["owner", "kind", "number"], name="document_by_number"),
            models.Index(fields=["-imported_at", "-id"], name="document_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @fsm.transition(state, source=State.RECORDED, target=State.MATCHED)
    def match(self) -> None:
        """Its parties are known organisations."""

    @fsm.transition(state, source=State.MATCHED, target=State.CONFIRMED)
    def confirm(self) -> None:
        """The buyer (of a warehouse receipt: the keeper) says that it is so."""
        self.evidence = self.Evidence.CONFIRMED

    @fsm.transition(state, source=[State.RECORDED, State.MATCHED, State.CONFIRMED], target=State.DISPUTED)
    def dispute(self) -> None:
        """The buyer or keeper says that it is not so."""

    @fsm.transition(state, source=[State.RECORDED, State.MATCHED, State.DISPUTED], target=State.VOID)
    def void(self) -> None:
        """Taken back; it counts for nothing from now on."""


class DocumentLine(models.Model):
    """One line of goods on a document. A quantity is null where the document does not carry it.

    quantity   the main quantity of the document's kind: ordered, received, shipped, invoiced, stored ...
    origin     the purchase order line of the same goods; null for order lines and where none is known yet
    origin_factor  how many of the origin's units one unit of this line is: 1,000 for tonnes received, kilograms ordered

    What a line states is never changed (the database sees to it); only where it comes from is found later.
    """

    document = models.ForeignKey(TradeDocument, models.PROTECT, related_name="lines")
    number = models.CharField(max_length=100)
    item_code = models.CharField(max_length=1000, blank=True)
    item_codes = models.JSONField(default=list)
    description = models.CharField(max_length=1000, blank=True)
    unit = models.CharField(max_length=1000, blank=True)
    quantity = models.DecimalField(null=True, **QUANTITY)
    ordered = models.DecimalField(null=True, **QUANTITY)
    confirmed = models.DecimalField(null=True, **QUANTITY)
    shipped = models.DecimalField(null=True, **QUANTITY)
    received = models.DecimalField(null=True, **QUANTITY)
    rejected = models.DecimalField(null=True, **QUANTITY)
    short = models.DecimalField(null=True, **QUANTITY)
    oversupplied = models.DecimalField(null=True, **QUANTITY)
    unit_price = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    amount_minor = models.BigIntegerField(null=True)
    expected_date = models.DateField(null=True)
    order_number = models.CharField(max_length=1000, blank=True)
    order_line = models.CharField(max_length=1000, blank=True)
    despatch_number = models.CharField(max_length=1000, blank=True)
    despatch_line = models.CharField(max_length=1000, blank=True)
    origin = models.ForeignKey("self", models.PROTECT, null=True, related_name="descendants")
    origin_factor = models.DecimalField(max_digits=30, decimal_places=15, default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("id")), name="line_is_not_its_own_origin"),
            models.CheckConstraint(
                condition=(Q(received=None) | Q(received__gte=0)) & (Q(rejected=None) | Q(rejected__gte=0))
                & (Q(ordered=None) | Q(ordered__gte=0)) & (Q(short=None) | Q(short__gte=0)),
                name="line_quantities_not_negative",
            ),
            models.CheckConstraint(condition=Q(origin_factor__gt=0), name="line_origin_factor_positive"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["order_number"], condition=Q(origin=None), name="line_without_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.number}"


class WarehouseReceiptDetails(models.Model):
    """What GB/T 30332-2024 and the Civil Code (art. 909) want on a warehouse receipt, as stated on it."""

    document = models.OneToOneField(TradeDocument, models.PROTECT, related_name="warehouse_details")
    depositor = models.CharField(_("depositor"), max_length=1000, blank=True)
    quality = models.CharField(_("quality"), max_length=1000, blank=True)
    packing = models.CharField(_("packing"), max_length=1000, blank=True)
    pieces = models.CharField(_("pieces"), max_length=1000, blank=True)
    marks = models.CharField(_("marks"), max_length=1000, blank=True)
    loss_standard = models.CharField(_("loss standard"), max_length=1000, blank=True)
    place = models.CharField(_("place of storage"), max_length=1000, blank=True)
    stored_from = models.CharField(_("stored from"), max_length=1000, blank=True)
    stored_to = models.CharField(_("stored to"), max_length=1000, blank=True)
    stored_to_date = models.DateField(null=True)
    fee = models.CharField(_("storage fee"), max_length=1000, blank=True)
    insured_amount = models.CharField(_("insured amount"), max_length=1000, blank=True)
    insurance_period = models.CharField(_("insurance period"), max_length=1000, blank=True)
    insurer = models.CharField(_("insurer"), max_length=1000, blank=True)
    issuer = models.CharField(_("issuer"), max_length=1000, blank=True)
    issue_place = models.CharField(_("place of issue"), max_length=1000, blank=True)
    keeper_signature = models.CharField(_("keeper's signature"), max_length=1000, blank=True)

    class Meta:
        verbose_name_plural = "warehouse receipt details"

    def __str__(self) -> str:
        return f"{self.document_id}"


class ColumnMapping(models.Model):
    """How an organisation's own sheets name our fields: field -> column header."""

    organisation = models.ForeignKey("parties.Organisation", models.CASCADE, related_name="column_mappings")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    mapping = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="mapping_name_once")]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One upload, or one run of the import command."""

    owner = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "import batches"

    def __str__(self) -> str:
        return f"{self.owner_id} {self.at:%Y-%m-%d %H:%M}"


class ImportedFile(models.Model):
    """What became of one file of a batch, for the person who sent it."""

    class Status(models.TextChoices):
        ACCEPTED = "accepted", _("Taken in")
        DUPLICATE = "duplicate", _("Known already")
        REJECTED = "rejected", _("Rejected")
        IGNORED = "ignored", _("Passed over")

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status.choices)
    problems = models.JSONField(default=list)
    documents = models.ManyToManyField(TradeDocument, related_name="imported_files")

    def __str__(self) -> str:
        return self.name
