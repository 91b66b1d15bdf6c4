"""The fault table of several database servers: acts, filings and notices over HTTP while a node, its data, the
network, etcd or HAProxy breaks. Nothing that was acknowledged may be lost or doubled, and writes come back in time."""
