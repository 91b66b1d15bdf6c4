"""What the simulated OAuth, Official Account and business hosts answer."""
