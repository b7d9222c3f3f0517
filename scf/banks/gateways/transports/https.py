"""A bank's own HTTPS interface: instructions pushed, messages pulled; known by certificates of both sides or by HMAC.

The bank may also push its messages to us (see `scf.banks.services.pushed`), signed with the same secret.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..base import BankGateway
from ..http_line import Certificates, HttpLine, SharedSecret
from .base import Check, LineFault, Office, Transport, secret_of
from .checks import try_pulling
from .settings import Fault, LineSettings, LineSettingsInvalid, _, one_of, text, variable

ADDRESS = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
WAIT_SECONDS = 2.0
MUTUAL_TLS, HMAC = "mutual_tls", "hmac"


@dataclass(frozen=True, kw_only=True)
class Settings(LineSettings):
    """Where the bank listens, and how both sides know each other."""

    base_url: str = text(_("the address of the bank's interface, beginning with https://"), pattern=ADDRESS)
    proof: str = one_of(_("mutual_tls (certificates of both sides) or hmac (a shared secret)"), MUTUAL_TLS, HMAC)
    ca_env: str = variable(
        _("the environment variable with the path of the authority's certificate (PEM) by which the bank is known")
    )
    certificate_env: str = variable(_("the environment variable with the path of our certificate (PEM)"), "")
    key_env: str = variable(_("the environment variable with the path of our private key (PEM)"), "")
    secret_env: str = variable(_("the environment variable that holds the shared secret"), "")

    def __post_init__(self) -> None:
        needed = ("certificate_env", "key_env") if self.proof == MUTUAL_TLS else ("secret_env",)
        means = {MUTUAL_TLS: _("mutual_tls needs it"), HMAC: _("hmac needs it")}[self.proof]
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise LineSettingsInvalid([Fault("SETTING_MISSING", {"field": name, "means": means}) for name in missing])


def opened(settings: Settings, office: Office) -> BankGateway:
    """The line. Raises LineFault where a secret is not where the settings say."""
    proof = Certificates() if settings.proof == MUTUAL_TLS else SharedSecret(secret_of(office, settings.secret_env))
    address = urlsplit(settings.base_url)
    return HttpLine(
        base_url=f"https://{address.netloc}", prefix=address.path.rstrip("/"), proof=proof,
        context=_context(settings, office),
    )  # fmt: skip


def _context(settings: Settings, office: Office) -> ssl.SSLContext:
    """TLS 1.2 or newer that trusts one authority only, not those of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = _file_of(office, settings.ca_env)
    try:
        context.load_verify_locations(path)
    except (ssl.SSLError, OSError) as problem:
        raise LineFault("FILE_UNREADABLE", name=settings.ca_env, path=str(path)) from problem
    if settings.proof == MUTUAL_TLS:
        certificate, key = _file_of(office, settings.certificate_env), _file_of(office, settings.key_env)
        try:
            context.load_cert_chain(certificate, key, password=lambda: "")
        except (ssl.SSLError, OSError) as problem:
            raise LineFault("CERTIFICATE_UNREADABLE", path=str(certificate), key=str(key)) from problem
    return context


def _file_of(office: Office, name: str) -> Path:
    path = Path(secret_of(office, name))
    if not path.is_file():
        raise LineFault("FILE_MISSING", name=name, path=str(path))
    return path


def tried(settings: Settings, office: Office) -> Iterator[Check]:
    """Whether secrets are there, the bank is who it should be, knows us, and answers."""
    for check in try_pulling(lambda: opened(settings, office), cursor=office.cursor):
        is_unclear = settings.proof == MUTUAL_TLS and check.code in ("NO_TLS", "SILENT")
        yield Check("CLIENT_NOT_TRUSTED") if is_unclear and _is_refused(settings, office) else check


def _is_refused(settings: Settings, office: Office) -> bool:
    """Whether the bank hangs up on our certificate. Its word for that is lost where we speak on; so we wait for it."""
    address = urlsplit(settings.base_url)
    host = address.hostname or ""
    try:
        with socket.create_connection((host, address.port or 443), timeout=WAIT_SECONDS) as line:
            with _context(settings, office).wrap_socket(line, server_hostname=host) as spoken:
                return spoken.recv(1) == b""
    except TimeoutError:
        return False
    except ssl.SSLError as problem:
        return "ALERT" in str(problem).upper()
    except OSError:
        return False


TRANSPORT = Transport("https", Settings, opened, tried)
