"""Addresses below /admin/sources/."""

from django.urls import path

from portal.ingestion.console import (
    deliveries,
    editing,
    history,
    listing,
    mending,
    operating,
    rejected,
    secrets,
    testing,
    withdrawing,
    write_backs,
)

ONE = "sources/source/<slug:slug>/"

urlpatterns = [
    path("sources/", listing.sources, name="sources"),
    path("sources/add/", editing.choose, name="source_choose"),
    path("sources/add/<str:adapter>/", editing.add, name="source_add"),
    path(ONE, listing.source_page, name="source_page"),
    path(f"{ONE}edit/", editing.edit, name="source_edit"),
    path(f"{ONE}test/", testing.test, name="source_test"),
    path(f"{ONE}secret/", secrets.secret, name="source_secret"),
    path(f"{ONE}run/", operating.run, name="source_run"),
    path(f"{ONE}pause/", operating.pause, name="source_pause"),
    path(f"{ONE}resume/", operating.resume, name="source_resume"),
    path(f"{ONE}replay/", operating.replay, name="source_replay"),
    path(f"{ONE}delete/", operating.delete, name="source_delete"),
    path(f"{ONE}withdraw/", withdrawing.withdraw, name="source_withdraw"),
    path(f"{ONE}history/", history.history, name="source_history"),
    path(f"{ONE}deliveries/", deliveries.deliveries, name="source_deliveries"),
    path(f"{ONE}deliveries/<uuid:receipt>/", deliveries.delivery, name="source_delivery"),
    path(f"{ONE}write-backs/", write_backs.write_backs, name="source_write_backs"),
    path(f"{ONE}rejected/", rejected.rejected, name="source_rejected"),
    path(f"{ONE}rejected/<int:pk>/", mending.item, name="source_rejected_item"),
    path(f"{ONE}rejected/<int:pk>/item.txt", mending.download, name="source_rejected_download"),
]
