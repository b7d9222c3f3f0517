"""Doors of the product."""

from django.contrib.auth import views as auth_views
from django.urls import path

from . import payee_views, relation_views, views

app_name = "parties"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.ForgotPassword.as_view(), name="password-reset"),
    path("password/sent/", views.PasswordMailSent.as_view(), name="password-reset-done"),
    path("password/<uidb64>/<token>/", views.NewPassword.as_view(), name="password-reset-confirm"),
    path("security/", views.Security.as_view(), name="security"),
    path("switch/", views.SwitchMembership.as_view(), name="switch"),
    path("parties/payees/", payee_views.PayeeList.as_view(), name="payee-list"),
    path("parties/payees/<int:pk>/decide/", payee_views.PayeeDecide.as_view(), name="payee-decide"),
    path("parties/accounts/", payee_views.OwnAccounts.as_view(), name="own-accounts"),
    path("parties/related/", relation_views.RelatedList.as_view(), name="related-list"),
    path("language/", views.SwitchLanguage.as_view(), name="language"),
]
