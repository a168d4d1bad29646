"""chats.db: every statement on it, and the store that they make up."""
