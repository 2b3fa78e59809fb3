from django.urls import path

from portal.ingestion import webhook

urlpatterns = [
    path("<slug:slug>/", webhook.receive_delivery, name="ingest"),
    path("<slug:slug>/<uuid:receipt>/", webhook.show_receipt, name="ingest_receipt"),
]
