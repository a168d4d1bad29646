"""Conversations in and out: chatui JSON, Markdown, exports of other programs."""
