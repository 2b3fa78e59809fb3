"""Jobs: a hint starts them early, the sweep finds what a lost hint or a killed worker left."""
