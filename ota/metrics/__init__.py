"""What Prometheus reads: counted over all workers, or asked for at that moment."""
