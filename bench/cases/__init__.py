"""What workers can run: each module has CASES, name -> function(**options) -> callable of one operation."""
