"""`/api/v2/`: Wagtail's read API for pages. Images and documents have no endpoint; see /files/."""

from wagtail.api.v2.router import WagtailAPIRouter

from cms.api import VisiblePagesAPIViewSet

api = WagtailAPIRouter("wagtailapi")
api.register_endpoint("pages", VisiblePagesAPIViewSet)

app_name = "wagtailapi"
urlpatterns = api.get_urlpatterns()
