"""The one root of every anticipated failure.

Anticipated means a person can act on it: correct the input, wait, ask for a
larger limit. Anything else is a defect and must crash. Concrete errors live
beside the function that raises them; only this root is shared.
"""


class DomainError(Exception):
    """A refusal that may be shown to the person who asked.

    code    stable machine name, part of the public interface; never renamed.
    detail  JSON-ready facts that explain the refusal; never secrets.
    """

    code = "DOMAIN_ERROR"

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
