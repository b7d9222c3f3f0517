"""What all papers share: they add up or are not printed, and some speak both languages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import get_language, override


class DoesNotAddUp(ValueError):
    """The figures of a paper contradict each other: a defect, never printed."""


@dataclass(frozen=True, slots=True)
class Party:
    """A company with its name in both languages; `name_en` may be empty."""

    name: str
    name_en: str
    code: str

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


def other_language() -> str:
    """The language of the product that is not the active one."""
    return "zh-hans" if (get_language() or "").startswith("en") else "en"


def both(make: Callable[[], str], between: str = "\n") -> str:
    """A text in the active language and, behind it, in the other one; once where they are equal."""
    mine = make()
    with override(other_language()):
        other = make()
    return mine if mine == other else f"{mine}{between}{other}"
