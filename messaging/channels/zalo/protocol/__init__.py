"""Requests, responses, signatures and webhook payloads of Zalo."""
