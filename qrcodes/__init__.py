"""Printed squares: sealed, read and drawn. Never what they admit to."""
