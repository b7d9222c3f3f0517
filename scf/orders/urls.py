"""Placeholder until the views stand."""

app_name = "orders"
urlpatterns = []
