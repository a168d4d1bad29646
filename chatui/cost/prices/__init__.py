"""Prices of models, their list and its refresh, and conversion between currencies."""
