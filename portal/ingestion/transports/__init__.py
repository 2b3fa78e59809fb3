"""How payloads come in when they are fetched: logging in at a source, lists in pages, the drop folder."""
