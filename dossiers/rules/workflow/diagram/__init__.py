"""The picture of a workflow: layout and SVG."""
