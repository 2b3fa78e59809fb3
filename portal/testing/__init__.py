"""The conformance kit: what a plugin's own tests inherit."""
