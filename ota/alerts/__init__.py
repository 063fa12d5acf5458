"""What somebody should know without looking: rules, their evaluation, and the mail about them."""
