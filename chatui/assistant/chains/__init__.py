"""Chains: prompts that build on each other's answers, each of them a booked turn."""
