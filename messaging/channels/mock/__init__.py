"""A pretended provider for demonstrations and tests: nothing leaves the machine.

It keeps its own journal outside our database, as a real provider would, and tells of deliveries through the
same door as a real one. It dedupes nothing, so a message sent twice stands there twice. The journal holds
names and numbers in plain text: this channel is not for real people.
"""
