"""The append-only audit log, its labels and its verification."""
