"""The inbox."""

from django import http, shortcuts
from django.contrib.auth.mixins import LoginRequiredMixin
from django.views import View

from scf.kernel import clock

from . import selectors, services

PAGE = 30


class Inbox(LoginRequiredMixin, View):
    """GET shows messages, newest first; POST marks all as read."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        found = selectors.inbox(membership)
        before = request.GET.get("after", "")
        if before.isdigit():
            found = found.filter(pk__lt=int(before))
        rows = list(found[: PAGE + 1])
        messages = [(row, services.text_of(row)) for row in rows[:PAGE]]
        after = rows[PAGE - 1].pk if len(rows) > PAGE else None
        return shortcuts.render(request, "notifications/inbox.html", {"inbox": messages, "next_after": after})

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        if request.membership:  # type: ignore[attr-defined]
            services.mark_read(membership=request.membership, at=clock.now())  # type: ignore[attr-defined]
        return shortcuts.redirect("notifications:inbox")


class Open(LoginRequiredMixin, View):
    """Mark one message as read and go to what it is about."""

    def get(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        membership = request.membership  # type: ignore[attr-defined]
        if membership is None:
            raise http.Http404
        found = shortcuts.get_object_or_404(selectors.inbox(membership), pk=pk)
        services.mark_read(membership=membership, at=clock.now(), notification_id=pk)
        return shortcuts.redirect(found.link or "notifications:inbox")
