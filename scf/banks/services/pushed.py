"""Messages that a bank pushes to us over HTTPS: signed with the line's secret, each request good once.

Which requests were seen is a table, because every web process must know it. A message that is pushed and pulled is one:
it has the same id.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from scf.kernel import signing

from ..gateways.base import RawMessage
from ..gateways.file_line import kind_of
from ..gateways.transports import LineSettingsInvalid, https
from ..models import Connection, PushedRequest
from . import lines, messages

MESSAGE_ID = "X-SCF-Message-Id"
ID_CHARACTERS_MAX = 60
REMEMBERED = timedelta(seconds=2 * signing.AGE_SECONDS_MAX)


def secret_of(code: str) -> tuple[Connection, str]:
    """The line of a lender that may push, and its secret. Raises SignatureRefused where there is none."""
    found = Connection.objects.select_related("bank").filter(
        bank__code=code, gateway=https.TRANSPORT.name, is_active=True
    ).first()  # fmt: skip
    if found is not None:
        try:
            settings = lines.settings_of(found)
        except LineSettingsInvalid:
            settings = None
        if isinstance(settings, https.Settings) and (secret := os.environ.get(settings.secret_env, "")):
            return found, secret
    raise signing.SignatureRefused("nobody of this name may push")


@transaction.atomic
def receive(
    *, connection: Connection, secret: str, headers: Mapping[str, str], target: str, body: bytes, at: datetime,
    now: datetime,
) -> bool:  # fmt: skip
    """Keep a pushed message and promise to act on it; whether it is new. Raises SignatureRefused.

    at, now   business time, and the real time by which signatures age
    """
    nonce = signing.check_request(headers, secret=secret, method="POST", target=target, body=body, now=now.timestamp())
    PushedRequest.objects.filter(at__lt=now - REMEMBERED).delete()
    try:
        with transaction.atomic():
            PushedRequest.objects.create(bank=connection.bank, nonce=nonce[:64], at=now)
    except IntegrityError:
        raise signing.SignatureRefused("this request was seen before") from None
    digest = hashlib.sha256(body).hexdigest()
    name = headers.get(MESSAGE_ID, "").strip()[:ID_CHARACTERS_MAX] or digest[:40]
    kind = kind_of(body)
    message = RawMessage(name, kind, body, name=f"{kind}-{name}.xml")
    return messages.keep(connection=connection, message=message, at=at) is not None
