"""A bank's SFTP server. Its key is pinned: a server that shows another is not talked to."""

import base64
import contextlib
import hashlib
import hmac
import io
import logging
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko

from ..base import BankGateway
from ..file_line import FileLine, NoSuchFile, Seen
from .base import Check, LineFault, Office, Transport, secret_of
from .folder_checks import FolderSettings, places_of, try_folders
from .settings import Fault, LineSettingsInvalid, _, text, variable, whole

logging.getLogger("paramiko").setLevel(logging.WARNING)  # it tells of every connection, and we make one a minute

HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
USER = re.compile(r"[^\s\x00-\x1f:]{1,64}")
PINNED = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 5, 30
KEY_KINDS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)


@dataclass(frozen=True, kw_only=True)
class Settings(FolderSettings):
    """The server, its pinned key, and how it knows us."""

    host: str = text(_("the server's name or address"), pattern=HOST)
    port: int = whole(_("the server's port, 1 to 65535"), 22, low=1, high=65535)
    user: str = text(_("the name under which the server knows us"), pattern=USER)
    host_key: str = text(
        _("the fingerprint of the server's key as the bank has written it, SHA256: and 43 characters"), pattern=PINNED
    )
    key_env: str = variable(_("the environment variable with the path of our private key"), "")
    password_env: str = variable(_("the environment variable that holds our password, where the bank has no keys"), "")

    def __post_init__(self) -> None:
        if not self.key_env and not self.password_env:
            means = _("the server must know us by a key or a password")
            raise LineSettingsInvalid([Fault("SETTING_MISSING", {"field": "key_env", "means": means})])


class SftpFolders:
    """Folders on the server; what the library calls its own errors are OSErrors here."""

    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client

    def listing(self, folder: str) -> list[Seen]:
        """The files in a folder."""
        with _speaking():
            found = self._client.listdir_attr(folder)
        return [
            Seen(each.filename, each.st_size or 0, each.st_mtime or 0)
            for each in found
            if (each.st_mode is None or stat.S_ISREG(each.st_mode)) and "/" not in each.filename
        ]

    def read(self, folder: str, name: str, *, bytes_max: int) -> bytes:
        """At most so many bytes."""
        with self._about(folder, name), _speaking(), self._client.open(f"{folder}/{name}", "rb") as file:
            file.prefetch(min(bytes_max, file.stat().st_size or 0))
            return file.read(bytes_max)

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Whole: the server says how large it became."""
        with _speaking():
            facts = self._client.putfo(io.BytesIO(content), f"{folder}/{name}", confirm=True)
        if facts.st_size != len(content):
            raise OSError("the server has another number of bytes")

    def exists(self, folder: str, name: str) -> bool:
        """Whether it is there."""
        try:
            with _speaking():
                self._client.stat(f"{folder}/{name}")
        except FileNotFoundError:
            return False
        return True

    def rename(self, folder: str, name: str, new_folder: str, new_name: str) -> None:
        """In one step, by the atomic rename of OpenSSH where the server has it."""
        old, new = f"{folder}/{name}", f"{new_folder}/{new_name}"
        with self._about(folder, name, new_folder), _speaking():
            try:
                self._client.posix_rename(old, new)
            except FileNotFoundError:
                raise
            except OSError:
                self._client.rename(old, new)

    def remove(self, folder: str, name: str) -> None:
        """Away with it."""
        with contextlib.suppress(FileNotFoundError), _speaking():
            self._client.remove(f"{folder}/{name}")

    @contextmanager
    def _about(self, folder: str, name: str, new_folder: str = "") -> Iterator[None]:
        """A file is certainly not there only if its folder is."""
        try:
            yield
        except FileNotFoundError as problem:
            if self.exists(folder, ".") and (not new_folder or self.exists(new_folder, ".")):
                raise NoSuchFile(name) from problem
            raise


@contextmanager
def _speaking() -> Iterator[None]:
    try:
        yield
    except (paramiko.SSHException, EOFError) as problem:
        raise OSError(f"the SFTP server broke off: {problem}") from problem


def fingerprint(key: paramiko.PKey) -> str:
    """As OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


@contextmanager
def connected(settings: Settings, office: Office) -> Iterator[SftpFolders]:
    """The server's folders. Raises LineFault, before anything secret is sent where the server is not the pinned one."""
    key = _own_key(settings, office) if settings.key_env else None
    password = secret_of(office, settings.password_env) if settings.password_env else ""
    transport = _to_pinned_server(settings)
    try:
        try:
            if key is not None:
                transport.auth_publickey(settings.user, key)
            if not transport.is_authenticated():
                transport.auth_password(settings.user, password)
        except paramiko.AuthenticationException as problem:
            raise LineFault("LOGIN_REFUSED", user=settings.user) from problem
        except (paramiko.SSHException, EOFError, OSError) as problem:
            raise LineFault("SILENT") from problem
        yield _folders(transport)
    finally:
        transport.close()


def _own_key(settings: Settings, office: Office) -> paramiko.PKey:
    path = Path(secret_of(office, settings.key_env))
    if not path.is_file():
        raise LineFault("FILE_MISSING", name=settings.key_env, path=str(path))
    try:
        return paramiko.PKey.from_path(path)
    except (paramiko.SSHException, ValueError, TypeError, OSError) as problem:
        raise LineFault("KEY_UNREADABLE", name=settings.key_env, path=str(path)) from problem


def _to_pinned_server(settings: Settings) -> paramiko.Transport:
    """A server has keys of several kinds and shows the one that is asked for: each is tried before it is refused."""
    seen: list[str] = []
    for kinds in ((), *KEY_KINDS):
        transport = _greeted(settings, kinds, is_first=not kinds)
        if transport is None:
            continue
        shown = fingerprint(transport.get_remote_server_key())
        if hmac.compare_digest(shown, settings.host_key):
            return transport
        transport.close()
        seen += [shown] if shown not in seen else []
    raise LineFault("HOST_KEY_DIFFERS", seen=", ".join(seen), pinned=settings.host_key)


def _greeted(settings: Settings, kinds: tuple[str, ...], *, is_first: bool) -> paramiko.Transport | None:
    """A connection over which keys are agreed; None where the server has no key of these kinds."""
    try:
        line = socket.create_connection((settings.host, settings.port), timeout=CONNECT_SECONDS_MAX)
    except socket.gaierror as problem:
        raise LineFault("HOST_UNKNOWN") from problem
    except ConnectionRefusedError as problem:
        raise LineFault("REFUSED") from problem
    except OSError as problem:
        raise LineFault("SILENT") from problem
    try:
        transport = paramiko.Transport(line)
        transport.auth_timeout = transport.banner_timeout = ANSWER_SECONDS_MAX
        if kinds:
            transport.get_security_options().key_types = kinds
        transport.start_client(timeout=CONNECT_SECONDS_MAX)
    except (paramiko.SSHException, EOFError, OSError) as problem:
        line.close()
        if is_first:
            raise LineFault("NO_SSH") from problem
        return None
    return transport


def _folders(transport: paramiko.Transport) -> SftpFolders:
    try:
        client = paramiko.SFTPClient.from_transport(transport)
    except (paramiko.SSHException, EOFError, OSError) as problem:
        raise LineFault("NO_SFTP") from problem
    channel = client.get_channel() if client is not None else None
    if client is None or channel is None:
        raise LineFault("NO_SFTP")
    channel.settimeout(ANSWER_SECONDS_MAX)
    return SftpFolders(client)


def opened(settings: Settings, office: Office) -> BankGateway:
    """The line."""
    return FileLine(
        opened=lambda: connected(settings, office), places=places_of(settings), outgoing=office.outgoing,
        kept=office.kept,
    )  # fmt: skip


def tried(settings: Settings, office: Office) -> Iterator[Check]:
    """Whether secrets are there, the server is the pinned one and lets us in, and its folders give us our rights."""
    yield from try_folders(lambda: connected(settings, office), places_of(settings), office)


TRANSPORT = Transport("sftp", Settings, opened, tried)
