"""A pretended SMS provider: a process of its own with a journal of its own. Tests use `process.FakeProvider`."""
