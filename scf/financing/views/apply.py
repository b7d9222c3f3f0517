"""Applying, a page a thing: what you need, what stands behind it, look it over, send."""

# budget: orchestration: the pages of one draft share its loading; each needs goods, costs, checks and files
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.translation import gettext as _
from django.views import View

from scf.collateral import selectors as collateral
from scf.collateral.selectors import Offerable
from scf.documents.services import sniff_attachment, store_file
from scf.domain import schedule
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import clock
from scf.kernel.calendars import calendar_for, names_for
from scf.parties import refusals

from .. import forms, selectors
from ..models import Application
from ..services import applying, checks
from . import remedy
from .ahead import ahead_context
from .facts import goods_rows, suggested
from .liquidation import pays_off
from .worth import of_offerables

TENOR_DAYS_USUAL = 60


class Start(PermissionRequiredMixin, View):
    """GET: what can be borrowed today, by product and currency. POST: start a draft."""

    permission_required = "financing.apply"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        products = selectors.products()
        found = collateral.offerables(
            organisation=membership.organisation, terms={code: product.terms for code, product in products.items()},
            on=clock.today(),
        )  # fmt: skip
        cards: dict[tuple[str, str], dict[str, Any]] = {}
        for offerable in found:
            key = (offerable.line.product, offerable.line.currency)
            if not offerable.line.currency:
                continue
            card = cards.setdefault(key, {"product": products[key[0]], "currency": key[1], "lines": [], "total": 0})
            card["lines"].append(offerable)
            card["total"] += offerable.lendable.minor
        for card in cards.values():
            card["waterfall"] = of_offerables(card["lines"], card["currency"])
            card["rows"] = goods_rows([o for o in card["lines"] if o.lendable.minor])
            card["rest"] = goods_rows([o for o in card["lines"] if not o.lendable.minor])
        drafts = selectors.applications_visible_to(membership).filter(state__in=["DRAFT", "RETURNED"]).order_by("-id")
        blocked = goods_rows([o for o in found if not o.line.currency])
        ordered = sorted(cards.values(), key=lambda card: -card["total"])
        return shortcuts.render(
            request, "financing/apply_start.html", {"cards": ordered, "drafts": drafts[:10], "blocked": blocked}
        )

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        product = selectors.products().get(request.POST.get("product", ""))
        currency = request.POST.get("currency", "")
        if product is None or len(currency) != 3:
            raise http.Http404
        by = request.membership  # type: ignore[attr-defined]
        draft = applying.start_draft(product=product, currency=currency, by=by, at=clock.now())
        return shortcuts.redirect("financing:apply-need", number=draft.number)


class Draft(PermissionRequiredMixin, View):
    """What all pages of a draft share."""

    permission_required = "financing.apply"

    def dispatch(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponseBase:
        """Find the draft among one's own; who is not signed in is asked to; what is sent already leads to its case."""
        if not self.has_permission():
            return self.handle_no_permission()
        self.membership = request.membership  # type: ignore[attr-defined]
        mine = selectors.applications_visible_to(self.membership)
        self.application: Application = shortcuts.get_object_or_404(mine, number=kwargs["number"])
        if self.application.state not in (Application.State.DRAFT, Application.State.RETURNED):
            return shortcuts.redirect("financing:case", number=self.application.number)
        return super().dispatch(request, *args, **kwargs)

    def offerables(self, line_ids: list[int] | None = None) -> list[Offerable]:
        """The lines of the draft's product and currency; `line_ids` only these."""
        found = applying.offerables_for(self.application, line_ids, clock.today())
        return [o for o in found if o.line.currency == self.application.currency]

    def show(self, template: str, **context: Any) -> http.HttpResponse:
        """Render a page of the draft."""
        common = {"application": self.application, "pays_off": pays_off(self.application)}
        return shortcuts.render(self.request, template, {**common, **context})


class Need(Draft):
    """How much, from when, for how long; with the cost beside it."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        available = self._available()
        initial: dict[str, Any] = {
            "amount": self.application.amount.amount if self.application.amount_minor else available.amount,
            "wanted_on": self.application.wanted_on or clock.today(),
            "tenor_days": self.application.tenor_days or min(TENOR_DAYS_USUAL, self.application.product.tenor_days_max),
            "note": self.application.note,
        }
        form = self._form(available, initial=initial)
        cost = cost_of(self.application, Money.of(initial["amount"], available.currency), int(initial["tenor_days"]))
        return self.show("financing/apply_need.html", form=form, available=available, cost=cost)

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        available = self._available()
        form = self._form(available, data=request.POST)
        if not form.is_valid():
            return self.show("financing/apply_need.html", form=form, available=available, cost=None)
        data = form.cleaned_data
        applying.set_terms(
            application_id=self.application.pk, amount=data["amount"], tenor_days=data["tenor_days"],
            wanted_on=data["wanted_on"], note=data["note"], by=self.membership,
        )  # fmt: skip
        return shortcuts.redirect("financing:apply-goods", number=number)

    def _available(self) -> Money:
        return collateral.available(self.offerables(), self.application.currency)

    def _form(self, available: Money, **kwargs: Any) -> forms.Need:
        return forms.Need(
            available=available, tenor_days_max=self.application.product.tenor_days_max, today=clock.today(), **kwargs
        )


class Goods(Draft):
    """Which papers stand behind it; the suggestion is ticked already."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        found = self.offerables()
        ticked = {row.line_id for row in self.application.lines.all()} or suggested(found, self.application.amount)
        usable = goods_rows([o for o in found if o.is_usable])
        rest = goods_rows([o for o in found if not o.is_usable])
        chart = of_offerables([o for o in found if o.is_usable], self.application.currency)
        return self.show("financing/apply_goods.html", rows=usable, rest=rest, ticked=ticked, waterfall=chart)

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        wanted = [int(value) for value in request.POST.getlist("line") if value.isdigit()]
        application = applying.choose_lines(
            application_id=self.application.pk, line_ids=wanted, by=self.membership, on=clock.today()
        )
        if not application.lines.exists():
            messages.error(request, _("Tick at least one line that can be borrowed on."))
            return shortcuts.redirect("financing:apply-goods", number=number)
        return shortcuts.redirect("financing:apply-review", number=number)


class LookOver(Draft):
    """Cost, plan, checks, attachments; POST adds a file or submits."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        application = self.application
        if not application.amount_minor or not application.tenor_days:
            return shortcuts.redirect("financing:apply-need", number=number)
        ids = [row.line_id for row in application.lines.all()]
        chosen = self.offerables(ids)
        lendable = checks.lendable_of(chosen, application.currency)
        found = checks.judge(application, chosen, lendable, clock.today())
        cures = remedy.cures(application, chosen, self.offerables, found, clock.today())
        verdicts = [
            {"result": v.result, "name": checks.name_of(v.code), "remedies": cures.get(v.code, ()),
             "text": checks.sentence(v.code, v.facts) if v.result != "PASS" else ""}
            for v in found
        ]  # fmt: skip
        cost = cost_of(application, application.amount, application.tenor_days)
        steps = selectors.open_tasks_for(self.membership, application)
        correct_task = next((step.pk for step in steps if step.flow_task.name == "correct"), None)
        return self.show(
            "financing/apply_review.html", rows=goods_rows(chosen), lendable=lendable, verdicts=verdicts, cost=cost,
            waterfall=of_offerables(chosen, application.currency),
            attachments=application.attachments.select_related("file"), correct_task=correct_task,
            **ahead_context(self.membership, application),
        )  # fmt: skip

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        if request.FILES:
            return self._attach(request)
        if "remedy" in request.POST:
            remedy.take(self.application, request.POST, by=self.membership, on=clock.today())
            return shortcuts.redirect("financing:apply-review", number=number)
        if self.application.state != Application.State.DRAFT:
            return shortcuts.redirect("financing:case", number=number)
        try:
            application = applying.submit(application_id=self.application.pk, by=self.membership, at=clock.now())
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
            return shortcuts.redirect("financing:apply-review", number=number)
        messages.success(
            request,
            _("%(number)s is submitted, its checks have run. The platform looks at it, usually within %(hours)s hours.")
            % {"number": application.number, "hours": application.product.review_target_hours},
        )
        return shortcuts.redirect("financing:case", number=number)

    def _attach(self, request: http.HttpRequest) -> http.HttpResponse:
        for upload in request.FILES.getlist("file"):
            content = upload.read()
            try:
                media_type = sniff_attachment(content, upload.name or "")
            except DomainError as refusal:
                messages.error(request, refusals.explain(refusal))
                continue
            stored = store_file(
                content=content, name=upload.name or "file", media_type=media_type,
                owner=self.membership.organisation, by=self.membership, at=clock.now(),
            )  # fmt: skip
            applying.attach(application_id=self.application.pk, file=stored, by=self.membership)
            messages.success(request, _("%(name)s is attached.") % {"name": stored.name})
        return shortcuts.redirect("financing:apply-review", number=self.application.number)


class CostPreview(Draft):
    """The cost of an amount and a tenor, as a fragment that follows the sliders."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        try:
            amount = Money.of(request.GET.get("amount", "0").replace(",", ""), self.application.currency)
            tenor = min(max(int(request.GET.get("tenor_days", "1")), 1), 3650)
        except (DomainError, ValueError):
            return self.show("financing/_cost.html", cost=None)
        return self.show("financing/_cost.html", cost=cost_of(self.application, amount, tenor))


def cost_of(application: Application, amount: Money, tenor_days: int) -> dict[str, Any] | None:
    """The estimate at the product's indicative rate; None for nothing."""
    if amount.minor <= 0:
        return None
    product = application.product
    start = application.wanted_on or clock.today()
    calendar = calendar_for(amount.currency)
    contract = schedule.Contract(
        principal=amount,
        annual_rate=product.indicative_rate,
        basis="ACT/360",
        drawdown_date=start,
        maturity_date=calendar.following(start + timedelta(days=tenor_days)),
    )
    cost = schedule.cost(contract)
    per_day = cost.interest.minor / Decimal((contract.maturity_date - start).days)
    return {
        "interest": cost.interest,
        "annualised": cost.annualised,
        "rate": product.indicative_rate,
        "due": contract.maturity_date,
        "repay": amount + cost.interest,
        "per_day": Money(int(per_day), amount.currency),
        "is_calendar_known": calendar.is_known(contract.maturity_date),
        "calendars": names_for(amount.currency),
    }
