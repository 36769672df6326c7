"""What a reference is: parse and build URIs, check paths, find references in text. Pure; imports errors only."""
