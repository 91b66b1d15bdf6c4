"""A pretended SMS provider: a process of its own with a journal of its own, outside everything of ours.

It keeps what it was given, not what we believe to have sent: that is why tests of faults believe it. It
dedupes nothing, listens on loopback alone and can be told to misbehave. Start it by hand:

    python -m tests.provider --port 9400 --journal FILE

POST /send/<account>     {"to", "text", "reference", "callback"?} → 200 {"code": "0", "id": "…"}
GET  /status/<account>   ?reference=… → {"code": "0", "state": "absent" | "accepted" | "delivered"}
POST /_control           {"account": "…" | "*", …faults, see `faults.Faults`}: all others of this account end
GET  /_journal           the journal, a JSON object per line, see `journal.Line`

Tests use `process.FakeProvider`.
"""
