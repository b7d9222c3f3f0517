"""Registered signers meet what they are asked to confirm; suppliers and the platform ask."""

# budget: asking, following the link and answering are one conversation
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import generic

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.orders import selectors, services
from scf.orders.forms.signing import Paid, Word
from scf.orders.models import TradeDocument
from scf.orders.selectors import words
from scf.orders.services import asking
from scf.orders.services.confirmations import speaks_for
from scf.parties import refusals
from scf.parties.middleware import SESSION_KEY
from scf.parties.models import User
from scf.parties.services import confirm_person

from .base import Guarded
from .documents import LINES_PER_PAGE, columns_of, detail_rows

PAGE = 30
Kind, State = TradeDocument.Kind, TradeDocument.State
# what the word means in law, by the kind of paper
MEANINGS = {
    Kind.PURCHASE_ORDER: gettext_lazy(
        "By confirming you state that your company gave this order and will pay for what is delivered under it; "
        "a lender relies on your word."
    ),
    Kind.WAREHOUSE_RECEIPT: gettext_lazy(
        "By confirming you state that you gave out this receipt and hold these goods as described; "
        "you hand them out only against it (Civil Code art. 908 to 910)."
    ),
}
MEANS_A_DEBT = gettext_lazy(
    "By confirming you acknowledge towards the lender that your company received these goods and owes their price; "
    "it cannot later say that the debt never was (Supreme People's Court on security interests, art. 61)."
)


class ConfirmationList(Guarded, generic.View):
    """What waits for the word of the signer's organisation, by deadline; and what the signer has said."""

    permission_required = "orders.confirm"

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """Open requests first; the words said page by key."""
        today, after = clock.today(), request.GET.get("after", "")
        said = words.words_of(self.membership)
        found = list((said.filter(pk__lt=int(after)) if after.isdecimal() else said)[: PAGE + 1])
        context = {
            "waiting": words.asked(list(words.requests_for(self.membership)[:200]), today),
            "said": found[:PAGE], "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
        }  # fmt: skip
        return shortcuts.render(request, "orders/confirmation_list.html", context)


class FollowLink(LoginRequiredMixin, generic.View):
    """The link of a mail: only the signer to whom it was mailed gets anywhere by it."""

    def get(self, request: http.HttpRequest, token: str) -> http.HttpResponse:
        """On to the document, acting as its signer."""
        assert isinstance(request.user, User)
        found = asking.follow(token=token, user_id=request.user.pk, at=clock.now())
        if found is None:
            raise http.Http404
        asked, signer = found
        request.session[SESSION_KEY] = signer.pk
        return shortcuts.redirect("orders:document-speak", pk=asked.document_id)


class Speak(Guarded, generic.View):
    """The document as text, what one's word means, and the word itself."""

    permission_required = "orders.confirm"

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The page."""
        return self._page(Word())

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The person is proved, then the word is kept."""
        document, now = self._document(), clock.now()
        if request.POST.get("word") == "paid":
            return self._say_paid(document)
        form = Word(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            confirm_person(self.membership.user, form.cleaned_data["proof"])
            if request.POST["word"] == "confirm":
                services.confirm_document(document_id=document.pk, by=self.membership, at=now)
            else:
                note = form.cleaned_data["note"]
                services.dispute_document(document_id=document.pk, by=self.membership, at=now, note=note)
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(form, status=refusals.status_of(refusal))
        messages.success(request, _("Your word on %(number)s is recorded.") % {"number": document.number})
        return shortcuts.redirect("orders:confirmation-list")

    def _say_paid(self, document: TradeDocument) -> http.HttpResponse:
        form = Paid(self.request.POST, currency=_currency_of(document))
        if not form.is_valid():
            return self._page(Word(), paid_form=form, status=422)
        try:
            confirm_person(self.membership.user, form.cleaned_data["proof"])
            paid = form.cleaned_data["paid"]
            services.say_paid(document_id=document.pk, paid=paid, by=self.membership, at=clock.now())
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self._page(Word(), paid_form=form, status=refusals.status_of(refusal))
        messages.success(self.request, _("Your word on %(number)s is recorded.") % {"number": document.number})
        return shortcuts.redirect("orders:document-speak", pk=document.pk)

    def _document(self) -> TradeDocument:
        document = self.document()
        if not speaks_for(self.membership, document):
            raise http.Http404
        return document

    def _page(self, form: Word, *, paid_form: Paid | None = None, status: int = 200) -> http.HttpResponse:
        document = self._document()
        is_receipt = document.kind == Kind.GOODS_RECEIPT and document.state in (State.MATCHED, State.CONFIRMED)
        currency = _currency_of(document) if is_receipt else ""
        lines = Paginator(selectors.lines_of(document), LINES_PER_PAGE).get_page(self.request.GET.get("lines"))
        context: dict[str, Any] = {
            "document": document, "form": form, "lines": lines, "columns": columns_of(lines.object_list),
            "detail_rows": detail_rows(document), "asked": words.request_about(document),
            "meaning": MEANINGS.get(Kind(document.kind), MEANS_A_DEBT), "word": words.last_word_on(document),
            "paid": words.last_word_of_payment(document),
            "paid_form": paid_form or (
                Paid(currency=currency, auto_id="paid-%s") if currency else None),
        }  # fmt: skip
        return shortcuts.render(self.request, "orders/speak.html", context, status=status)


def _currency_of(document: TradeDocument) -> str:
    """The receipt's own currency, else that of its order or invoice."""
    lines = selectors.financeable_lines(organisation=document.owner, documents=[document.pk])
    return next((line.currency for line in lines if line.currency), document.currency)


class Ask(Guarded, generic.View):
    """POST: mail the signers of whose word counts."""

    permission_required = "orders.ask"

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Back to the document with what was done."""
        document = self.document()
        try:
            asked = asking.ask(document_id=document.pk, by=self.membership, at=clock.now())
        except DomainError as refusal:
            messages.error(request, refusals.explain(refusal))
        else:
            words_for = _("%(organisation)s is asked; its signers have a link in their mail.")
            messages.success(request, words_for % {"organisation": asked.organisation})
        return shortcuts.redirect("orders:document-detail", pk=pk)
