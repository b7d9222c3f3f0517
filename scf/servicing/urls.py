"""Addresses of the servicing."""

app_name = "servicing"
urlpatterns: list = []
