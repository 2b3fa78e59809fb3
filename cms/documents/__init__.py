"""Text of the documents that pages show: extracted by the worker, found by search, as open as page and collection."""
