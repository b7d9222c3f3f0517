"""Boxes for secrets: sealed to a key whose other half is elsewhere, or locked with a key that we hold.

X25519 with XSalsa20-Poly1305 by libsodium (PyNaCl). Everything is text (URL-safe base64), so that it fits columns.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from scf.domain.errors import DomainError


class BoxBroken(DomainError):
    """The box was not made for this key, or was changed since."""

    code = "BOX_BROKEN"


def new_pair() -> tuple[str, str]:
    """A private key and the public one that belongs to it."""
    private = PrivateKey.generate()
    return _text(private.encode()), _text(private.public_key.encode())


def belong_together(private: str, public: str) -> bool:
    """True where they are the two halves of one key."""
    return PrivateKey(_bytes(private)).public_key.encode() == _bytes(public)


def seal(content: bytes, *, public: str) -> str:
    """A box that only the holder of the private key opens; who sealed it cannot open it either."""
    return _text(SealedBox(PublicKey(_bytes(public))).encrypt(content))


def unseal(sealed: str, *, private: str) -> bytes:
    """What was sealed. Raises BoxBroken."""
    try:
        return bytes(SealedBox(PrivateKey(_bytes(private))).decrypt(_bytes(sealed)))
    except (CryptoError, ValueError) as problem:
        raise BoxBroken("this box does not open with this key") from problem


def lock(content: bytes, *, secret: str, purpose: str) -> str:
    """A box that whoever holds `secret` opens for the same purpose, and for no other."""
    return _text(bytes(SecretBox(_key(secret, purpose)).encrypt(content)))


def unlock(locked: str, *, secret: str, purpose: str) -> bytes:
    """What was locked. Raises BoxBroken."""
    try:
        return bytes(SecretBox(_key(secret, purpose)).decrypt(_bytes(locked)))
    except (CryptoError, ValueError) as problem:
        raise BoxBroken("this box does not open with this key") from problem


def _key(secret: str, purpose: str) -> bytes:
    """A key for one purpose: what opens one box says nothing about another."""
    return hashlib.blake2b(purpose.encode(), key=hashlib.sha256(secret.encode()).digest(), digest_size=32).digest()


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode())
