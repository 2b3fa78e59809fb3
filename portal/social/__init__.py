"""What several social plugins share: people's own words cleaned and shown, rights, throttling. No models."""
