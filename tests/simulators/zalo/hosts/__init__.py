"""What the simulated OAuth, Official Account, business and Graph hosts answer."""
