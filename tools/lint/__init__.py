"""What `make lint` checks: a file per kind of defect, functions from the tree to problems."""
