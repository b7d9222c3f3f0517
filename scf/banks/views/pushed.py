"""Where a bank's machine pushes its messages. Nobody signs in here: each request is signed."""

import json

from django import http
from django.conf import settings
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from scf.kernel import clock, signing

from ..services import pushed


@method_decorator(csrf_exempt, name="dispatch")
class Push(View):
    """POST: one message, as its bytes. 202 and whether it is new, signed; 403 for whoever has not signed."""

    def post(self, request: http.HttpRequest, code: str) -> http.HttpResponse:
        """The same answer to every stranger, whoever is named."""
        body = request.read(settings.UPLOAD_BYTES_MAX + 1)
        if len(body) > settings.UPLOAD_BYTES_MAX:
            return http.HttpResponse(status=413)
        try:
            connection, secret = pushed.secret_of(code)
            is_new = pushed.receive(
                connection=connection, secret=secret, headers=request.headers, target=request.get_full_path(),
                body=body, at=clock.now(), now=clock.wall(),
            )  # fmt: skip
        except signing.SignatureRefused:
            return http.JsonResponse({"code": signing.SignatureRefused.code}, status=403)
        answer = json.dumps({"is_new": is_new}).encode()
        signed = signing.answer_headers(
            secret=secret, nonce=request.headers[signing.NONCE], status=202, body=answer, now=clock.wall().timestamp()
        )
        return http.HttpResponse(answer, status=202, content_type="application/json", headers=signed)
