"""Tokens and money: counting, prices, budgets and what the meter shows."""
