"""One project: both sides scanned, a plan, and the plan applied and published."""
