"""`python -m mot_cua_mcp`."""

from mot_cua_mcp.server import main

main()
