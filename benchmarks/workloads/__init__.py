"""One module per workload; each has a WORKLOAD."""
