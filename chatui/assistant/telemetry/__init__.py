"""What happened, told to a collector of the user's own by OpenTelemetry."""
