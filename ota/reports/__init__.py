"""What staff read about a day or a month: partners' calls counted, business metrics."""
