"""Citations: the marks in an answer, what supports a sentence, and how both are written."""
