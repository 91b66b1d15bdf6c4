"""What `bench.messaging` measures with: messages in the outbox, a bare rival, acts at a steady pace."""
