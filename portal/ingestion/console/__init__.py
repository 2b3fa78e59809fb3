"""Sources in the Wagtail admin, for central IT."""
