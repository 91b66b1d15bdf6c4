"""State of lanes for staff and operators."""
