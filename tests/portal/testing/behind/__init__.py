"""Migrations of the microblog as if somebody had added a column and forgotten to say so."""
