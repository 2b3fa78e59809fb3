"""What search managers decide in the admin: words, promoted results and the numbers of the ranking."""
