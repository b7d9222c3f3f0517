"""Banks' machines for tests, each real and on a port of its own: an SFTP server, and HTTPS with certificates."""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import asyncssh
import trustme

from scf.banks.gateways.sandbox_bank import server as sandbox
from scf.kernel import signing

USER, PASSWORD = "platform", "a password of this test"


@dataclass
class SftpBank:
    """A running SFTP server: its folder, its port, the fingerprints of its keys, and how to be known by it."""

    root: Path
    port: int
    fingerprints: list[str]
    client_key: Path
    logins: list[str]

    def settings(self, **more) -> dict[str, object]:
        """Of a line to it."""
        return {
            "host": "127.0.0.1", "port": self.port, "user": USER, "host_key": self.fingerprints[0],
            "key_env": "SCF_BANK_TEST_KEY", "poll_seconds": 0, **more,
        }  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """Where secrets lie."""
        return {"SCF_BANK_TEST_KEY": str(self.client_key), "SCF_BANK_TEST_PASSWORD": PASSWORD}


class Guard(asyncssh.SSHServer):
    """Lets one user in, by key or password, and notes each try."""

    def __init__(self, known, logins):
        self.known, self.logins = known, logins

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        self.logins.append("password")
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        self.logins.append("key")
        return username == USER and key.public_data == self.known.public_data


@contextmanager
def sftp_bank(folder: Path, kinds: tuple[str, ...] = ("ssh-ed25519",)) -> Iterator[SftpBank]:
    """An SFTP server in a thread, with `in`, `out` and `archive` below its root."""
    root, client_key = folder / "root", folder / "client_key"
    for name in ("in", "out", "archive"):
        (root / name).mkdir(parents=True)
    own = [asyncssh.generate_private_key(kind) for kind in kinds]
    known = asyncssh.generate_private_key("ssh-ed25519")
    known.write_private_key(str(client_key))
    logins: list[str] = []

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start():
        return await asyncssh.create_server(
            lambda: Guard(known, logins),
            "127.0.0.1",
            0,
            server_host_keys=own,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    try:
        yield SftpBank(root, server.get_port(), [key.get_fingerprint() for key in own], client_key, logins)
    finally:

        async def stop():
            server.close()
            await server.wait_closed()

        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


class _Handler(WSGIRequestHandler):
    """Passes on what was asked for, byte for byte, and keeps quiet."""

    def get_environ(self):
        return {**super().get_environ(), "RAW_URI": self.path}

    def log_message(self, *given):
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A handshake that failed is the client's to tell."""


@dataclass
class HttpsBank:
    """The sandbox bank behind HTTPS."""

    url: str
    requests: list[dict[str, str]]


@contextmanager
def https_bank(
    folder: Path, *, own: trustme.LeafCert, clients: trustme.CA | None, signs_for_clients: str = ""
) -> Iterator[HttpsBank]:
    """The sandbox bank in a thread. `clients`: whose certificates are let in; `signs_for_clients`: then a signature
    with this secret is put on what they send, as a bank's front machine does for the ones behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    bank, requests = sandbox.Server(folder), []

    def application(environ, start_response):
        requests.append({name: value for name, value in environ.items() if isinstance(value, str)})
        if signs_for_clients:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            signed = signing.headers(
                secret=signs_for_clients, method=environ["REQUEST_METHOD"], target=environ["RAW_URI"], body=body,
                now=time.time(),
            )  # fmt: skip
            environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed.items()}
        return bank(environ, start_response)

    server = _Server(("127.0.0.1", 0), _Handler)
    server.set_app(application)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield HttpsBank(f"https://localhost:{server.server_port}/BANK", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
