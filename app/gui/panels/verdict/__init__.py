"""What trains: the bar above graph and gradients."""
