"""GGUF files that llama.cpp runs in a child process."""
