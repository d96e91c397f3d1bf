"""Verbs of TPP, one module a concern. Each is a transaction; steps, jobs and pages call them."""
