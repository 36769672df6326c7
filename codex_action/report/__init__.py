"""Results as text: for people, for machines, for GitHub. Renders; never prints. Imports the data of rooms below."""
