"""What a document is, and which rules meet it. Pure; imports refs."""
