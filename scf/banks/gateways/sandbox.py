"""The line to the sandbox bank: HTTP beside us, signed with a shared secret."""

from urllib.parse import quote

from .http_line import ANSWER_SECONDS_MAX, HttpLine, SharedSecret


class SandboxGateway(HttpLine):
    """A BankGateway to one lender that the sandbox bank plays.

    base_url   of the sandbox bank
    bank       which lender
    secret     shared with it
    """

    def __init__(
        self, *, base_url: str, bank: str, secret: str, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        super().__init__(
            base_url=base_url, proof=SharedSecret(secret), prefix=f"/{quote(bank, safe='')}",
            answer_seconds_max=answer_seconds_max,
        )  # fmt: skip
