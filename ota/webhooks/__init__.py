"""What partners want told: which changes become notices, and how notices reach their servers."""
