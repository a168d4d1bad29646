"""Vim's keys on a text: pure rules, and what one who edits with them has in mind."""
