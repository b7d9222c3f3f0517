"""Addresses of the desks."""

from django.urls import path

from . import views

app_name = "desks"
urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("search/", views.Search.as_view(), name="search"),
    path("unread/", views.Unread.as_view(), name="unread"),
    path("try-again/", views.TryAgain.as_view(), name="try-again"),
    path("clock/", views.Clock.as_view(), name="clock"),
]
