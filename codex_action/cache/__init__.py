"""What is kept of fetched documents. May import artifacts, files and below; it knows nothing of storage."""
