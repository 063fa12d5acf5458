"""What operations look at first: how stock, sales, partners and the machine are, this moment."""
