"""Measurements that take longer than a test may: run by hand, each `python -m benchmarks.NAME`."""
