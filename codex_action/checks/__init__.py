"""Is what is written true: findings about references, their fixes, and the files they stand in."""
