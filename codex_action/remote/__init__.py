"""The wire and git: the only room that starts processes or opens connections. Imports files and errors."""
