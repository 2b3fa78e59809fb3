"""The migrations of key figures as a later version might have them."""
