"""Measuring Receipts on data sets of claims, passages and sentences."""
