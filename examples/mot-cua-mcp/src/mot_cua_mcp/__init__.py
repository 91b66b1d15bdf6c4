"""Six questions that an assistant may ask a Một Cửa portal, over the Model Context Protocol."""
