"""The field that holds a state: it moves by transitions only, and migrations see plain text in it."""

from collections.abc import Sequence
from typing import Any

import django_fsm


class StateField(django_fsm.FSMField):
    """A protected FSM field. A migration stores it as a CharField: the rules of a state are no part of the schema.

    Every model that a migration rebuilds would otherwise stay registered with django-fsm, which looks through
    all of them whenever a model is made: a third of the time that an empty database takes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("protected", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """What the column is, and nothing of what moves it."""
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs
