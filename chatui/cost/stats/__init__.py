"""What was used and what it cost, over days, models, conversations and profiles."""
