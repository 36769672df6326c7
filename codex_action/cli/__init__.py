"""The command line. The only room that knows click; commands parse, call the facade, and emit."""
