"""What the demo says when it is ready: where to go, who can sign in, what to try first."""

PASSWORD = "demo-walk-2026"

LOGINS = (
    ("supplier, applicant", "applicant.a@demo.invalid"),
    ("supplier, signatory", "signatory.a@demo.invalid"),
    ("platform reviewer", "reviewer@demo.invalid"),
    ("lender one: maker / checker / head", "maker1@demo.invalid  checker1@demo.invalid  head1@demo.invalid"),
    ("lender two: maker / checker", "maker2@demo.invalid  checker2@demo.invalid"),
    ("lenders' administrators", "admin1@demo.invalid  admin2@demo.invalid  admin3@demo.invalid"),
    (
        "registered signers: buyer / keepers",
        "signer.mall@demo.invalid  keeper.east@demo.invalid  keeper.west@demo.invalid",
    ),
    ("finance clerk", "clerk@demo.invalid"),
    ("administrator", "admin@demo.invalid"),
)

WALK = (
    "Sign in as signatory.a: the home page says what can be borrowed. Apply: choose the GBP receipts (OASIS order",
    "AEG012345: 90 of 100 kg received, 10 short) or the JD order's receipts, an amount, a date and a tenor; submit.",
    "Sign in as reviewer: claim the case from the queue, compare documents and checks, approve.",
    "Sign in as maker1: claim, make an offer. Then as checker1: claim, confirm it.",
    "Back as signatory.a: compare offers, read the contract, sign with the password. The money arrives in seconds.",
    "On the sandbox bank's page let the buyer pay into the lender's collection account with the loan's number.",
    "Sign in as clerk: fetch the statement under Reconciliation; the loan closes; export the PDF statements.",
    "The bar on top moves the business date ahead, so that interest runs.",
)


def text(*, web_url: str, bank_url: str) -> str:
    """The welcome, for these addresses."""
    width = max(len(role) for role, _ in LOGINS)
    lines = [f"Open {web_url}   (the sandbox bank: {bank_url})", "", f"Everybody's password: {PASSWORD}"]
    lines += [f"  {role.ljust(width)}  {login}" for role, login in LOGINS]
    lines += ["", "Try first:"] + [f"  {line}" for line in WALK]
    return "\n".join(lines)
