"""The timeline: activities that point at entries, read newest first by keyset."""
