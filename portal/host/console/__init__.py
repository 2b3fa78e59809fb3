"""The console in the Wagtail admin, for central IT and for the local IT of departments."""
