"""Mounted at /styleguide/."""

from django.urls import path

from portal.styleguide.views import styleguide

urlpatterns = [path("", styleguide, name="styleguide")]
