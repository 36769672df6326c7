"""Tell a channel about a deploy."""

# The format of a message is described in codex://northwind/handbook/docs/style-guide.md
RUNBOOK = "codex://northwind/handbook/docs/runbooks/deploy.md"
