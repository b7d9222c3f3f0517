"""The translation's own tool finds what is missing and what is wrong."""

import pytest

from scripts import messages


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one template, one module and one part."""
    locale = tmp_path / "locale" / "zh_Hans"
    (locale / "parts").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "scf").mkdir()
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", locale)
    monkeypatch.setattr(messages, "MERGED", locale / "LC_MESSAGES" / "django.po")
    (tmp_path / "templates" / "page.html").write_text(
        "{% load i18n %}{% trans 'Orders' %}\n{{ _(\"Loan's end\") }}"
        "{% blocktrans count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktrans %}"
        "{% translate 'May' context 'month' %}"
    )
    (tmp_path / "scf" / "models.py").write_text(
        'x = _("Sent %(when)s")\ny = pgettext("month", "June")\nz = ngettext("one", "many", 2)\n'
    )
    return tmp_path


def part(project, text):
    (project / "locale" / "zh_Hans" / "parts" / "all.po").write_text(text, encoding="utf-8")


COMPLETE = """
msgid "Orders"
msgstr "订单"

msgid "Loan's end"
msgstr "贷款结束"

msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s 天"

msgctxt "month"
msgid "May"
msgstr "五月"

msgid "Sent %(when)s"
msgstr "%(when)s 发送"

msgctxt "month"
msgid "June"
msgstr "六月"

msgid "one"
msgid_plural "many"
msgstr[0] "多"
"""


def test_a_complete_translation_passes_and_compiles(project, capsys):
    part(project, COMPLETE)

    assert messages.check() == 0
    assert messages.compile_catalog() == 0
    assert messages.MERGED.with_suffix(".mo").stat().st_size > 0
    assert capsys.readouterr().out == ""


def test_every_kind_of_missing_sentence_is_found(project, capsys):
    part(project, "")

    assert messages.check() == 1

    out = capsys.readouterr().out
    for sentence in ("Orders", "Loan's end", "%(n)s day", "May", "Sent %(when)s", "June", "one"):
        assert sentence in out


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgstr "订单"', 'msgstr ""', "empty"),
        ('msgid "Orders"', '#, fuzzy\nmsgid "Orders"', "fuzzy"),
        ("%(when)s 发送", "%(wenn)s 发送", "placeholders"),
        ("%(when)s 发送", "发送", "placeholders"),
    ],
)
def test_a_faulty_entry_is_named(project, capsys, old, new, complaint):
    part(project, COMPLETE.replace(old, new))

    assert messages.check() == 1
    assert complaint in capsys.readouterr().out


def test_two_parts_that_disagree_are_named(project, capsys):
    part(project, COMPLETE)
    (messages.LOCALE / "parts" / "more.po").write_text('msgid "Orders"\nmsgstr "采购单"\n', encoding="utf-8")

    assert messages.check() == 1
    assert "two ways" in capsys.readouterr().out
