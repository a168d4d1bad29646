"""Fetching model files from the Hugging Face hub, or from whatever speaks its protocol."""
