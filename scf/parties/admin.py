"""Organisations and people for administrators."""

from typing import Any

from django import http
from django.contrib import admin
from django.db.models import QuerySet

from scf.kernel import clock

from .models import BankAccount, Membership, Organisation, PartyAlias, Role, User


class MembershipInline(admin.TabularInline):
    """A person's roles; signers are registered by two people, elsewhere."""

    model = Membership
    extra = 0

    def get_queryset(self, request: http.HttpRequest) -> QuerySet[Membership]:
        """All roles but the signer's."""
        return super().get_queryset(request).exclude(role=Role.SIGNER)

    def formfield_for_choice_field(self, db_field: Any, request: http.HttpRequest, **kwargs: Any) -> Any:
        """The roles that one administrator gives alone."""
        if db_field.name == "role":
            kwargs["choices"] = [(value, label) for value, label in Role.choices if value != Role.SIGNER]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People; each chooses a password by the link on the sign-in page, nobody else sees or sets it."""

    list_display = ("email", "name", "language", "is_active", "is_staff")
    search_fields = ("email", "name")
    readonly_fields = ("password", "last_login", "date_joined")
    exclude = ("groups", "user_permissions")
    inlines = (MembershipInline,)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Organisations."""

    list_display = ("code", "kind", "name", "uscc", "is_active")
    list_filter = ("kind",)
    search_fields = ("code", "name", "uscc")


@admin.register(BankAccount)
class BankAccountAdmin(admin.ModelAdmin):
    """Accounts; two reviewers verify one to be paid into, elsewhere. What they have looked at never changes."""

    list_display = ("number", "currency", "purpose", "organisation", "verified_at")
    list_filter = ("purpose", "currency")

    def get_readonly_fields(self, request: object, obj: BankAccount | None = None) -> tuple[str, ...]:
        """Who is verified when, always; number, owner and currency after the first save; of a payee's all."""
        fixed: tuple[str, ...] = ("verified_at", "usable_from")
        if obj is not None:
            fixed += ("number", "currency", "organisation", "purpose")
        if obj is not None and obj.purpose == BankAccount.Purpose.PAYEE:
            fixed += ("bank_name", "bic")
        return fixed

    def save_model(self, request: http.HttpRequest, obj: BankAccount, form: object, change: bool) -> None:
        """A lender's account is known as soon as it is entered; a payee's waits for two reviewers."""
        if not change and obj.purpose != BankAccount.Purpose.PAYEE:
            obj.verified_at = clock.now()
        super().save_model(request, obj, form, change)


admin.site.register(PartyAlias)
