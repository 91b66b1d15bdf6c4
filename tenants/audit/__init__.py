"""The append-only audit log, the operators' log, their labels and their verification."""
