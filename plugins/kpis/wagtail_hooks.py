from __future__ import annotations

from wagtail import hooks

from plugins.kpis.choosers import FigureChooserViewSet, figure_chooser


@hooks.register("register_admin_viewset")
def register_figure_chooser() -> FigureChooserViewSet:
    return figure_chooser
