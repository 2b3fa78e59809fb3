"""Who may see what: tokens, audiences (interned expressions over tokens), and what a person satisfies."""
