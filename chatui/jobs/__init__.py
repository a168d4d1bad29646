"""Profiles: a job's own prompt, model and options."""
