"""The fault table: what is promised about messages, proved with real processes that are really killed.

`make faults` (or `python -m tests.faults [ROW …] [--channel sms|zalo] [--quick]`). Each row runs at least five
times at random moments; the journal of the pretended provider (`tests.simulators.sms`, `tests.simulators.zalo`), a
process outside everything of ours, is the evidence. Everything listens on loopback, lives in a folder of its own
and ends with the run.
"""
