"""What a document is, and which rules meet it. So far: which paths are left out. Pure; imports refs."""
