"""What the window is made of: widgets take values, post messages, and own no state of the chat."""
