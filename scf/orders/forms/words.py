"""Problem codes as sentences for people, in both languages: what is wrong and what to do next.

Gateways speak English with the facts of the case; pages in another language show the sentence of the code.
"""

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "ARCHIVE": _("The file is an archive. Unpack it and send the documents themselves."),
    "ARCHIVE_BOMB": _("The file unpacks to far more than is allowed and was not opened. Split it."),
    "ARCHIVE_BROKEN": _("The workbook is broken or has a password. Save it again without one."),
    "ARCHIVE_HOSTILE": _("The archive holds a file whose name leaves its folder. It was not opened."),
    "BAD_CURRENCY": _("This is no currency code. Write it like CNY."),
    "BAD_DATE": _("This is not a date. Write it like 2031-03-31."),
    "BAD_NUMBER": _("This is not a number. Write it like 1234.50."),
    "BANK_STATEMENT": _("This is a bank statement. Upload it at the finance desk."),
    "BINARY": _("The file is of no kind we know. Send UBL, JSON, CSV or XLSX."),
    "CONTRADICTION": _("Rows of one document contradict each other. Give them numbers of their own."),
    "CURRENCY_MIXED": _("The document mixes currencies. Send one document for each."),
    "DATE_MISSING": _("The document states no date of issue."),
    "DOCTYPE_FORBIDDEN": _("The file carries a DOCTYPE, which can hide attacks. Remove it and send the file again."),
    "EMPTY": _("The file is empty. Send it again from the system that made it."),
    "ENCODING": _("The text's encoding is unknown. Save it as UTF-8."),
    "E_FAPIAO": _("This is a tax invoice. Attach it to the application; send the invoice's data as UBL."),
    "FORMULA_CELL": _("The cell holds a formula, which is not evaluated. Paste its value."),
    "HEADER_UNKNOWN": _("The columns were not recognised. Use a template, or choose the columns by hand."),
    "IMAGE": _("This is an image. Send the document as data, or enter it by form."),
    "KIND_NOT_TAKEN": _("UBL documents of this kind are not taken in."),
    "KIND_UNKNOWN": _("The file is well-formed, but no document that we know."),
    "LEFT_OUT": _("Some documents of the file were left out; the others were taken in."),
    "LINES_MISSING": _("The document has no lines. Send it with its lines."),
    "LINE_MISMATCH": _("Quantity times price does not make the line's amount. The lower value counts."),
    "MACROS": _("The workbook carries macros. Save it as .xlsx without macros."),
    "NEGATIVE_QUANTITY": _("A quantity is negative. Send what was really ordered or moved."),
    "NOT_A_TABLE": _("The file is plain text without columns. Use a template."),
    "NOT_WELL_FORMED": _("The file is broken. Export it again from the source system."),
    "NOT_YOURS": _("The document names another supplier. Only its supplier can bring it in."),
    "NUMBER_MISSING": _("The document has no number. Give it one and send it again."),
    "NUMBER_REUSED": _("This number is known already with other content. A correction needs a document of its own."),
    "NUMBER_TOO_LONG": _("The document's number is too long."),
    "OLD_OFFICE": _("This is an old Office file. Save it as .xlsx or .csv."),
    "ORDER_DELETED": _("The order was deleted at the buyer. Nothing can be financed on it."),
    "OUT_OF_RANGE": _("A number is too large to be true. Correct it and send the file again."),
    "PLEDGED_TWICE": _(
        "The goods of the order that this line names stand behind loans already, more than the order has. "
        "The platform looks into it."
    ),
    "PARTY_UNKNOWN": _("A party is not known yet. The platform will link it; nothing for you to do."),
    "PDF": _("A PDF shows a document but carries no data. Send UBL, JSON, CSV or XLSX, or enter it by form."),
    "QUANTITY_MISSING": _("No quantity is stated. Nothing can be financed on it."),
    "REJECTED_ABOVE_RECEIVED": _("More was rejected than received."),
    "ROWS_LEFT_OUT": _("These rows were left out with their document. Correct them and send them again."),
    "SOURCE_REFUSED": _("The buyer's system answered with an error. Ask it again."),
    "TEST_SET": _("This is a set of tests, no document."),
    "TOO_DEEP": _("The file is nested too deeply to be a document of trade."),
    "TOO_LARGE": _("The file is too large. Split it and send the parts."),
    "TOO_MANY_LINES": _("The file has too many lines. Split it."),
    "TOO_MANY_ORDERS": _("The file has too many orders. Split it."),
    "TOO_PRECISE": _("A quantity has more than four decimals and is kept rounded."),
    "TOTAL_MISMATCH": _("A stated total is not the sum of its parts. Check the document."),
    "NO_PRICE": _("No price is known: bring the order or the invoice of these goods."),
    "NO_QUANTITY": _("No quantity is stated on this line."),
    "NO_CURRENCY": _("No currency is known: bring the order or the invoice of these goods."),
    "SAME_PARTY": _("Supplier and buyer are the same organisation."),
}


def explained(problems: Iterable[dict]) -> list[dict]:
    """Problems with a message in the reader's language; the facts stay in `where`."""
    is_english = (get_language() or "").startswith("en")
    return [
        {
            **problem,
            "message": problem["message"] if is_english else str(SENTENCES.get(problem["code"], problem["message"])),
        }
        for problem in problems
    ]
