"""Figures of this machine: the product beside a naive build of the same calls, in one run."""
