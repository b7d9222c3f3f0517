"""The case page, the list of cases, the queues, and the files of a case."""

# budget: orchestration: a case shows what every app below knows of it
import csv
from datetime import datetime
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Q
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views import View

from scf.banks.models import ModeName
from scf.documents.services import read_file
from scf.domain.errors import DomainError
from scf.domain.routing import Mode
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.models import Membership, Organisation
from scf.servicing import selectors as servicing

from .. import selectors
from ..models import Application, BankCase
from ..services import applying, choosing, explaining, liquidating
from .ahead import ahead_context
from .facts import case_context, documents_of

PAGE = 25
LIST_CHIPS: dict[str, tuple[str, ...]] = {
    "open": ("DRAFT", "SUBMITTED", "IN_REVIEW", "RETURNED", "ROUTED", "OFFERED", "ACCEPTED", "PLEDGED", "DISBURSING",
             "PAYMENT_FAILED"),
    "running": ("DISBURSED",),
    "settled": ("SETTLED",),
    "ended": ("REJECTED", "DECLINED", "WITHDRAWN", "EXPIRED", "UNWOUND"),
}  # fmt: skip


class CasePage(PermissionRequiredMixin, View):
    """Everything about a case, to each what is theirs."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        membership: Membership = request.membership  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(selectors.applications_visible_to(membership), number=number)
        context = case_context(membership, application)
        context["tasks"] = selectors.open_tasks_for(membership, application)
        context["bank_cases"] = _bank_cases(membership, application)
        context["routes"] = _routes(membership, application)
        context |= ahead_context(membership, application)
        context["precedents"] = _precedents(membership, application)
        context["hand_overs"] = selectors.hand_overs_for(membership, application)
        context["parts"] = selectors.parts_of(membership, application)
        context["mode_name"] = ModeName(application.mode).label if application.routes else ""
        is_own = application.supplier_id == membership.organisation_id and request.user.has_perm("financing.apply")
        context["can_liquidate"] = is_own and liquidating.can_be_liquidated(application)
        context["successor"] = liquidating.successor_of(application)
        context["can_withdraw"] = is_own and application.state in WITHDRAWABLE
        return shortcuts.render(request, "financing/case.html", context)


def _precedents(membership: Membership, application: Application) -> list[Any]:
    """What the lender whose offer was taken wants to see before it pays."""
    visible = selectors.precedents_visible_to(membership)
    return list(visible.filter(bank_case=application.accepted_case_id)) if application.accepted_case_id else []


WITHDRAWABLE = {"DRAFT", "SUBMITTED", "IN_REVIEW", "RETURNED", "ROUTED", "OFFERED"}


def _bank_cases(membership: Membership, application: Application) -> list[dict[str, Any]]:
    """Lenders' sides with their terms, where the reader may see them; sealed ones without."""
    rows = []
    loan = servicing.loan_of(application.number)
    for case in selectors.bank_cases_visible_to(membership).filter(application=application).order_by("id"):
        case.application = application
        is_own = case.bank_id == membership.organisation_id
        is_open = case.state in (BankCase.State.OFFERED, BankCase.State.ACCEPTED)
        is_supplier = membership.organisation.kind == Organisation.Kind.SUPPLIER
        may_see = is_own or (is_supplier and is_open) or case.state == BankCase.State.ACCEPTED
        has_terms = may_see and case.proposal == BankCase.Proposal.OFFER and case.annual_rate is not None
        drawdown = loan.drawdown_date if loan else choosing.drawdown_on(application, clock.today())
        terms = choosing.terms_of(case, drawdown) if has_terms else None
        info = list(selectors.info_visible_to(membership).filter(bank_case=case))
        said = list(selectors.decisions_visible_to(membership).filter(bank_case=case).order_by("pk")) if is_own else []
        is_secret = case.is_sealed and not is_own  # who has quoted in an auction is nobody's business either
        rows.append({"case": case, "terms": terms, "info": info, "said": said, "is_own": is_own,
                     "is_secret": is_secret})  # fmt: skip
    return rows


def _routes(membership: Membership, application: Application) -> list[dict[str, Any]]:
    """Every lender with its turn, or why it was not asked, in words for the reader; nothing for lenders."""
    if membership.organisation.kind == Organisation.Kind.BANK:
        return []
    names = Organisation.objects.in_bulk([route["bank"] for route in application.routes])
    is_supplier = membership.organisation.kind == Organisation.Kind.SUPPLIER
    asked = set(application.bank_cases.values_list("bank_id", flat=True))
    rows = []
    for route in application.routes:
        codes, facts = route["reasons"], route.get("facts", {})
        said = explaining.to_supplier(codes) if is_supplier else explaining.to_platform(codes, facts)
        waits = application.mode == Mode.RANKED and bool(route.get("turn")) and route["bank"] not in asked
        if route["bank"] in names and (said or waits):
            rows.append({"bank": names[route["bank"]], "reasons": said, "turn": route.get("turn", 0), "waits": waits})
    return rows


class CaseList(PermissionRequiredMixin, View):
    """One's cases, newest first, filtered and searched; also as CSV."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        chip, text = request.GET.get("chip", "open"), request.GET.get("q", "").strip()
        cases = selectors.applications_visible_to(request.membership)  # type: ignore[attr-defined]
        if chip in LIST_CHIPS:
            cases = cases.filter(state__in=LIST_CHIPS[chip])
        if text:
            cases = cases.filter(
                Q(number__icontains=text) | Q(supplier__name__icontains=text) | Q(supplier__name_en__icontains=text)
            )
        if request.GET.get("format") == "csv":
            return _as_csv(cases.order_by("-pk")[:5000])
        after = request.GET.get("after", "")
        if after.isdigit():
            cases = cases.filter(pk__lt=int(after))
        rows = list(cases.order_by("-pk")[: PAGE + 1])
        next_after = rows[PAGE - 1].pk if len(rows) > PAGE else None
        context = {"rows": rows[:PAGE], "chips": CHIP_NAMES(), "chip": chip, "q": text, "next_after": next_after}
        return shortcuts.render(request, "financing/case_list.html", context)


def CHIP_NAMES() -> list[tuple[str, str]]:
    """The chips over the list of cases."""
    return [
        ("open", _("Open")), ("running", _("Loan runs")), ("settled", _("Settled")), ("ended", _("Ended early")),
        ("all", _("All")),
    ]  # fmt: skip


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _as_csv(cases: Any) -> http.HttpResponse:
    response = http.HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, "cases.csv") or ""
    writer = csv.writer(response)
    writer.writerow([_("Number"), _("Supplier"), _("Buyer"), _("Product"), _("Currency"), _("Amount"), _("State")])
    for case in cases:
        row = (case.number, case.supplier, case.buyer or "", case.product, case.currency, case.amount.amount,
               case.get_state_display())  # fmt: skip
        writer.writerow([safe_cell(value) for value in row])
    return response


class Queue(PermissionRequiredMixin, View):
    """What waits for one's role, oldest first, with its age against the target."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        chips = selectors.QUEUE_CHIPS.get(membership.role)
        if chips is None:
            return shortcuts.redirect("financing:case-list")
        chip, text = request.GET.get("chip", "todo"), request.GET.get("q", "").strip()
        after = _cursor(request.GET.get("after", ""))
        rows = selectors.queue(membership=membership, chip=chip, text=text, after=after, limit=PAGE)
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        next_after = f"{last.since.isoformat()}~{last.case.pk}" if last else None
        now = clock.now()
        context = {
            "rows": [(row, row.age(now), row.is_late(now)) for row in rows[:PAGE]], "next_after": next_after,
            "chips": [(code, QUEUE_NAMES[code]()) for code in chips], "chip": chip, "q": text,
        }  # fmt: skip
        return shortcuts.render(request, "financing/queue.html", context)


QUEUE_NAMES = {
    "todo": lambda: _("To do"), "unclaimed": lambda: _("Unclaimed"), "mine": lambda: _("Mine"),
    "returned": lambda: _("Returned"), "failed": lambda: _("Payment failed"), "new": lambda: _("New"),
    "sent_back": lambda: _("Sent back"), "waiting": lambda: _("Waiting for others"), "offered": lambda: _("Offered"),
}  # fmt: skip


def _cursor(text: str) -> tuple[datetime, int] | None:
    since, _separator, pk = text.partition("~")
    try:
        return datetime.fromisoformat(since), int(pk)
    except ValueError:
        return None


class Withdraw(PermissionRequiredMixin, View):
    """POST: the supplier takes its application back."""

    permission_required = "financing.apply"

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(selectors.applications_visible_to(membership), number=number)
        try:
            applying.withdraw(application_id=application.pk, by=membership, at=clock.now())
            messages.success(request, _("%(number)s is withdrawn; its goods are free again.") % {"number": number})
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        return shortcuts.redirect("financing:case", number=number)


class Contract(PermissionRequiredMixin, View):
    """The contract PDF of an offer: as signed, or as it would be signed today."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        case = shortcuts.get_object_or_404(selectors.bank_cases_visible_to(membership), pk=pk)
        is_sealed = case.bank_id != membership.organisation_id and case.state not in ("OFFERED", "ACCEPTED")
        is_foreign = (
            membership.organisation.kind == Organisation.Kind.PLATFORM and case.state != BankCase.State.ACCEPTED
        )
        if is_sealed or is_foreign or case.annual_rate is None:
            raise http.Http404
        if case.contract_file is not None:
            content = read_file(case.contract_file)
        else:
            content = choosing.render_contract(case, on=clock.today(), language=request.LANGUAGE_CODE)
        return pdf_response(content, f"{case.application.number}-contract.pdf")


class AttachmentFile(PermissionRequiredMixin, View):
    """A file that the supplier attached."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, number: str, pk: int) -> http.HttpResponse:
        cases = selectors.applications_visible_to(request.membership)  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(cases, number=number)
        attachment = shortcuts.get_object_or_404(application.attachments.select_related("file"), pk=pk)
        response = http.HttpResponse(read_file(attachment.file), content_type=attachment.file.media_type)
        response["Content-Disposition"] = content_disposition_header(True, attachment.file.name) or ""
        return response


def pdf_response(content: bytes, name: str) -> http.HttpResponse:
    """A PDF shown in the browser under a name it can be saved by."""
    response = http.HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or ""
    return response


class CaseDocument(PermissionRequiredMixin, View):
    """A document of a case, rendered as a page fragment, for everybody who sees the case."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, number: str, pk: int) -> http.HttpResponse:
        cases = selectors.applications_visible_to(request.membership)  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(cases, number=number)
        document = next((d for d in documents_of(application) if d.pk == pk), None)
        if document is None:
            raise http.Http404
        lines = document.lines.select_related("origin__document").order_by("id")[:200]
        context = {"document": document, "lines": lines, "application": application}
        return shortcuts.render(request, "financing/_document.html", context)


class CaseDocumentFile(PermissionRequiredMixin, View):
    """The original bytes of a document of a case."""

    permission_required = "financing.view"

    def get(self, request: http.HttpRequest, number: str, pk: int) -> http.HttpResponse:
        cases = selectors.applications_visible_to(request.membership)  # type: ignore[attr-defined]
        application = shortcuts.get_object_or_404(cases, number=number)
        document = next((d for d in documents_of(application) if d.pk == pk), None)
        if document is None or document.file is None:
            raise http.Http404
        response = http.HttpResponse(read_file(document.file), content_type="application/octet-stream")
        response["Content-Disposition"] = content_disposition_header(True, document.file.name) or ""
        return response
