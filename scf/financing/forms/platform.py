"""What the platform's people fill in: a review, what to do with a failed payment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import Form

from ..services import reviewing


class ReviewDecision(Form):
    """Approve, return, reject; a reason where it needs one."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (reviewing.APPROVE, _("Approve: ask the lenders")),
            (reviewing.RETURN, _("Return to the supplier")),
            (reviewing.REJECT, _("Reject")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The supplier reads this: what is missing, and what would pass."),
    )  # fmt: skip


class RepairDecision(Form):
    """What to do with a payment that failed."""

    action = forms.ChoiceField(
        label=_("Decision"),
        choices=[("RETRY", _("Instruct the lender again")), ("UNWIND", _("Give the payment up and free the goods"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        """Giving up needs a reason."""
        data = super().clean() or {}
        if data.get("action") == "UNWIND" and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why the payment is given up."))
        return data
