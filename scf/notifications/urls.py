"""The inbox's addresses."""

from django.urls import path

from . import views

app_name = "notifications"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("<int:pk>/", views.Open.as_view(), name="open"),
]
