"""chatui: a chat assistant for the terminal, grounded in your own documents."""

__version__ = "0.1.0"
