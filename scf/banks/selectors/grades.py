"""How good borrowers are. Nobody grades them here: whoever does names a function once, when the product starts."""

from collections.abc import Callable
from datetime import date

from scf.domain.pricing import Grade

GradeOf = Callable[[int, date], Grade | None]
_graders: list[GradeOf] = []


def graded_by(function: GradeOf) -> GradeOf:
    """Ask `function(supplier_id, on)` for grades from now on; the last one named is asked first."""
    _graders.append(function)
    return function


def grade_of(supplier_id: int, on: date) -> Grade | None:
    """A borrower's grade on a day; None where nobody has graded it."""
    for grader in reversed(_graders):
        grade = grader(supplier_id, on)
        if grade is not None:
            return grade
    return None
