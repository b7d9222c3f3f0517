"""Each request acts for one organisation; each refusal becomes a page that says what to do next."""

from collections.abc import Callable

from django import http
from django.conf import settings
from django.shortcuts import render
from django.utils import translation

from scf.domain.errors import DomainError
from scf.kernel import lenders

from . import refusals
from .backends import ActingBackend
from .models import Membership, Organisation

SESSION_KEY = "acting_membership"
Handler = Callable[[http.HttpRequest], http.HttpResponse]


class ActingMiddleware:
    """Sets request.membership (and user.acting): the chosen membership, or the first.

    For a lender's people the database shows that lender's rows only.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: http.HttpRequest) -> http.HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        request.memberships = []  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            self._choose(request)
        acting: Membership | None = request.membership  # type: ignore[attr-defined]
        if acting is None or acting.organisation.kind != Organisation.Kind.BANK:
            return self.get_response(request)
        with lenders.only(acting.organisation_id):
            return self.get_response(request)

    def _choose(self, request: http.HttpRequest) -> None:
        memberships = ActingBackend.memberships_of(request.user)  # type: ignore[arg-type]
        wanted = request.session.get(SESSION_KEY)
        chosen = next((m for m in memberships if m.pk == wanted), memberships[0] if memberships else None)
        if chosen is not None:
            chosen.user = request.user  # type: ignore[assignment]
        request.memberships, request.membership = memberships, chosen  # type: ignore[attr-defined]
        request.user.acting = chosen  # type: ignore[union-attr]
        language = request.user.language  # type: ignore[union-attr]
        if language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()


class RefusalMiddleware:
    """Turn a DomainError that no form caught into a page with the reason and the next step."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: http.HttpRequest) -> http.HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: http.HttpRequest, error: Exception) -> http.HttpResponse | None:
        """Render the refusal with the status its code maps to."""
        if not isinstance(error, DomainError):
            return None
        context = {"refusal": refusals.explain(error), "code": error.code}
        return render(request, "refusal.html", context, status=refusals.status_of(error))
