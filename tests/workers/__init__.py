"""Calls in processes that can be stopped."""
