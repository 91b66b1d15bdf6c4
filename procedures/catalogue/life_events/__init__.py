"""Life events: the procedures that people need one after another, when a child is born or a house is built."""
