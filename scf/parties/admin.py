"""Organisations and people for administrators."""

from django.contrib import admin

from .models import BankAccount, Membership, Organisation, PartyAlias, User


class MembershipInline(admin.TabularInline):
    """A person's roles."""

    model = Membership
    extra = 0


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
    """Accounts; an account's number never changes once it is there."""

    list_display = ("number", "currency", "purpose", "organisation", "verified_at")
    list_filter = ("purpose", "currency")

    def get_readonly_fields(self, request: object, obj: object = None) -> tuple[str, ...]:
        """Number, owner and currency are fixed after the first save."""
        return ("number", "currency", "organisation", "purpose") if obj else ()


admin.site.register(PartyAlias)
