"""The budgets are counted as CONTRIBUTING says, and a reason lets one be broken."""

import pytest

from scripts import budgets


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Look at one product module; the sentences about it."""
    monkeypatch.setattr(budgets, "ROOT", tmp_path)
    path = tmp_path / "scf" / "orders" / "services.py"
    path.parent.mkdir(parents=True)

    def breaches(text):
        path.write_text(text)
        return [breach.split(": ", 1)[1] for breach in budgets.breaches_of(path)]

    return breaches


LONG = "def long() -> None:\n    '''Long.'''\n" + "    x = 1\n" * 40
MANY = "'''M.'''\n" + "".join(f"from scf.app{i} import a, b\n" for i in range(8))


def test_a_small_module_is_within_budget(look):
    assert look("'''Small.'''\n\ndef small() -> None:\n    '''Small.'''\n") == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n", "the module has no docstring"),
        ("'''M.'''\ndef public() -> None: ...\n", "public has no docstring"),
        ("'''M.'''\nclass Public: ...\n", "Public has no docstring"),
        ("'''M.'''\n" + LONG, "long has 42 lines"),
        ("'''M.'''\n" + "x = 1\n" * 300, "301 lines"),
        (MANY, "8 local imports"),
        ("'''M.'''\nrows.update(state='PAID')\n", "never by QuerySet.update"),
    ],
)
def test_what_is_over_budget_is_said(look, text, sentence):
    (breach,) = look(text)

    assert sentence in breach


@pytest.mark.parametrize(
    "text", ["'''M.'''\n# budget: a table\n" + LONG, MANY.replace("M.'''", "M.'''\n# budget: all")]
)
def test_a_reason_lets_it_be(look, text):
    assert look(text) == []


def test_another_app_counts_once_and_a_module_beside_by_itself(look):
    others = "from scf.parties import access, models\nfrom scf.parties.models import User\n"
    beside = "from . import a, b\nfrom .c import d\n"

    assert look("'''M.'''\n" + others * 5 + beside) == []
