"""Organisations, people, and the role in which a person acts for an organisation."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Industry(models.TextChoices):
    """The sections of GB/T 4754-2017 that trade goods, or finance those who do."""

    A = "A", _("Agriculture, forestry, husbandry, fishery")
    B = "B", _("Mining")
    C = "C", _("Manufacturing")
    D = "D", _("Electricity, heat, gas, water")
    E = "E", _("Construction")
    F = "F", _("Wholesale and retail")
    G = "G", _("Transport, storage, post")
    H = "H", _("Accommodation and catering")
    I = "I", _("Software and information")  # noqa: E741  the letter of the standard
    J = "J", _("Finance")
    L = "L", _("Leasing and business services")
    O = "O", _("Repair and other services")  # noqa: E741  the letter of the standard


class Organisation(models.Model):
    """A company in the product, known by its unified social credit code (USCC, GB 32100-2015).

    industry  its section of GB/T 4754; empty where nobody has said it
    """

    class Kind(models.TextChoices):
        SUPPLIER = "SUPPLIER", _("Supplier")
        BUYER = "BUYER", _("Buyer")
        PLATFORM = "PLATFORM", _("Platform")
        BANK = "BANK", _("Lender")
        WAREHOUSE = "WAREHOUSE", _("Warehouse")

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    is_buyer = models.BooleanField(default=False, help_text="buys goods, whatever else it does")
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, unique=True)
    industry = models.CharField(max_length=1, choices=Industry.choices, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    @property
    def region(self) -> str:
        """Where it is registered: six digits of GB/T 2260, which the code carries (GB 32100-2015, places 3 to 8)."""
        digits = self.uscc[2:8]
        return digits if digits.isdigit() else ""


class PartyAlias(models.Model):
    """Another name or identifier by which documents call an organisation.

    scheme  "NAME" or the identifier's scheme (GLN, VAT ...); value as compared: trimmed, lower case
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="aliases")
    scheme = models.CharField(max_length=30, default="NAME")
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "value"], name="alias_names_one_organisation")]
        verbose_name_plural = "party aliases"

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class BankAccount(models.Model):
    """An account of an organisation at a bank: to be paid into, to pay from or to collect on.

    A payee account is used only once `verified_at` is set, and from `usable_from` on (null: at once). Both are set by a
    confirmed PayeeChange alone; the database refuses every other way. A lender's accounts come with its connection.
    """

    class Purpose(models.TextChoices):
        PAYEE = "PAYEE", _("receives loans")
        LENDING = "LENDING", _("pays loans out")
        COLLECTION = "COLLECTION", _("receives repayments")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="bank_accounts")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    number = models.CharField(max_length=34)
    currency = models.CharField(max_length=3, default="CNY")
    bank_name = models.CharField(max_length=120)
    bic = models.CharField(max_length=11, blank=True)
    entered_by = models.ForeignKey(
        "parties.Membership", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    usable_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number", "currency"], name="bank_account_number_unique")]

    def __str__(self) -> str:
        return f"{self.number} {self.currency}"


class Role(models.TextChoices):
    """What a person may do for an organisation (see access.PERMISSIONS)."""

    APPLICANT = "APPLICANT", _("Applicant")
    SIGNATORY = "SIGNATORY", _("Signatory")
    REVIEWER = "REVIEWER", _("Platform reviewer")
    MAKER = "MAKER", _("Bank maker")
    CHECKER = "CHECKER", _("Bank checker")
    CLERK = "CLERK", _("Finance clerk")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")
    SIGNER = "SIGNER", _("Registered signer")


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A person who signs in with `email` (compared without regard to case)."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """An operator of the Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign-in does not care about the case of the address."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in with an e-mail address; acts through a Membership."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, blank=True, help_text="chosen language; empty follows the browser")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def acting(self) -> "Membership | None":
        """The membership in which this request acts; set by ActingMiddleware."""
        return getattr(self, "_acting", None)

    @acting.setter
    def acting(self, membership: "Membership | None") -> None:
        self._acting = membership


class Membership(models.Model):
    """A person in a role for an organisation: who acts, wherever the product asks "by whom".

    authority_minor  the largest amount a bank officer may check, in minor units; null = none
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=15, choices=Role.choices)
    authority_minor = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(authority_minor=None) | models.Q(authority_minor__gte=0),
                name="membership_authority_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"
