"""Models behind an OpenAI-compatible endpoint, over HTTP."""
