"""Turns that left the prompt and come back when a question is about them."""
