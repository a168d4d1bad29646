"""A question becomes ranked passages: legs, fusion, neighbours, diversity, reranker."""
