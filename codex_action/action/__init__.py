"""The GitHub Action: inputs from the environment, one job, outputs. Nothing is imported from the workspace."""
