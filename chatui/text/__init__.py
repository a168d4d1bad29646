"""Pure functions on text: safety, figures, sentences, terms, follow-ups, citations."""
