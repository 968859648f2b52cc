"""Runs workloads on several engines, a process each, and compares times and results."""
