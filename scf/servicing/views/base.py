"""What every page of this app starts from, and tables as files."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import http
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from scf.documents.models import StoredFile
from scf.documents.services import read_file
from scf.parties.access import is_kind, is_platform, may
from scf.parties.models import Membership, Organisation

from ..models import Loan
from ..selectors import loans_visible_to

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | Decimal | date | int | None


class Guarded(PermissionRequiredMixin):
    """Lets in who has the permission; knows for whom the person acts."""

    permission_required = "servicing.view_own"
    request: http.HttpRequest

    @property
    def membership(self) -> Membership:
        """The acting membership; present wherever a permission was granted."""
        membership: Membership = self.request.membership  # type: ignore[attr-defined]
        return membership

    def loan(self, number: str) -> Loan:
        """The loan, if the person may see it; 404 otherwise."""
        found = loans_visible_to(self.membership).filter(number=number).first()
        if found is None:
            raise http.Http404
        return found


class SeesLoans(Guarded):
    """People with loans of their own, and the platform's people who see cases."""

    def has_permission(self) -> bool:
        """By the acting role."""
        membership: Membership | None = getattr(self.request, "membership", None)
        is_insider = is_platform(membership) and may(membership, "financing.view")
        return is_insider or may(membership, "servicing.view_own")


class SeesBooks(Guarded):
    """Who reads books and portfolios: finance staff of the platform all of them, a lender's people their own."""

    def has_permission(self) -> bool:
        """By the acting role and the kind of its organisation."""
        membership: Membership | None = getattr(self.request, "membership", None)
        if is_platform(membership):
            return may(membership, "servicing.reconcile")
        return is_kind(membership, Organisation.Kind.BANK) and may(membership, "servicing.view_own")

    def lenders(self) -> QuerySet[Organisation]:
        """The lenders whose books the reader may see."""
        lenders = Organisation.objects.filter(kind=Organisation.Kind.BANK).order_by("code")
        return lenders if is_platform(self.membership) else lenders.filter(pk=self.membership.organisation_id)


class PlatformOnly(Guarded):
    """Finance staff of the platform: what they do concerns every lender."""

    permission_required = "servicing.reconcile"

    def has_permission(self) -> bool:
        """By the acting role and organisation."""
        return super().has_permission() and is_platform(self.membership)


def asked_day(text: str, default: date) -> date:
    """A day from an address; `default` where it cannot be read."""
    try:
        found = parse_date(text)
    except ValueError:
        return default
    # The ends of the calendar are no days that a loan lives to see, and arithmetic beyond them fails.
    return found if found is not None and 2000 <= found.year <= 2200 else default


def download(content: bytes, name: str, media_type: str, *, is_attachment: bool = True) -> http.HttpResponse:
    """A file under a name that it can be saved by."""
    response = http.HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(is_attachment, name) or ""
    return response


def stored(file: StoredFile) -> http.HttpResponse:
    """A kept file as a download."""
    return download(read_file(file), file.name, file.media_type)


def pdf(content: bytes, name: str) -> http.HttpResponse:
    """A PDF shown in the browser."""
    return download(content, name, "application/pdf", is_attachment=False)


def safe_text(value: object) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = "".join(character for character in str(value) if character.isprintable())
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> http.HttpResponse:
    """Rows as CSV that spreadsheets open with the right characters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell if isinstance(cell, Decimal | int) else safe_text(_plain(cell)) for cell in row])
    return download(("\ufeff" + out.getvalue()).encode(), name, "text/csv; charset=utf-8")


def as_xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> http.HttpResponse:
    """Rows as a workbook: amounts and dates as such, texts never as formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([safe_text(title) for title in header])
    for row in rows:
        sheet.append([_typed(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return download(out.getvalue(), name, XLSX)


def _typed(sheet: Any, value: Cell) -> Any:
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # the stubs forget Decimal
        cell.number_format = "#,##0.00" if value.as_tuple().exponent else "#,##0"
        return cell
    return value if isinstance(value, date | int) else safe_text(_plain(value))


def _plain(value: Cell) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
