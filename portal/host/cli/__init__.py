"""`manage.py plugins`: what it can do, one module for each group of verbs."""
